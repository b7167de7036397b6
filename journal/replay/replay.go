package replay

import (
	"context"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/topology"
)

// An Outcome is what an operator answered when it was asked again.
type Outcome struct {
	Case    any               // what it was asked, of the topology's own type
	Answer  journal.Bytes     // as JSON; nil if there is an Err
	Err     error             // of the operator, instead of an answer
	Holds   error             // why the answer does not hold for the case as it was; nil if it does
	Headers map[string]string // of the operator: model, tokens, latency
	Notes   []journal.Note    // of the operator, all of them whole
	Took    time.Duration
}

// Again rebuilds a decision's case by the topology's steps, and asks the topology's operator of that name for
// no longer than its Policy.Timeout. It returns an error if the case cannot be rebuilt. An error of the
// operator is in the Outcome.
func Again(ctx context.Context, t *topology.Topology, e journal.Entry) (o Outcome, err error) {
	p, err := t.Plan()
	if err != nil {
		return o, err
	}

	own, err := ownRow(p, e)
	if err != nil {
		return o, fmt.Errorf("replay: %s: %w", e.ID, err)
	}

	op, asked, err := stage.Rebuild(p, e.Record, own, seenRows{e})
	if err != nil {
		return o, fmt.Errorf("replay: %s: %w", e.ID, err)
	}

	ctx, cancel := context.WithTimeout(ctx, op.Async.Timeout)
	defer cancel()
	rec := &recorded{entry: e}
	o.Case = asked
	began := time.Now()
	ctx = plan.WithReads(ctx, rec)

	answer, headers, err := op.Async.Decide(ctx, asked)
	o.Took, o.Headers, o.Notes = time.Since(began), headers, rec.newNotes()
	if err != nil {
		o.Err = err
		return o, nil
	}

	o.Holds = op.Async.Check(ctx, asked, answer)
	o.Answer, err = plan.JSON{}.Marshal(answer)

	return o, err
}

// ownRow returns the row of the event's own key, as a join has seen it.
func ownRow(p *plan.Plan, e journal.Entry) (*stage.Row, error) {
	own := &stage.Row{}
	ref, ok := find(e.Rows, stage.TableOf(p, e.Operator), e.Key)
	if !ok {
		return own, nil
	}

	b, err := e.Row(ref)
	own.Bytes, own.Version = b, ref.Version()

	return own, err
}

func find(refs []journal.Ref, table, key string) (journal.Ref, bool) {
	for _, ref := range refs {
		if ref.Table() == table && ref.Key() == key {
			return ref, true
		}
	}
	return "", false
}

// seenRows are the rows that lookups have seen. It implements stage.Copies.
type seenRows struct{ journal.Entry }

func (r seenRows) Lookup(table, key string) ([]byte, int64, error) {
	return bytesOf(r.Entry, r.Rows, table, key)
}

func (seenRows) Scan(table, _ string, _ func(string, []byte, int64) bool) error {
	return fmt.Errorf("%w: a scan of %s by a step", journal.ErrMissing, table)
}

func bytesOf(e journal.Entry, among []journal.Ref, table, key string) ([]byte, int64, error) {
	ref, ok := find(among, table, key)
	if !ok {
		return nil, 0, fmt.Errorf("%w: %s/%s, which was not read then", journal.ErrMissing, table, key)
	}
	b, err := e.Row(ref)
	return b, ref.Version(), err
}
