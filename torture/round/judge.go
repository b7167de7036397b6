package round

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/slipstream-go/slipstream/torture/check"
)

// judge reads all topics and says what the round came to. What belongs to a round that has failed is kept.
func (r *round) judge(ctx context.Context, stuck, hanging string) Result {
	records, err := check.Read(ctx, r.brokers, r.topics.All())
	if open := new(check.OpenError); errors.As(err, &open) {
		r.bad.Add("open transaction", "%v", err)
	} else if err != nil {
		r.bad.Add("harness", "%v", err)
	}

	calls, err := os.ReadFile(r.path(callsFile))
	if err != nil {
		r.bad.Add("harness", "%v", err)
	}

	seen := &check.Round{
		Topics:      r.topics,
		Sent:        r.sent,
		Records:     records,
		AtLeastOnce: r.AtLeastOnce,
		Visible:     r.live.Visible(),
		Calls:       check.ReadCalls(bytes.NewReader(calls)),
		Woken:       r.woken,
	}
	counts := seen.Judge(&r.bad)

	result := r.result(counts, stuck, hanging)
	if result.Verdict == OK && !r.Keep {
		r.tidy(ctx)
	} else {
		r.keep(records)
	}
	r.note("%s", result.Verdict)

	return result
}

func (r *round) result(counts check.Counts, stuck, hanging string) Result {
	guarantee := "exactly once"
	if r.AtLeastOnce {
		guarantee = "at least once"
	}

	out := Result{
		Seed:       r.Seed,
		Cluster:    r.Cluster.Name(),
		Named:      r.Named,
		Guarantee:  guarantee,
		Sabotage:   r.Sabotage,
		Verdict:    OK,
		Violations: r.bad.Counts(),
		Stuck:      stuck,
		Hanging:    hanging,
		Faults:     r.faults,
		Restarts:   r.restarts,
		Unclean:    r.unclean,
		Seconds:    time.Since(r.began).Round(100 * time.Millisecond).Seconds(),
		Settled:    r.settled.Round(100 * time.Millisecond).Seconds(),
		Counts:     counts,
	}

	switch {
	case stuck != "":
		out.Verdict = Stuck
	case len(out.Violations) > 0:
		out.Verdict = Violated
	}

	if out.Verdict != OK || r.Keep {
		out.Folder = r.folder
	}

	return out
}

// tidy removes what a good round leaves behind.
func (r *round) tidy(ctx context.Context) {
	_ = os.RemoveAll(r.folder)
	if r.Cluster.IsKept() {
		_, _ = r.admin.DeleteTopics(ctx, r.topics.All()...)
		_, _ = r.admin.DeleteGroups(ctx, r.topics.Groups()...)
	}
}

// keep writes findings and records into the folder, beside what is there already.
func (r *round) keep(records map[string][]check.Record) {
	err := writeJSON(r.path(findingsFile), r.bad.All())
	for topic, all := range records {
		err = errors.Join(err, writeLines(filepath.Join(r.path("topics"), topic+".jsonl"), all))
	}

	if err != nil {
		r.note("keep: %v", err)
	}
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

func writeLines(path string, records []check.Record) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}

	var out bytes.Buffer
	for _, r := range records {
		line, err := json.Marshal(map[string]any{
			"partition": r.Partition,
			"offset":    r.Offset,
			"time":      r.Timestamp,
			"key":       r.Key,
			"value":     string(r.Value),
			"tombstone": r.Value == nil,
			"headers":   r.Headers,
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s\n", line)
	}

	return os.WriteFile(path, out.Bytes(), 0o644)
}
