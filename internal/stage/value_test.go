package stage_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/topology"
)

type (
	item  struct{ A int }
	outer struct {
		Items []item
		Named map[string]*item
	}
	parent struct{ Child *parent }

	// computed writes a field that it does not have; selfReading knows what to do with any.
	computed    struct{ A int }
	holder      struct{ In []computed }
	selfReading struct{ A int }
	embedded    struct {
		item
		B int
	}
)

func (c computed) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{"A":%d,"Double":%d}`, c.A, 2*c.A), nil
}

func (s *selfReading) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*item)(s)) }

// meets has an event meet a stored row, and returns what becomes of it.
func meets[R any](t *testing.T, stored string) (stage.Effects, error) {
	t.Helper()

	top := topology.New("shelf")
	topology.Fold(topology.Table[string, R]("things"), topology.From(top, words),
		func(r R, _ word) R { return r })

	p, err := top.Plan()
	if err != nil {
		t.Fatal(err)
	}

	row := &stage.Row{Bytes: []byte(stored), Version: 1}
	return stage.New(p, &p.Stages[0], stage.Options{}).Event(
		stage.Message{Topic: "words", Key: "k", Value: []byte(`{"Text":"a"}`)}, row, nil)
}

// A stored row with a field that its type lacks stops the stage, wherever the field is: the next change of
// the row would lose it.
func TestAStoredFieldThatWouldBeLostIsAnErrorOfTheStage(t *testing.T) {
	for _, c := range []struct {
		stored, field string
		meet          func(*testing.T, string) (stage.Effects, error)
	}{
		{`{"A":1,"B":2}`, "B", meets[item]},
		{`{"Items":[{"A":1},{"A":2,"C":null}]}`, "C", meets[outer]},
		{`{"Named":{"x":{"D":[1]}}}`, "D", meets[outer]},
		{`{"Child":{"Child":{"E":1}}}`, "E", meets[parent]},
		{`{"A":1,"B":2,"F":3}`, "F", meets[embedded]},
		{`[{"A":1},{"G":1}]`, "G", meets[[]item]},
	} {
		effects, err := c.meet(t, c.stored)

		var rowErr *stage.RowError
		says := fmt.Sprintf("it has a field %q", c.field)
		if !errors.As(err, &rowErr) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", c.stored, err)
		}

		if effects.Changed || len(effects.Outputs) > 0 {
			t.Errorf("%s has effects: %+v", c.stored, effects)
		}
	}
}

// What a type knows, reads itself, or writes beyond its fields, and what has no fields, is not refused.
func TestStoredFieldsThatAreNotLost(t *testing.T) {
	for _, c := range []struct {
		stored string
		meet   func(*testing.T, string) (stage.Effects, error)
	}{
		{`{"A":1}`, meets[item]},
		{`{"a":1}`, meets[item]},
		{`{}`, meets[item]},
		{`{"A":1,"B":2}`, meets[embedded]},
		{`{"A":1,"Double":2}`, meets[computed]},
		{`{"In":[{"A":1,"Double":2}]}`, meets[holder]},
		{`{"A":1,"Old":2}`, meets[selfReading]},
		{`{"A":1,"B":{"C":2}}`, meets[map[string]any]},
		{`{"A":1,"B":{"C":2}}`, meets[any]},
		{`{"A":1,"B":{"C":2}}`, meets[json.RawMessage]},
	} {
		if e, err := c.meet(t, c.stored); err != nil || e.DeadLetters > 0 {
			t.Errorf("%s: %v, %+v", c.stored, err, e)
		}
	}
}

// A row that its type can't be decoded from is the fault of the event that makes it so: after a restart it
// would stop the stage.
func TestARowThatCannotBeReadAgainIsADeadLetter(t *testing.T) {
	type temperature struct{ Of unreadable }
	top := topology.New("shelf")
	topology.Fold(topology.Table[string, temperature]("things"), topology.From(top, words),
		func(temperature, word) temperature { return temperature{Of: 1} })

	p, err := top.Plan()
	if err != nil {
		t.Fatal(err)
	}

	e, err := stage.New(p, &p.Stages[0], stage.Options{}).Event(
		stage.Message{Topic: "words", Key: "k", Value: []byte(`{"Text":"a"}`)}, &stage.Row{}, nil)
	if err != nil || e.DeadLetters != 1 || e.Changed {
		t.Fatalf("%v, %+v", err, e)
	}

	const says = "row things/k is encoded in a way that stage_test.temperature cannot be decoded from"
	if got := header(e.Outputs[0], "deadletter-error"); !strings.Contains(got, says) {
		t.Errorf("the dead letter says %q", got)
	}
}

type unreadable float64

func (unreadable) MarshalJSON() ([]byte, error) { return []byte(`"warm"`), nil }

// A decision on record is rebuilt on rows as they were, with the fields that they had then: nothing is
// written.
func TestRebuildReadsRowsOfFormerVersions(t *testing.T) {
	p, err := declare(nil).Plan()
	if err != nil {
		t.Fatal(err)
	}

	own := &stage.Row{Bytes: []byte(`{"N":3,"Former":true}`), Version: 3}
	rec := journal.Record{Key: "k", Operator: "oracle"}
	rec.Event.Value = []byte(`{"Text":"why?"}`)

	if _, asked, err := stage.Rebuild(p, rec, own, nil); err != nil || asked.(question).N != 3 {
		t.Errorf("%+v, %v", asked, err)
	}
}
