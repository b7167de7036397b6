package processors

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// newCarefulSession is a session of a stage of which a transaction was refused, up to position 7.
func newCarefulSession(t *testing.T) (*incarnation, *session) {
	t.Helper()
	in, x := newTestSession(t, nil)
	newFakeBroker(t, in)

	in.s.refused(&produceError{"echoes", 0, sarama.ErrInvalidRecord},
		[]share{{p: x.parts[0], next: map[string]int64{"asks": 7}}}, nil)

	return in, x
}

// An attempt that is counted early is something that a careful stage has in its hands, as any other: once that
// is committed, the next record has its turn. Otherwise the stage stands still for ever.
func TestACarefulStageCountsAttemptsEarly(t *testing.T) {
	in, x := newCarefulSession(t)
	leaveWaiting(t, in)
	p := x.parts[0]

	early := func() {
		t.Helper()

		if !x.takeTurn(t.Context()) {
			t.Fatal("no turn")
		}
		p.inbox = append(p.inbox, letter{head: &stage.Head{Key: "k", Op: "answer", Early: true}})
		p.handle(fakeMessage{key: "k", offset: -1}, nil)

		if err := in.commit(x); err != nil {
			t.Fatal(err)
		}

		if len(x.turn.slot) > 0 {
			t.Fatal("the next record waits for ever")
		}
	}
	early()

	if n := p.rows["k"].Queue("answer").Asked; n != 1 {
		t.Errorf("%d attempts are counted", n)
	}

	// Its transaction was refused: it is not counted again, and dropped when its turn comes.
	in, x = newCarefulSession(t)
	leaveWaiting(t, in)
	p = x.parts[0]
	in.s.refused(&produceError{"cells", 0, sarama.ErrInvalidRecord}, nil,
		&culprit{cell: cellID{"k", "answer", 0}})
	early()

	if n := p.rows["k"].Queue("answer").Asked; n != 0 {
		t.Errorf("%d attempts are counted of an event that is to be dropped", n)
	}
}

// A careful stage whose partitions move has nothing in its hands any more, and nothing to be careful about that
// is another worker's.
func TestACarefulStageLosesPartitions(t *testing.T) {
	in, x := newCarefulSession(t)

	if !x.takeTurn(t.Context()) { // and the record never arrives
		t.Fatal("no turn")
	}
	in.s.refused(&produceError{"echoes", 0, sarama.ErrInvalidRecord}, nil,
		&culprit{place: place{"asks", 1}, offset: 5})

	x = newSession(in, &fakeSession{ctx: t.Context(), claims: map[string][]int32{"asks": {0}}})
	if len(x.turn.slot) > 0 {
		t.Error("the next session waits for ever for a record of the last one")
	}

	in.s.passed(x, []share{{p: x.parts[0], next: map[string]int64{"asks": 7}}}, nil)
	if in.s.refusals.careful.Load() {
		t.Error("the stage is careful for ever, for the sake of an event of another worker's")
	}
}
