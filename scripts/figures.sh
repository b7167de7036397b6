#!/usr/bin/env bash
# Measures the figures that a few minutes can make anew, and prints them as a Markdown table with their commands. The
# README's table and the first part of docs/figures.md are its output.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
GO=${GO:-go}

load() { cut -d' ' -f1 /proc/loadavg 2>/dev/null || uptime | sed 's/.*average[s]*: *\([0-9.]*\).*/\1/'; }

# field JSON PATH prints one number of the demo's result.
field() { python3 -c 'import json,sys; r=json.loads(sys.argv[1]); print(eval("r"+sys.argv[2]))' "$1" "$2"; }

began=$(load)
"$GO" build -o bin/airline ./airline/cmd/airline
for _ in 1 2 3; do bin/airline demo --model policy --seed 1 --json 2>/dev/null | tail -n 1; done | sort -t: -k6 >bin/demo.jsonl
day=$(sed -n 2p bin/demo.jsonl)
seconds=$(python3 -c 'import json; print("%.1f" % sorted(json.loads(l)["seconds"] for l in open("bin/demo.jsonl"))[1])')
checked=$(field "$day" '["invariants"].__len__()')
violations=$(python3 -c 'import json; print(sum(i["violations"] for l in open("bin/demo.jsonl") for i in json.loads(l)["invariants"]))')

bench=$("$GO" test -run '^$' -bench UpdateAndEmit -benchtime 300000x -count 3 ./bench)
waiting=$("$GO" test -run '^$' -bench 'HotKey|Bytes|CatchUp' -benchtime 1x -timeout 30m ./bench)

# metric LINES BENCHMARK UNIT prints the median of one metric of a benchmark.
metric() {
  printf '%s\n' "$1" | awk -v b="$2" -v u="$3" '$1 ~ b { for (i = 2; i <= NF; i++) if ($i == u) print $(i - 1) }' |
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
rate() { metric "$bench" "$1" updates/s; }
cpu() { metric "$bench" "$1" cpu-s/M; }

cat <<TABLE
| what | figure | command |
|---|---|---|
| the storm day by rules: 5,000 parties, $(field "$day" '["decisions"]') decisions | $seconds s, $checked invariants, $violations violations in three runs | \`make run MODEL=policy\` |
| a row updated and an event emitted, exactly once | $(rate slipstream-exactly) a second, $(cpu slipstream-exactly) CPU seconds a million | \`make bench\` |
| the same by plain goka, at least once, on the same broker | $(rate goka-at) a second, $(cpu goka-at) CPU seconds a million | \`make bench\` |
| another key's p99 beside 10,000 waiting events of one key, model of 2 s | $(metric "$waiting" HotKey p99-ms-with) ms, $(metric "$waiting" HotKey p99-ms-without) without them | \`make bench-waiting\` |
| bytes of waiting events a byte of input, events of 1 kB | $(metric "$waiting" Bytes/keys-10000 cells/input), and $(metric "$waiting" Bytes/keys-10000 changelog/input) on the changelog | \`make bench-waiting\` |
| catching up, 48 partitions, session of 2 s, one core | $(metric "$waiting" CatchUp events/s) events a second, $(metric "$waiting" CatchUp rebuilds) rebuilds | \`make bench-waiting\` |

Medians of three runs on $(nproc) cores, load $began before and $(load) after, $("$GO" version | cut -d' ' -f3), commit $(git rev-parse --short HEAD).
TABLE
