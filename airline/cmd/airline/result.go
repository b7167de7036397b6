package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/slipstream-go/slipstream/airline/measure/audit"
	"github.com/slipstream-go/slipstream/airline/measure/score"
	"github.com/slipstream-go/slipstream/airline/simulate"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// A result is what came of a day. Its JSON is a contract: names are added, never changed.
type result struct {
	Date       string            `json:"date"`
	Data       string            `json:"data"`
	Model      string            `json:"model"`
	Seed       int64             `json:"seed"`
	Customers  int               `json:"customers"` // parties
	Seconds    float64           `json:"seconds"`   // of the replay
	Affected   int               `json:"affected"`
	Decisions  int               `json:"decisions"`
	Outcomes   counts            `json:"outcomes"`
	DecidedBy  counts            `json:"decided_by"`
	Requests   int               `json:"seat_requests"` // for seats: answered by the desks
	Refused    int               `json:"refused"`
	Refusals   counts            `json:"refusals"` // by why
	Escalated  int               `json:"escalations"`
	Notes      *score.Table      `json:"notes,omitempty"`
	Invariants []audit.Invariant `json:"invariants"`
}

type counts map[string]int

// String lists counts by name.
func (c counts) String() string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(c)) {
		out = append(out, fmt.Sprintf("%d %s", c[k], k))
	}
	return strings.Join(out, ", ")
}

// invariants checks the invariants. A test plants a violation here.
var invariants = (*audit.Auditor).Invariants

// result reads the topics of the day again, from the beginning, and returns what came of it.
func (d *demo) result(ctx context.Context, client *processors.Client, p simulate.Progress) (*result, error) {
	r := &result{
		Date:      d.data.Day.Date,
		Data:      d.data.Folder,
		Model:     d.agent.name,
		Seed:      d.data.Seed,
		Customers: len(d.data.Customers.Customers),
		Seconds:   time.Since(d.began).Seconds(),
		Affected:  p.Affected,
		Outcomes:  counts{},
		DecidedBy: counts{},
		Refusals:  counts{},
	}

	auditor := audit.New()
	notes := score.New(d.data.Meanings)
	for _, topic := range audit.Topics { // which include all that is counted
		for rec, err := range client.Follow(ctx, topic,
			processors.FollowOptions{FromBeginning: true, ToEnd: true}) {
			if err == nil {
				err = auditor.Read(rec)
			}

			if err != nil {
				return nil, err
			}
			r.count(rec, notes)
		}
	}

	// Follow ends without an error when ctx ends: half an audit would look like violations.
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	if t := notes.Table(); t.Cases > 0 {
		r.Notes = &t
	}
	r.Invariants = invariants(auditor)

	return r, nil
}

// count counts what the summary is about. It skips what can't be decoded: the auditor reports that.
func (r *result) count(rec topology.Record, notes *score.Notes) {
	switch rec.Topic {
	case string(vocab.Decisions):
		var d vocab.Decision
		if json.Unmarshal(rec.Value, &d) != nil {
			return
		}

		r.Decisions++
		r.Outcomes[string(d.Outcome)]++
		r.DecidedBy[d.DecidedBy]++
		notes.Add(d)
	case string(vocab.SeatReplies):
		var p vocab.SeatReply
		if json.Unmarshal(rec.Value, &p) != nil || p.Type != vocab.RebookSeats {
			return
		}

		r.Requests++
		if p.Result == vocab.SeatsRefused {
			r.Refused++
			r.Refusals[p.Why]++
		}
	case string(vocab.Escalations):
		r.Escalated++
	}
}

// violated is the error of a day on which something did not hold.
func (r *result) violated() error {
	var bad []string
	for _, i := range r.Invariants {
		if i.Violations > 0 {
			bad = append(bad, fmt.Sprintf("%s (%d of %d)", i.Name, i.Violations, i.Checked))
		}
	}

	if len(bad) == 0 {
		return nil
	}

	return fmt.Errorf("%w: %s", errViolated, strings.Join(bad, "; "))
}

// print is the summary for people.
func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "\nThe day took %.0f s. Of %d parties, %d were on a flight that was disrupted.\n",
		r.Seconds, r.Customers, r.Affected)
	fmt.Fprintf(w, "%d decisions: %v. Decided by: %v.\n", r.Decisions, r.Outcomes, r.DecidedBy)
	fmt.Fprintf(w, "%d requests for seats, %d refused", r.Requests, r.Refused)

	if r.Refused > 0 {
		fmt.Fprintf(w, " (%v) and asked again", r.Refusals)
	}

	fmt.Fprintf(w, "; %d cases went to people.\n", r.Escalated)

	if r.Notes != nil {
		fmt.Fprintf(w, "\nWhat customers wrote\n%s", r.Notes.Text(r.Model))
	}
	fmt.Fprintf(w, "\nWhat must hold, checked from the topics\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  violations\tchecked\t\n")

	for _, i := range r.Invariants {
		fmt.Fprintf(t, "  %d\t%d\t%s\n", i.Violations, i.Checked, i.Name)
	}

	_ = t.Flush() // to the program's output, like all else

	for _, i := range r.Invariants {
		for _, example := range i.Examples {
			fmt.Fprintf(w, "  %s: %s\n", i.Name, example)
		}
	}
}
