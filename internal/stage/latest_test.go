package stage_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A newer event ends the call about an older one: the operator's context ends, and the newer one has the
// slot.
func TestACallWhoseEventIsSupersededEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := 0
		l := newest(t, func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			ended++
			return "", ctx.Err()
		})

		var answers []stage.Answer
		l.calls = l.start(func(a stage.Answer) { answers = append(answers, a) })
		l.event("first")
		synctest.Wait()
		if ended != 0 || len(answers) != 0 {
			t.Fatalf("%d calls have ended, answers: %+v", ended, answers)
		}

		l.event("second")
		synctest.Wait()
		if ended != 1 || len(answers) != 1 || !errors.Is(answers[0].Err, stage.ErrSuperseded) {
			t.Fatalf("%d calls have ended, answers: %+v", ended, answers)
		}

		e, err := l.m.Settle(answers[0], l.row, l.cell("ask", l.row.Queue("ask").First), nil)
		if err != nil || !e.Ignored {
			t.Errorf("%v: the answer is not ignored: %+v", err, e)
		}

		h, ok := l.calls.Next()
		if !ok || !h.Slot || !l.m.HasTurn(h, l.row, l.cell("ask", l.row.Queue("ask").First)) {
			t.Errorf("next: %+v, %v", h, ok)
		}
		l.ask(h)

		if e := l.m.Uncount(answers[0].Call, l.row); !e.Ignored {
			t.Error("the attempt of the newer event is taken back for that of the older one")
		}
	})
}

// However many events of a key come, it has one place in line: that of the first of them.
func TestANewerEventHasThePlaceOfTheOlder(t *testing.T) {
	l := newest(t, func(context.Context, string) (string, error) { return "", nil })
	l.calls = l.start(func(stage.Answer) {})
	l.calls.Take("ask")

	l.calls.Add(stage.Head{Key: "a", Op: "ask"})
	l.calls.Add(stage.Head{Key: "b", Op: "ask"})
	for range 3 {
		l.calls.Add(stage.Head{Key: "a", Op: "ask"})
	}

	for _, want := range []string{"a", "b", ""} {
		l.calls.Release("ask")
		if h, _ := l.calls.Next(); h.Key != want {
			t.Errorf("next: %q, want %q", h.Key, want)
		}
	}
}

// Events that come faster than answers don't keep a key from any answer.
func TestCallsInARowAreEndedAFewTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newest(t, func(ctx context.Context, v string) (string, error) {
			select {
			case <-time.After(3 * time.Second):
				return v, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		})

		answers := make(chan stage.Answer, 100)
		l.calls = l.start(func(a stage.Answer) { answers <- a })

		told := 0
		for i := range 30 { // one a second
			l.event(fmt.Sprint(i))
			time.Sleep(time.Second)
			synctest.Wait()

			for len(answers) > 0 {
				a := <-answers
				if a.Err == nil {
					told++
				}
				l.settle(a)
			}
			for h, ok := l.calls.Next(); ok; h, ok = l.calls.Next() {
				l.ask(h)
			}
		}

		if told < 4 {
			t.Errorf("%d answers within 30 seconds", told)
		}
	})
}

// newestOnly is one key of a topology whose operator is asked about the newest event of each.
type newestOnly struct {
	t     *testing.T
	m     *stage.Machine
	calls *stage.Calls
	start func(func(stage.Answer)) *stage.Calls
	row   *stage.Row
	cells map[int64]*stage.Request
	sent  int64
}

func newest(t *testing.T, decide topology.Func[string, string]) *newestOnly {
	t.Helper()
	tp := topology.New("newest")
	topology.Async(topology.From(tp, topology.Topic[string, string]("in")), "ask", decide,
		topology.Policy[string]{InFlight: 1, Latest: true})

	p, err := tp.Plan()
	if err != nil {
		t.Fatal(err)
	}

	l := &newestOnly{t: t, row: &stage.Row{}, cells: map[int64]*stage.Request{}}
	l.m = stage.New(p, &p.Stages[0], stage.Options{Partitions: 1})
	l.start = func(answer func(stage.Answer)) *stage.Calls {
		return stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
			Lease:  func(context.Context) error { return nil },
			Answer: answer,
		})
	}

	return l
}

func (l *newestOnly) cell(_ string, seq int64) *stage.Request { return l.cells[seq] }

func (l *newestOnly) event(v string) {
	l.t.Helper()
	l.sent++
	e, err := l.m.Event(stage.Message{Topic: "in", Key: "k", Offset: l.sent, Value: fmt.Appendf(nil, "%q", v),
		Time: time.Unix(1_700_000_000, 0)}, l.row, nil)
	l.apply(e, err)
}

func (l *newestOnly) settle(a stage.Answer) {
	l.t.Helper()
	e, err := l.m.Settle(a, l.row, l.cell("ask", l.row.Queue("ask").First), nil)
	l.apply(e, err)
}

func (l *newestOnly) ask(h stage.Head) {
	l.t.Helper()
	head := l.cell(h.Op, l.row.Queue(h.Op).First)
	if !l.m.HasTurn(h, l.row, head) {
		l.calls.Release(h.Op)
		return
	}

	e, err := l.m.Ask(h.Key, h.Op, l.row, head, nil)
	if err == nil && len(e.Calls) == 0 {
		l.calls.Release(h.Op)
	}
	l.apply(e, err)
}

func (l *newestOnly) apply(e stage.Effects, err error) {
	l.t.Helper()
	if err == nil {
		e, err = l.m.Proceed(e, l.calls, func(op string, seq int64) (*stage.Request, error) {
			return l.cell(op, seq), nil
		}, nil)
	}
	if err != nil {
		l.t.Fatal(err)
	}

	l.row = e.Row
	for _, c := range e.Waiting {
		l.cells[c.Seq] = c.Request
		if c.Gone {
			delete(l.cells, c.Seq)
		}
	}
	for _, op := range e.Heads {
		l.calls.Add(l.cell(op, l.row.Queue(op).First).Head("k", op))
	}
	for _, c := range e.Calls {
		l.calls.Make(c)
	}
}
