package stage_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A refusal is an error by a pointer, which may be nil by mistake.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

// A judge answers, checks and gives up as a test has it.
type judge struct {
	decide, check, giveUp error
	told                  topology.Provenance
}

func (j judge) Decide(context.Context, string) (string, topology.Provenance, error) {
	return "yes", j.told, j.decide
}

func (j judge) Check(context.Context, string, string) error { return j.check }

func (j judge) GiveUp(_ string, cause error) (string, error) {
	if j.giveUp != nil {
		return "", j.giveUp
	}
	return "", cause
}

// court has a case judged, and tells of one that is not settled.
func court(t *testing.T, j judge, check func(string) error) *engine {
	type key string
	const (
		cases    topology.Topic[key, string] = "cases"
		verdicts topology.Topic[key, string] = "verdicts"
		open     topology.Topic[key, string] = "open"
		file     topology.Table[key, string] = "file"
	)

	d := topology.New("court")
	kept := topology.Fold(file, topology.From(d, cases).Check(check), topology.Latest)
	settled, failed := topology.Async(kept, "judge", j, topology.Policy[string]{Record: true, Reasks: -1})
	settled.To(verdicts)
	topology.Map(failed, func(f topology.Failure[string]) string { return f.Cause }).To(open)

	p, err := d.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return &engine{t: t, plan: p, row: &stage.Row{}, machine: stage.New(p, &p.Stages[0], stage.Options{})}
}

// call makes the call of the case that waits.
func (e *engine) call(rows stage.Copies) {
	answered := make(chan stage.Answer)
	calls := stage.NewCalls(e.t.Context(), e.plan, &e.plan.Stages[0], stage.CallOptions{
		Copies: rows,
		Lease:  func(context.Context) error { return nil },
		Answer: func(a stage.Answer) { answered <- a },
	})
	calls.Take(e.calls[0].Op)
	calls.Make(e.calls[0])
	e.apply(e.settle(<-answered))
}

func (e *engine) outputs(topic string) (found []stage.Output) {
	for _, o := range e.out {
		if o.Topic == topic {
			found = append(found, o)
		}
	}
	return found
}

// Law 8: a nil pointer that is returned as an error is an error that can be told.
func TestLaw8AnErrorThatIsANilPointer(t *testing.T) {
	var missing *refusal

	e := court(t, judge{}, func(string) error { return missing })
	e.apply(e.machine.Event(stage.Message{Topic: "cases", Key: "k", Value: []byte(`"x"`)}, e.row, nil))
	if letters := e.outputs(e.plan.DeadLetters()); len(letters) != 1 {
		t.Errorf("a step's: %d dead letters, want 1", len(letters))
	}

	for name, j := range map[string]judge{
		"decide":  {decide: missing},
		"check":   {check: missing},
		"give up": {decide: errors.New("no idea"), giveUp: missing},
		"within":  {decide: errors.Join(errors.New("no idea"), missing)},
	} {
		e := court(t, j, func(string) error { return nil })
		e.apply(e.machine.Event(stage.Message{Topic: "cases", Key: "k", Value: []byte(`"x"`)}, e.row, nil))
		e.call(nil)
		if open := e.values("open"); len(open) != 1 || !strings.Contains(open[0], "can't be read") {
			t.Errorf("%s: %q; want one case that is not settled, told of an error that can't be read", name,
				open)
		}
	}
}

// What an operator tells, or fails with, may be as long as it likes: the case has its end, and what goes on
// record fits.
func TestWhatAnOperatorTellsMayBeLong(t *testing.T) {
	long := strings.Repeat("x", 2_000_000)
	for name, j := range map[string]judge{
		"an error":        {decide: errors.New(long)},
		"an objection":    {check: errors.New(long)},
		"the last word":   {decide: errors.New("no idea"), giveUp: errors.New(long)},
		"its provenance":  {told: topology.Provenance{"reason": long}},
		"both, one after": {told: topology.Provenance{"reason": long}, decide: errors.New(long)},
	} {
		e := court(t, j, func(string) error { return nil })
		e.apply(e.machine.Event(stage.Message{Topic: "cases", Key: "k", Value: []byte(`"x"`)}, e.row, nil))
		e.call(nil)

		if open := e.outputs("open"); len(open) != 1 {
			t.Errorf("%s: %d cases that are not settled, want 1", name, len(open))
		}
		for _, o := range e.out {
			if o.Size() > 900_000 {
				t.Errorf("%s: a record for topic %s has %d bytes", name, o.Topic, o.Size())
			}
		}
	}
}

// A key may be so long that what goes on record can't name the rows of its case.
func TestTheKeyOfACaseMayBeLong(t *testing.T) {
	e := court(t, judge{}, func(string) error { return nil })
	key := strings.Repeat("\x01", 200_000) // 6 bytes each in JSON
	e.apply(e.machine.Event(stage.Message{Topic: "cases", Key: key, Value: []byte(`"x"`)}, e.row, nil))
	e.call(nil)
	if len(e.outputs("verdicts")) != 1 {
		t.Error("the answer is lost")
	}
	for _, o := range e.out {
		if o.Size() > 900_000 {
			t.Errorf("a record for topic %s has %d bytes", o.Topic, o.Size())
		}
	}
}

// A decision about an event without a time, which some clients send, has none either.
func TestADecisionHasTheTimeOfItsEventOrNone(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(1_000_000_000, 0)} {
		e := court(t, judge{}, func(string) error { return nil })
		msg := stage.Message{Topic: "cases", Key: "k", Value: []byte(`"x"`), Time: at}
		e.apply(e.machine.Event(msg, e.row, nil))
		e.call(nil)

		got := ""
		for _, h := range e.outputs("verdicts")[0].Headers {
			if h.Key == "ce_time" {
				got = string(h.Value)
			}
		}

		want := ""
		if !at.IsZero() {
			want = at.UTC().Format(time.RFC3339Nano)
		}

		if got != want {
			t.Errorf("ce_time %q, want %q", got, want)
		}
	}
}
