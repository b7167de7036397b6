#!/usr/bin/env bash
# Runs govulncheck over each module. Without its database, vuln.go.dev or what GOVULNDB names, nothing can be checked: that
# is said, and is no failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

GOVULNCHECK=golang.org/x/vuln/cmd/govulncheck@v1.9.0
db=${GOVULNDB:-https://vuln.go.dev}
case $db in http*)
  curl --fail --silent --show-error --location --max-time 20 --output /dev/null "$db/index/modules.json.gz" || {
    echo "NOT CHECKED for known vulnerabilities: the database $db cannot be reached from here"
    exit 0
  }
esac
for mod in $(git ls-files '*go.mod' | grep -v testdata); do
  "${GO:-go}" -C "$(dirname "$mod")" run "$GOVULNCHECK" ./...
done
