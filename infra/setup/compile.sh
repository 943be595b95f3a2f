#!/usr/bin/env bash
# Compiles build/stagedoor. The first time, Go fetches and compiles every dependency, which takes minutes on a small
# machine; afterwards a second or two.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=infra/setup/step.sh
. infra/setup/step.sh

# The program says which commit it is, also where GOFLAGS keeps Go from reading it. A source archive, or a clone that
# belongs to somebody else, has none.
flags=(-buildvcs=false)
if commit=$(git rev-parse HEAD 2>/dev/null) && changes=$(git status --porcelain 2>/dev/null); then
  changed=no
  [ -z "$changes" ] || changed=yes
  flags+=(-ldflags "-X main.commit=$commit -X main.changed=$changed")
fi
what="Compiling Stagedoor"
[ -e build/stagedoor ] || what="Compiling Stagedoor and everything it is made of (a few minutes, the first time)"
step "$what" go build "${flags[@]}" -o build/stagedoor ./origin/cmd/stagedoor
