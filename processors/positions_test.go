package processors

import (
	"errors"
	"testing"

	"github.com/IBM/sarama"
)

// newPositionsSession is a session at least once, whose group's coordinator answers commits of positions with
// code. committed returns the positions of partition 0 that it was asked to commit, in order.
func newPositionsSession(t *testing.T, phase func(name string) error, code sarama.KError) (in *incarnation,
	x *session, committed func() []int64) {
	t.Helper()

	b := sarama.NewMockBroker(t, 1)
	t.Cleanup(b.Close)
	b.SetHandlerByMap(map[string]sarama.MockResponse{
		"MetadataRequest": sarama.NewMockMetadataResponse(t).SetBroker(b.Addr(), b.BrokerID()).
			SetLeader("asks", 0, b.BrokerID()).SetLeader("asking.rows-inbox", 0, b.BrokerID()),
		"FindCoordinatorRequest": sarama.NewMockFindCoordinatorResponse(t).
			SetCoordinator(sarama.CoordinatorGroup, "asking.rows", b),
		"OffsetRequest": sarama.NewMockOffsetResponse(t).SetOffset("asks", 0, sarama.OffsetOldest, 5).
			SetOffset("asking.rows-inbox", 0, sarama.OffsetOldest, 0),
		"OffsetCommitRequest": sarama.NewMockOffsetCommitResponse(t).SetError("asking.rows", "asks", 0, code),
	})

	in, x = newTestSession(t, phase)
	in.s.w.c.Guarantee = AtLeastOnce

	c := in.s.w.c.sarama("test", in.s.w.c.connections())
	c.ApiVersionsRequest = false // the mock would list what it answers only

	client, err := sarama.NewClient([]string{b.Addr()}, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	in.prod.client = client

	return in, x, func() (next []int64) {
		for _, r := range b.History() {
			if ask, ok := r.Request.(*sarama.OffsetCommitRequest); ok {
				o, _, err := ask.Offset("asks", 0)
				if err != nil || ask.ConsumerGroupGeneration != 7 || ask.ConsumerID != "member-1" {
					t.Errorf("positions are committed as %+v: %v", ask, err)
				}
				next = append(next, o)
			}
		}
		return next
	}
}

// At least once, rows are written before the positions of their events. Without start positions before the
// first rows, a crash between the two would leave a group without positions, which is refused from then on.
func TestStartPositionsComeBeforeTheFirstRows(t *testing.T) {
	crash := errors.New("crash")
	in, x, committed := newPositionsSession(t, func(name string) error {
		if name == "produced" {
			return crash
		}
		return nil
	}, sarama.ErrNoError)
	p := x.parts[0]

	if err := x.startAt(p, "asks", sarama.OffsetOldest); err != nil {
		t.Fatal(err)
	}
	p.next["asks"] = 9 // events were handled before the first commit

	if err := in.commit(x); !errors.Is(err, crash) {
		t.Fatalf("the commit returned %v", err)
	}

	if got := committed(); len(got) != 1 || got[0] != 5 {
		t.Errorf("the positions %v were committed before the first rows, want 5, where the log begins", got)
	}
}

// sarama hides the errors of positions that it commits. A worker that another one has replaced would go on.
func TestErrorsOfPositionsEndTheIncarnation(t *testing.T) {
	in, x, committed := newPositionsSession(t, nil, sarama.ErrFencedInstancedId)
	x.parts[0].next["asks"] = 9

	if err := in.commit(x); !errors.Is(err, sarama.ErrFencedInstancedId) {
		t.Errorf("the commit returned %v", err)
	}

	if got := committed(); len(got) != 1 || got[0] != 9 {
		t.Errorf("the positions %v were committed, want 9", got)
	}
}
