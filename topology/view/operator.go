package view

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/topology"
)

// A reply is an operator's answer, with what it has read. Its JSON, which goes on record, is the answer
// alone.
type reply[V, W any] struct {
	value W
	asked V         // the case
	id    string    // of the question; "": not known
	began time.Time // when the operator was asked; zero: it was not
	ended time.Time // when it had an answer
	reads []Read
	rests bool // on reads; without, it rests on what the answer before has read
}

// MarshalJSON implements json.Marshaler.
func (r reply[V, W]) MarshalJSON() ([]byte, error) { return json.Marshal(r.value) }

// UnmarshalJSON implements json.Unmarshaler.
func (r *reply[V, W]) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &r.value) }

// An attempt is why an operator has no answer, with what it has read: GiveUp may have one.
type attempt[V, W any] struct {
	err   error
	reply reply[V, W]
}

func (a *attempt[V, W]) Error() string { return a.err.Error() }
func (a *attempt[V, W]) Unwrap() error { return a.err }

// An operator is the user's, of which each call has its reads recorded.
type operator[V, W any] struct {
	inner topology.Operator[V, W]
	limits
}

var errNil = errors.New("the operator is nil")

// Declared returns why the operator can't work.
func (o operator[V, W]) Declared() error {
	if isNil(o.inner) {
		return errNil
	}

	if d, ok := o.inner.(interface{ Declared() error }); ok {
		return d.Declared()
	}
	return nil
}

// isNil reports whether an operator is nil, or a nil function or pointer.
func isNil(operator any) bool {
	switch v := reflect.ValueOf(operator); v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Func, reflect.Pointer, reflect.Map:
		return v.IsNil()
	}
	return false
}

// Warm implements topology.Warmer.
func (o operator[V, W]) Warm(ctx context.Context) error {
	if w, ok := o.inner.(topology.Warmer); ok {
		return w.Warm(ctx)
	}
	return nil
}

// Candidates returns those of the user's operator.
func (o operator[V, W]) Candidates() map[string]topology.Operator[V, reply[V, W]] {
	with, ok := o.inner.(interface {
		Candidates() map[string]topology.Operator[V, W]
	})
	if !ok {
		return nil
	}

	all := map[string]topology.Operator[V, reply[V, W]]{}
	for name, candidate := range with.Candidates() {
		all[name] = operator[V, W]{candidate, o.limits}
	}
	return all
}

// Decide implements topology.Operator.
func (o operator[V, W]) Decide(ctx context.Context, v V) (reply[V, W], topology.Provenance, error) {
	r := reply[V, W]{asked: v, began: time.Now().UTC().Round(0)}

	from, err := plan.ReadsOf(ctx, o.view)
	if err != nil {
		return r, nil, err
	}

	seen := plan.SeenOf(ctx)
	if len(seen) > 0 { // the first is the answer's own row: see Keep
		r.id = questionOf(seen[0].Value)
		seen = seen[1:]
	}
	rec := newRecorder(from, seen, o.limits)

	var provenance topology.Provenance
	r.value, provenance, err = o.inner.Decide(plan.WithReads(ctx, rec), v)
	r.ended = time.Now().UTC().Round(0)

	var over error
	if r.reads, over = rec.result(); over != nil {
		return r, provenance, over
	}
	r.rests = true

	if err != nil {
		return r, provenance, &attempt[V, W]{err, r}
	}

	return r, provenance, nil
}

// questionOf returns the id of the question that a row has.
func questionOf(row []byte) string {
	var own struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(row, &own) // the engine has written it

	return own.ID
}

// Check implements topology.Operator.
func (o operator[V, W]) Check(ctx context.Context, v V, r reply[V, W]) error {
	return o.inner.Check(ctx, v, r.value)
}

// GiveUp implements topology.Operator.
func (o operator[V, W]) GiveUp(v V, cause error) (r reply[V, W], err error) {
	if a := new(attempt[V, W]); errors.As(cause, &a) {
		r = a.reply
	}
	r.asked = v
	r.value, err = o.inner.GiveUp(v, cause)

	return r, err
}
