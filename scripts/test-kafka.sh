#!/usr/bin/env bash
# Runs the scripts of specs, examples, agents and the airline, and the rounds of crashes, on a real Kafka: the one that
# SLIPSTREAM_TEST_KAFKA names (host:port,...), else on two of one node each, which are fetched, started, and stopped in the
# end. A test waits for the broker most of its time, so the two halves run side by side, each on a Kafka of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
GO=${GO:-go}

# A client of others: librdkafka, in Python.
SLIPSTREAM_TEST_PYTHON=${SLIPSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipstream}/confluent-kafka-2.16.1
export SLIPSTREAM_TEST_PYTHON
[ -d "$SLIPSTREAM_TEST_PYTHON" ] || python3 -m pip install -q --no-deps --only-binary :all: \
  --target "$SLIPSTREAM_TEST_PYTHON" confluent-kafka==2.16.1

# -p 1: one package after the other, since topics of the same name are wiped by each test.
on_kafka() { "$GO" run ./scripts/gotest -count=1 -p 1 "$@"; }

engine() {
  on_kafka -timeout 20m -run '/^kafka$' ./specs ./examples/... ./llm/index
  on_kafka -timeout 10m -run OnKafka ./topology/view
  on_kafka -timeout 10m -run 'TestExactlyOnceOverCrashes|TestBills|TestDelayed|TestHanging' ./processors/processorstest
  on_kafka -timeout 10m -run 'TestDeletedRows|TestRepartition|TestPartitionsThat|TestInput|TestMarkersThat|TestPositionsBeyond|TestTopicsThatWereMade|TestARecordAhead|TestOutputsFor|TestATopicThatSets|TestADeadLetterWithout|BrokerRefuses|TestForeign' ./processors
}

talks() { # the airline, and agents
  on_kafka -timeout 20m -run '/^kafka$' ./airline ./airline/concierge ./airline/examples/... ./llm/agent
}

case "${1:-all}" in
  engine | talks)
    echo "Kafka at $SLIPSTREAM_TEST_KAFKA"
    "$1"
    ;;
  halves) # the first Kafka runs; the second is started only now, so they can't choose the same port
    failed=0
    scripts/kafka.sh run scripts/test-kafka.sh talks &
    scripts/test-kafka.sh engine || failed=1
    wait $! || failed=1
    exit $failed
    ;;
  all)
    if [ -z "${SLIPSTREAM_TEST_KAFKA:-}" ]; then
      exec scripts/kafka.sh run scripts/test-kafka.sh halves
    fi
    scripts/test-kafka.sh engine
    scripts/test-kafka.sh talks
    ;;
esac
