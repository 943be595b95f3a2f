#!/usr/bin/env bash
# Compiles build/stagedoor. The first time, Go fetches and compiles every dependency, which takes minutes on a small
# machine; afterwards a second or two.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=infra/setup/step.sh
. infra/setup/step.sh

flags=()
# A source archive, or a clone that belongs to somebody else, has no version that Go could read.
git status --porcelain >/dev/null 2>&1 || flags+=(-buildvcs=false)
what="Compiling Stagedoor"
[ -e build/stagedoor ] || what="Compiling Stagedoor and everything it is made of (a few minutes, the first time)"
step "$what" go build "${flags[@]}" -o build/stagedoor ./origin/cmd/stagedoor
