#!/usr/bin/env bash
# Fails if `go mod tidy` would change go.mod or go.sum of a module of this repository, and shows the difference.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

untidy=
for mod in $(git ls-files '*go.mod' | grep -v testdata); do
  GOWORK=off "${GO:-go}" -C "$(dirname "$mod")" mod tidy -diff || untidy="$untidy $mod"
done
[ -z "$untidy" ] || { echo "tidy.sh: run \`go mod tidy\` in the folder of$untidy" >&2; exit 1; }
