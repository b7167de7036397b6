#!/usr/bin/env bash
# Runs benchmarks of the working tree beside the same ones on an earlier commit, in turns, so that both have the same
# noise, and prints the medians as a Markdown table.
#
#   scripts/compare.sh COMMIT BENCHMARKS [RUNS [BENCHTIME]]      as in: scripts/compare.sh 96cf660 Decisions 5 5000x
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
GO=${GO:-go}
commit=$1 benchmarks=$2 runs=${3:-5} time=${4:-1x}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/before"
git archive "$commit" | tar -x -C "$work/before"
cp bench/*_test.go "$work/before/bench/"
(cd "$work/before/bench" && "$GO" test -c -o "$work/before.test" .)
"$GO" test -c -o "$work/after.test" ./bench

for _ in $(seq "$runs"); do
  for side in before after; do
    (cd bench && "$work/$side.test" -test.run '^$' -test.bench "$benchmarks" -test.benchtime "$time" -test.timeout 60m) |
      grep ^Benchmark | sed "s/^/$side $(cut -d' ' -f1 /proc/loadavg) /" | tee -a "$work/lines" >&2
  done
done

python3 - "$work/lines" "$commit" "$runs" <<'PY'
import collections, statistics, sys
values = collections.defaultdict(lambda: collections.defaultdict(list))
load = []
for line in open(sys.argv[1]):
    side, at, name, _, *metrics = line.split()
    load.append(float(at))
    for value, unit in zip(metrics[::2], metrics[1::2]):
        if unit != "ns/op":
            values[name.rsplit("-", 1)[0].removeprefix("Benchmark"), unit][side].append(float(value))
print(f"| benchmark | metric | at {sys.argv[2]} | now | ratio |\n|---|---|---|---|---|")
for (name, unit), sides in values.items():
    before, after = (statistics.median(sides[s]) if sides[s] else float("nan") for s in ("before", "after"))
    ratio = f"{after / before:.2f}" if before else ""
    print(f"| {name} | {unit} | {before:.4g} | {after:.4g} | {ratio} |")
print(f"\nMedians of {sys.argv[3]} runs in turns, load {min(load):.1f} to {max(load):.1f}.")
PY
