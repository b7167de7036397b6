#!/usr/bin/env bash
# A real Apache Kafka of one node or three, on loopback, for tests: `make test-kafka` and `make torture` use it.
#
#   kafka.sh fetch     brings the jars that kafka.jars lists (sha256 pinned, 44 MB, once) from Maven Central
#   kafka.sh start [NODE]
#                      fetches if need be, starts, waits until it answers, prints host:port of all nodes
#   kafka.sh stop [NODE]
#                      stops it; a second start takes its topics up again
#   kafka.sh kill [NODE]
#                      the same by kill -9
#   kafka.sh status    prints host:port of all nodes, or fails
#   kafka.sh run COMMAND...
#                      runs COMMAND with SLIPSTREAM_TEST_KAFKA=host:port of one on a free port with a data folder of its
#                      own, stops it however COMMAND ends, and ends with its status
#
# Needs Java 17 or later, curl and bash. From the environment:
#   KAFKA_NODES       1 or 3. NODE is 1, 2 or 3, and defaults to all of them. Defaults to 1
#   KAFKA_PORT        client port; its controller listens on the next one, and further nodes after these. Defaults to 19092
#   KAFKA_DATA        topics, settings, log and process id. Defaults to a folder of the port in the temporary folder
#   KAFKA_HEAP        largest Java heap. Defaults to 512m
#   SLIPSTREAM_CACHE  where the jars are kept. Defaults to ~/.cache/slipstream
#   MAVEN_CENTRAL     a mirror of Maven Central to fetch them from
set -euo pipefail

