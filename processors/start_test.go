package processors

import (
	"errors"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// Each test here holds what a worker refuses before it computes anything.

// Two workers in one folder destroy each other's stores.
func TestADirIsClaimedOnce(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	first, second := &Worker{c: c}, &Worker{c: c}

	unlock, err := first.claimDir()
	if err != nil {
		t.Fatal(err)
	}

	if _, err := second.claimDir(); err == nil {
		t.Error("two workers have one folder")
	}

	unlock()

	if unlock, err = second.claimDir(); err != nil {
		t.Fatalf("the folder of a worker that has ended: %v", err)
	}
	unlock()
}

// A worker that was broken off asks whether it still has its name. Without an answer, two workers of one
// name fence each other for ever, or both end.
func TestAWorkerEndsWhenItsNameIsClaimed(t *testing.T) {
	const id = "asking//worker-1"
	b := sarama.NewMockBroker(t, 1)
	defer b.Close()

	b.SetHandlerByMap(map[string]sarama.MockResponse{
		"MetadataRequest": sarama.NewMockMetadataResponse(t).SetBroker(b.Addr(), b.BrokerID()),
		"FindCoordinatorRequest": sarama.NewMockFindCoordinatorResponse(t).
			SetCoordinator(sarama.CoordinatorTransaction, id, b),
		"InitProducerIDRequest": sarama.NewMockInitProducerIDResponse(t).SetProducerID(1),
		"EndTxnRequest": sarama.NewMockSequence(
			&sarama.EndTxnResponse{Version: 3, Err: sarama.ErrInvalidTxnState},
			&sarama.EndTxnResponse{Version: 3, Err: sarama.ErrInvalidProducerEpoch},
		),
	})

	conf, err := Config{Brokers: []string{b.Addr()}}.normal()
	if err != nil {
		t.Fatal(err)
	}
	c := conf.sarama("test", conf.lines())
	c.ApiVersionsRequest = false // the mock would list what it answers only

	client, err := sarama.NewClient([]string{b.Addr()}, c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	name := &nameClaim{client: client, id: id, timeout: time.Minute}
	if err := name.claim(); err != nil {
		t.Fatal(err)
	}

	p := &plan.Plan{}
	r := &runner{plan: p, w: &Worker{c: conf, names: map[*plan.Plan]*nameClaim{p: name}}}
	broken := errors.New("fenced by another stage")

	if r.isReplaced(broken) {
		t.Error("a worker that has claimed its name last is replaced")
	}

	if !r.isReplaced(broken) {
		t.Error("a worker whose name was claimed by another goes on")
	}
}

// A partition that has rows and no positions would read its inputs from the beginning, and count all events
// twice.
func TestAPartitionWithRowsNeedsPositions(t *testing.T) {
	for position, refused := range map[int64]bool{sarama.OffsetNewest: true, 5: false} {
		in, x, _ := newPositionsSession(t, nil, sarama.ErrNoError)
		rows := []store.Record{{Key: rowSpace + "k", Value: []byte("row")}}
		if err := in.stores[0].Flush(rows, 3); err != nil {
			t.Fatal(err)
		}

		err := x.startAt(x.parts[0], "asks", position)
		if fatal := new(FatalError); errors.As(err, &fatal) != refused || !refused && err != nil {
			t.Errorf("the group's position is %d: %v, want refused: %v", position, err, refused)
		}
	}
}

// Events for an operator that this version of the topology does not have would wait for ever.
func TestEventsOfAnUnknownOperatorAreRefused(t *testing.T) {
	in, x := newTestSession(t, nil)
	leaveWaiting(t, in)

	if err := x.parts[0].resume(); err != nil {
		t.Fatalf("what waits for an operator that is there: %v", err)
	}

	c := census{}
	c.add(&stage.Request{Op: "judge"}, 1)
	if err := in.stores[0].Flush([]store.Record{{Key: metaWaiting, Value: c.encode()}}, 0); err != nil {
		t.Fatal(err)
	}

	var fatal *FatalError
	if err := x.parts[0].resume(); !errors.As(err, &fatal) {
		t.Errorf("%v, want a fatal error", err)
	}
}

// goka marks each record for which it has called back. A mark without a callback is a record without
// effects, whose position moves on.
func TestARecordThatIsPassedOver(t *testing.T) {
	in, x := newTestSession(t, nil)
	x.parts[0].handle(fakeMessage{key: "k", offset: 0}, []byte(`"hello"`))
	x.MarkOffset("asks", 0, 1, "")

	if err := in.failure(); err != nil {
		t.Fatalf("a record after its callback: %v", err)
	}

	x.MarkOffset("asks", 0, 2, "")

	if in.failure() == nil {
		t.Error("a record was passed over, and the stage goes on")
	}
}
