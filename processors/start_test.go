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
	c := conf.sarama("test", conf.connections())
	c.ApiVersionsRequest = false // the mock would list what it answers only

	client, err := sarama.NewClient([]string{b.Addr()}, c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	name := &nameClaim{txnID: txnID{client: client, id: id, timeout: time.Minute}}
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
	for next, refused := range map[int64]bool{sarama.OffsetNewest: true, 5: false} {
		in, x, _ := newPositionsSession(t, nil, sarama.ErrNoError)
		rows := []store.Record{{Key: rowSpace + "k", Value: []byte("row")}}
		if err := in.stores[0].Flush(rows, 3); err != nil {
			t.Fatal(err)
		}

		x.unknown = make(chan struct{}, len(in.s.stage.Inputs)) // one for each claim
		var err error
		for _, topic := range in.s.stage.Inputs {
			x.unknown <- struct{}{}
			if next >= 0 {
				x.found = map[place]position{{topic, 0}: {next: next}}
			}

			if err == nil {
				err = x.startAt(x.parts[0], topic, next)
			}
		}

		if fatal := new(FatalError); errors.As(err, &fatal) != refused || !refused && err != nil {
			t.Errorf("the group's position is %d: %v, want refused: %v", next, err, refused)
		}
	}
}

// A position that was committed for other topics of the same names would be taken up in the middle of what is
// there now, with rows that are gone, or that are of something else.
func TestAPositionBelongsToItsTopics(t *testing.T) {
	in, _ := newTestSession(t, nil)
	in.s.w.topics[in.s.cells] = topicInfo{partitions: 1, id: "cells-1"}
	now := in.s.signature("asks")

	if err := in.s.belongs("asks", now); err != nil {
		t.Errorf("its own position: %v", err)
	}

	input, changelog, cells, partitions := now, now, now, now
	input.topic = "another"
	cells.cells = "another" // the events that waited are gone with it
	changelog.changelog = "another"
	partitions.partitions = 2
	for _, was := range []signature{input, changelog, cells, partitions} {
		if err := in.s.belongs("asks", was); err == nil {
			t.Errorf("a position of %v is taken for one of %v", was, now)
		}
	}
}

// A consumer group by itself goes on with the oldest record if the position before it was deleted, and the
// rows lack what those records would have done.
func TestAPositionIsWithinItsTopic(t *testing.T) {
	in, _ := newTestSession(t, nil)
	at := place{"asks", 0}
	has := map[place]extent{at: {oldest: 5, newest: 9}}

	for next, refused := range map[int64]bool{4: true, 5: false, 9: false, 10: true} {
		err := in.s.outside(map[string][]int32{"asks": {0}}, map[place]position{at: {next: next}}, has)
		if (err != nil) != refused {
			t.Errorf("position %d in a topic of 5 to 9: %v, want refused: %v", next, err, refused)
		}
	}
}

// A row in another partition than its key's got there when its topics had another number of partitions. The
// next event of the key would begin a second one.
func TestARowIsInThePartitionOfItsKey(t *testing.T) {
	for partitions, refused := range map[int32]bool{1: false, 64: true} { // of 64, k is not in the first
		in, x := newTestSession(t, nil)
		leaveWaiting(t, in)
		in.s.partitions = partitions

		err := x.parts[0].resume()
		if fatal := new(FatalError); errors.As(err, &fatal) != refused || !refused && err != nil {
			t.Errorf("of %d partitions: %v, want refused: %v", partitions, err, refused)
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
