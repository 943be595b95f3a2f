#!/usr/bin/env bash
# Makes all generated code anew and notes from what it was made, so that `make check` can tell when it is out of date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=infra/setup/step.sh
. infra/setup/step.sh

tool=(go tool -modfile=infra/tools/go.mod)
step "Pages (templ)" "${tool[@]}" templ generate -path origin
step "Pages of the ops Worker (templ)" "${tool[@]}" templ generate -path edge/ops
# Of the three this one takes minutes to compile the first time.
step "Queries (sqlc)" "${tool[@]}" sqlc generate
step "API server (oapi-codegen)" go generate ./origin/api
step "Facts on the bus (buf)" node_modules/.bin/buf generate origin/bus/event/proto --template origin/bus/event/proto/buf.gen.yaml
step "Formatting" gofmt -w origin/postgres/dbsqlc origin/api/apigen
step "Noting what it was made from" go test -count=1 ./infra/check -run '^TestGenerated' -update