VERSION=4.3.1 # that of kafka.jars
CENTRAL=${MAVEN_CENTRAL:-https://repo1.maven.org/maven2} # or a mirror of it
NODES=${KAFKA_NODES:-1}
FIRST_PORT=${KAFKA_PORT:-19092}
ALL_DATA=${KAFKA_DATA:-${TMPDIR:-/tmp}/slipstream-kafka-$FIRST_PORT}
JARS=${SLIPSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipstream}/kafka-$VERSION
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LIST=$HERE/kafka.jars
JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java

# node makes what follows concern one node. A single one has the data folder for itself.
node() {
  NODE=$1
  PORT=$(port_of "$NODE")
  ADDR=127.0.0.1:$PORT
  DATA=$ALL_DATA
  [ "$NODES" = 1 ] || DATA=$ALL_DATA/$NODE
  LOG=$DATA/server.log
}

port_of() { echo $((FIRST_PORT + 2 * ($1 - 1))); }

# nodes prints the number given, or those of all nodes.
nodes() { if [ -n "${1:-}" ]; then echo "$1"; else seq "$NODES"; fi; }

addresses() {
  local n out=
  for n in $(nodes); do out=$out,127.0.0.1:$(port_of "$n"); done
  echo "${out#,}"
}

voters() {
  local n out=
  for n in $(nodes); do out=$out,$n@127.0.0.1:$(($(port_of "$n") + 1)); done
  echo "${out#,}"
}

say() { echo "kafka.sh: $*" >&2; }
die() { say "$*"; exit 1; }
sha256() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The list says "sha256  path"; names without their folders are unique, and go into one folder: Java's class path.
fetch() {
  [ -d "$JARS" ] && return
  command -v curl >/dev/null || die "curl is missing"
  say "fetching Kafka $VERSION (44 MB) into $JARS"
  mkdir -p "$(dirname "$JARS")"
  local part sum path
  part=$(mktemp -d "$JARS.XXXXXX") # complete or not there: a fetch that is cut off leaves no $JARS
  trap 'rm -rf "$part"' EXIT
  while read -r sum path; do
    printf 'url = "%s/%s"\noutput = "%s/%s"\n' "$CENTRAL" "$path" "$part" "${path##*/}"
  done <"$LIST" | curl --fail --no-progress-meter --location --retry 3 --parallel --parallel-max 8 --config - ||
    die "Maven Central could not be reached, or not completely"
  while read -r sum path; do echo "$sum  ${path##*/}"; done <"$LIST" >"$part/SHA256"
  (cd "$part" && sha256 -c --quiet SHA256 >&2) || die "what came is not what kafka.jars lists"
  mv "$part" "$JARS" 2>/dev/null || [ -d "$JARS" ] # another fetch may have been faster
  rm -rf "$JARS/${part##*/}" "$part"
  trap - EXIT
}

need_java() {
  local v
  v=$("$JAVA" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1) || true
  [ "${v:-0}" -ge 17 ] && return
  die "Kafka $VERSION needs Java 17 or later, and '$JAVA' is ${v:+Java }${v:-missing}. Install a JRE (Debian: openjdk-17-jre-headless), or set JAVA_HOME."
}

# Each node is broker and controller. Every node has a copy of all. A single one waits for no other; of three, two must have
# what is acknowledged.
settings() {
  cat <<PROPERTIES
process.roles=broker,controller
node.id=$NODE
controller.quorum.voters=$(voters)
listeners=PLAINTEXT://$ADDR,CONTROLLER://127.0.0.1:$((PORT + 1))
advertised.listeners=PLAINTEXT://$ADDR
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$DATA/topics
auto.create.topics.enable=false
default.replication.factor=$NODES
min.insync.replicas=$(((NODES + 1) / 2))
offsets.topic.replication.factor=$NODES
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$NODES
transaction.state.log.min.isr=$(((NODES + 1) / 2))
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=$NODES
share.coordinator.state.topic.min.isr=$(((NODES + 1) / 2))
# tests of takeovers: a member may time out fast, and so may what it left open
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=100
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
# a small machine; the cleaner's map would take 128 MB of the heap
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
PROPERTIES
}

logging() {
  cat <<PROPERTIES
status=warn
appender.c.type=Console
appender.c.name=c
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=[%d] %p %m (%c{1})%n
rootLogger.level=info
rootLogger.appenderRef.c.ref=c
PROPERTIES
}

# pid prints the process of this data folder, if it runs. A number alone may be somebody else's by now.
pid() {
  local p
  p=$(cat "$DATA/pid" 2>/dev/null) && ps -ww -o command= -p "$p" 2>/dev/null | grep -qF "$DATA/server.properties" && echo "$p"
}

java_on_kafka() { "$JAVA" "-Dlog4j2.configurationFile=$DATA/log4j2.properties" -cp "$JARS/*" "$@"; }

# Nodes wait for each other, so all are launched first.
start() {
  local n
  need_java
  fetch
  for n in $(nodes "${1:-}"); do node "$n"; launch; done
  for n in $(nodes "${1:-}"); do node "$n"; wait_until_started; done
}

launch() {
  pid >/dev/null && return
  answers "$PORT" && die "port $PORT is taken by another process: set KAFKA_PORT"
  mkdir -p "$DATA"
  settings >"$DATA/server.properties"
  logging >"$DATA/log4j2.properties"
  [ -f "$DATA/topics/meta.properties" ] ||
    java_on_kafka kafka.tools.StorageTool format -t c2xpcHN0cmVhbS10ZXN0cw -c "$DATA/server.properties" >"$LOG" 2>&1 ||
    { tail -20 "$LOG" >&2; die "the data folder $DATA could not be made"; }
  # nohup: it outlives this script. exec: the id is Java's own.
  (exec nohup "$JAVA" -Xms128m "-Xmx${KAFKA_HEAP:-512m}" "-Dlog4j2.configurationFile=$DATA/log4j2.properties" \
    -cp "$JARS/*" kafka.Kafka "$DATA/server.properties" >"$LOG" 2>&1 </dev/null) &
  echo $! >"$DATA/pid"
}

wait_until_started() {
  local end=$((SECONDS + 180))
  until grep -q 'Kafka Server started' "$LOG" 2>/dev/null && answers "$PORT"; do
    kill -0 "$(cat "$DATA/pid")" 2>/dev/null || { tail -20 "$LOG" >&2; die "Kafka ended while it started"; }
    [ "$SECONDS" -lt "$end" ] || { tail -20 "$LOG" >&2; end; die "Kafka did not start within three minutes"; }
    sleep 0.1
  done
}

stop() {
  local n
  for n in $(nodes "${1:-}"); do node "$n"; end; done
}

kill9() {
  local n
  for n in $(nodes "${1:-}"); do node "$n"; end -9; done
}

# end ends a node. One that does not stop in time is killed.
end() {
  local p end=$((SECONDS + 30))
  p=$(pid) || return 0
  kill "$@" "$p"
  while kill -0 "$p" 2>/dev/null; do
    [ "$SECONDS" -lt "$end" ] || kill -9 "$p" 2>/dev/null || true
    sleep 0.1
  done
  rm -f "$DATA/pid"
}

status() {
  local n
  for n in $(nodes); do node "$n"; pid >/dev/null && answers "$PORT" || return 1; done
}

# free_port prints a port that is free, and so are those that follow and are needed. They are below those that systems hand
# out by themselves.
free_port() {
  local p
  for _ in {1..100}; do
    p=$((20000 + RANDOM % 1000 * 10))
    are_free "$p" && { echo "$p"; return; }
  done
  die "no free port was found: set KAFKA_PORT"
}

are_free() {
  local n
  for n in $(seq 0 $((2 * NODES - 1))); do
    ! answers $(($1 + n)) || return 1
  done
}

# Signals end the command, which is in the foreground, and then by the trap the broker. -e: a failure to start ends it too.
run() {
  [ $# -gt 0 ] || die "run: which command?"
  own_port=${KAFKA_PORT:-$(free_port)} # not local: the trap needs them when run has ended
  own_data=$(mktemp -d)
  own() { KAFKA_PORT=$own_port KAFKA_DATA=$own_data "$HERE/kafka.sh" "$1"; }
  trap 'own stop; rm -rf "$own_data"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  SLIPSTREAM_TEST_KAFKA=$(own start)
  export SLIPSTREAM_TEST_KAFKA
  "$@"
}

case "${1:-}" in
  fetch) fetch; echo "$JARS" ;;
  start) start "${2:-}"; addresses ;;
  stop) stop "${2:-}" ;;
  kill) kill9 "${2:-}" ;;
  status) status && addresses ;;
  run) run "${@:2}" ;;
  *) sed -n '2,22s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
