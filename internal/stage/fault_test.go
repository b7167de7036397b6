package stage_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// meter has a row that can't always be encoded, and a deadline that panics.
func meter(deadline func(float64) time.Time) (*plan.Plan, error) {
	t := topology.New("meter")
	type key string
	const readings topology.Topic[key, float64] = "readings"
	const row topology.Table[key, float64] = "row"
	f := topology.Func[float64, float64](func(context.Context,
		float64) (float64, error) {
		return 0, errors.New("never asked")
	})
	divided := topology.Fold(row, topology.From(t, readings),
		func(_, v float64) float64 { return math.Log(v) })
	answers, _ := topology.Async(topology.Join(divided, row, func(_, r float64) float64 { return r }), "ask",
		f, topology.Policy[float64]{Deadline: deadline})
	answers.To("answers")

	return t.Plan()
}

// Law 8: a row that can't be encoded is the dead letter of the event that made it so, and the row stays.
func TestLaw8ARowThatCannotBeEncoded(t *testing.T) {
	p, err := meter(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := stage.New(p, &p.Stages[0], stage.Options{})

	before := &stage.Row{Bytes: []byte("1"), Version: 1}
	e, err := m.Event(stage.Message{Topic: "readings", Key: "k", Value: []byte("-1")}, before, nil)
	if err != nil || e.Changed || e.DeadLetters != 1 || len(e.Outputs) != 1 || e.Row != before ||
		len(e.Calls) != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}

// Law 8: a panic anywhere in a policy is a dead letter.
func TestLaw8ADeadlineThatPanics(t *testing.T) {
	p, err := meter(func(float64) time.Time { panic("no clock") })
	if err != nil {
		t.Fatal(err)
	}
	m := stage.New(p, &p.Stages[0], stage.Options{})

	e, err := m.Event(stage.Message{Topic: "readings", Key: "k", Value: []byte("3")}, &stage.Row{}, nil)
	if err != nil || e.DeadLetters != 1 || len(e.Calls) != 0 || len(e.Waiting) != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}

// An event has the same id before and after a recovery, and counts as many bytes, whatever its producer calls it.
func TestLaw8AnIDThatIsNoText(t *testing.T) {
	p, err := meter(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := stage.New(p, &p.Stages[0], stage.Options{})

	e, err := m.Event(stage.Message{Topic: "readings", Key: "k\xff", Value: []byte("3"),
		Headers: map[string]string{"ce_id": "a\xff\xfeb", "x": "\xff"}}, &stage.Row{}, nil)
	if err != nil || len(e.Waiting) != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	waits := e.Waiting[0].Request

	back, err := stage.DecodeKept(stage.Kept{Request: waits}.Encode())
	if err != nil || !reflect.DeepEqual(back.Request, waits) || back.Size() != waits.Size() {
		t.Errorf("%+v came back as %+v (%v)", waits, back.Request, err)
	}
}

// Law 8: a deadline may be any time, also one that JSON does not have. One that can not be kept would end the
// worker at each commit.
func TestLaw8ADeadlineThatIsFarAway(t *testing.T) {
	far := time.FixedZone("far", 30*3600)
	for _, at := range []time.Time{{}, time.Unix(1<<40, 0), time.Unix(-1<<40, 0), time.Now(),
		time.Unix(1_900_000_000, 0).In(far)} {
		p, err := meter(func(float64) time.Time { return at })
		if err != nil {
			t.Fatal(err)
		}
		m := stage.New(p, &p.Stages[0], stage.Options{})

		msg := stage.Message{Topic: "readings", Key: "k", Value: []byte("3"), Time: time.Unix(1, 0).In(far)}
		e, err := m.Event(msg, &stage.Row{}, nil)
		if err != nil || len(e.Waiting) != 1 {
			t.Fatalf("deadline %v: %+v, %v", at, e, err)
		}
		waits := e.Waiting[0].Request

		back, err := stage.DecodeKept(stage.Kept{Request: waits}.Encode())
		if err != nil || back.Deadline != waits.Deadline || back.Time != waits.Time {
			t.Errorf("deadline %v of an event at %v: came back as %v and %v (%v)",
				waits.Deadline, waits.Time, back.Deadline, back.Time, err)
		}

		if at.IsZero() != waits.Deadline.IsZero() || at.After(time.Now()) != waits.Deadline.After(time.Now()) {
			t.Errorf("deadline %v is kept as %v", at, waits.Deadline)
		}
	}
}
