package replay

import (
	"bytes"
	"context"
	"encoding/json"
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
	return AgainBy(ctx, t, e, "")
}

// AgainBy is Again for a candidate of the operator: see package rollout. "" is the operator itself.
func AgainBy(
	ctx context.Context, t *topology.Topology, e journal.Entry, candidate string,
) (o Outcome, err error) {
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

	if o, err = decide(ctx, op, candidate, &recorded{entry: e}, asked); err != nil {
		err = fmt.Errorf("replay: %s: %w", e.ID, err)
	}

	return o, err
}

// Ask asks an operator of the topology, or a candidate of it, about a case that is given as JSON. The
// operator can read no rows: a case has all that is decided by. It returns an error if there is no such
// operator or candidate, or if the JSON is no case of it. An error of the operator is in the Outcome.
func Ask(
	ctx context.Context, t *topology.Topology, operator, candidate string, asked []byte,
) (o Outcome, err error) {
	p, err := t.Plan()
	if err != nil {
		return o, err
	}

	for i := range p.Nodes {
		op := &p.Nodes[i]
		if op.Kind != plan.KindAsync || op.Name != operator {
			continue
		}

		typ := p.Nodes[op.From[0]].Value
		v := typ.New()
		d := json.NewDecoder(bytes.NewReader(asked))
		d.DisallowUnknownFields()
		if err := d.Decode(v); err != nil {
			return o, fmt.Errorf("replay: a case of operator %s: %w", operator, err)
		}

		return decide(ctx, op, candidate, &recorded{}, typ.Deref(v))
	}

	return o, fmt.Errorf("replay: topology %s has no operator %s", p.Name, operator)
}

func decide(
	ctx context.Context, op *plan.Node, candidate string, rec *recorded, asked any,
) (o Outcome, err error) {
	ask := op.Async.By(candidate)
	if ask == nil {
		return o, fmt.Errorf("operator %s has no candidate %s", op.Name, candidate)
	}

	ctx, cancel := context.WithTimeout(ctx, op.Async.Timeout)
	defer cancel()
	o.Case = asked
	began := time.Now()
	ctx = plan.WithReads(ctx, rec)

	answer, headers, err := ask(ctx, asked)
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
