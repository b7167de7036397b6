#!/usr/bin/env bash
# Runs the scripts of specs, examples and airline on a real Kafka: the one that
# SLIPSTREAM_TEST_KAFKA names (host:port,...), else one of one node, which is fetched, started, and stopped in the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "${SLIPSTREAM_TEST_KAFKA:-}" ]; then
  export KAFKA_DATA=${KAFKA_DATA:-$(mktemp -d)} KAFKA_PORT=${KAFKA_PORT:-19092}
  trap 'scripts/kafka.sh stop; rm -rf "$KAFKA_DATA"' EXIT
  SLIPSTREAM_TEST_KAFKA=$(scripts/kafka.sh start | tail -1)
  export SLIPSTREAM_TEST_KAFKA
fi
echo "Kafka at $SLIPSTREAM_TEST_KAFKA"

# One package after the other: topics of the same name are wiped by each test.
"${GO:-go}" test -count=1 -p 1 -timeout 20m -v -run '/^kafka$' ./specs ./examples/... ./airline
