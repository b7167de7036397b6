#!/usr/bin/env bash
# Runs the scripts of specs, examples and airline, and the rounds of crashes, on a real Kafka: the one that
# SLIPSTREAM_TEST_KAFKA names (host:port,...), else one of one node, which is fetched, started, and stopped in the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[ -n "${SLIPSTREAM_TEST_KAFKA:-}" ] || exec scripts/kafka.sh run scripts/test-kafka.sh
echo "Kafka at $SLIPSTREAM_TEST_KAFKA"

# A client of others: librdkafka, in Python.
SLIPSTREAM_TEST_PYTHON=${SLIPSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipstream}/confluent-kafka-2.16.1
export SLIPSTREAM_TEST_PYTHON
[ -d "$SLIPSTREAM_TEST_PYTHON" ] || python3 -m pip install -q --no-deps --only-binary :all: \
  --target "$SLIPSTREAM_TEST_PYTHON" confluent-kafka==2.16.1

# One package after the other: topics of the same name are wiped by each test.
GO=${GO:-go}
"$GO" run ./scripts/gotest -count=1 -p 1 -timeout 20m -run '/^kafka$' \
  ./specs ./examples/... ./airline/examples/... ./airline ./airline/concierge ./llm/agent ./llm/index
"$GO" run ./scripts/gotest -count=1 -timeout 10m -run 'TestExactlyOnceOverCrashes|TestDelayed|TestHanging' ./processors/processorstest
"$GO" run ./scripts/gotest -count=1 -timeout 10m -run 'TestDeletedRows|TestRepartition|TestPartitionsThat|TestInput|TestMarkersThat|TestPositionsBeyond|TestTopicsThatWereMade|TestARecordAhead|TestOutputsFor|TestATopicThatSets|TestADeadLetterWithout|BrokerRefuses|TestForeign' ./processors
