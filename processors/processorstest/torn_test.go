package processorstest_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// tornEnv names the environment variable with the number of attacks of TestDelayedRequestsTearNoTransaction.
// The default is one of each kind.
const tornEnv = "SLIPSTREAM_TEST_TORN"

// Each attack delays a request of one transaction until the next one comes to another request.
//
// The first two tear transactions of a producer that sends a request again when its connection broke, and
// goes on in the same epoch. The EndTxn commits what the next transaction has by then, rows without
// positions; the TxnOffsetCommit sets positions back beneath rows that stay. The others are harmless by
// nature.
var delays = []struct{ held, until request }{
	{endTxn, txnOffsetCommit},
	{txnOffsetCommit, endTxn},
	{addPartitionsToTxn, txnOffsetCommit},
	{addOffsetsToTxn, endTxn},
	{produce, endTxn},
	{initProducerID, endTxn},
}

// A request that is delayed into the next transaction changes nothing: each event takes effect once, also if
// the worker crashes right after that transaction.
func TestDelayedRequestsTearNoTransaction(t *testing.T) {
	attacks, err := strconv.Atoi(cmp.Or(os.Getenv(tornEnv), strconv.Itoa(len(delays))))
	if err != nil {
		t.Fatalf("%s: %v", tornEnv, err)
	}
	brokers := brokersUnderTest(t)

	var began atomic.Int64
	var targets sync.WaitGroup
	for range 6 {
		targets.Go(func() {
			a := newTarget(t, brokers)
			for n := int(began.Add(1)) - 1; n < attacks; n = int(began.Add(1)) - 1 {
				d := delays[n%len(delays)]
				if err := a.attack(d.held, d.until); err != nil {
					t.Errorf("attack %d, request %d delayed until request %d: %v", n, d.held, d.until, err)
					a = newTarget(t, brokers) // one violation is no other's
				}
			}
		})
	}
	targets.Wait()
}

// brokersUnderTest are those that the environment names, or else an embedded one.
func brokersUnderTest(t *testing.T) []string {
	if addrs := os.Getenv(processorstest.KafkaEnv); addrs != "" {
		return strings.Split(addrs, ",")
	}

	b, err := devkafka.Start(devkafka.Config{MinSessionTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })

	return []string{b.Addr()}
}

// A target is a topology that counts the events of one key, with topics of its own.
type target struct {
	name   string
	config processors.Config
	client *processors.Client
	steps  topology.Topic[key, step]
	sums   topology.Topic[key, told]
	table  topology.Table[key, tally]
	sent   int
}

func newTarget(t *testing.T, brokers []string) *target {
	name := fmt.Sprintf("torn-%d", rand.Uint32())
	a := &target{
		name:  name,
		steps: topology.Topic[key, step](name + ".steps"),
		sums:  topology.Topic[key, told](name + ".sums"),
		table: topology.Table[key, tally](name),
		config: processors.Config{
			Brokers:        brokers,
			Partitions:     1,
			Instance:       "w",
			SessionTimeout: 6 * time.Second,
			Logger:         slog.New(slog.NewTextHandler(io.Discard, nil)),
		},
	}

	var err error
	if a.client, err = processors.Dial(a.config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.client.Close() })

	return a
}

func (a *target) topology() *topology.Topology {
	t := topology.New(a.name)
	topology.Apply(a.table, topology.From(t, a.steps), func(y tally, s step) (tally, []told) {
		y.Seq++
		return y, []told{{Seq: y.Seq, Sum: s.Seq}}
	}).To(a.sums)

	return t
}

// attack runs a worker on a network that delays a request, has it crash in the next transaction, and returns
// what is wrong then.
func (a *target) attack(held, until request) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	d := new(delay)
	c := a.config
	c.Dialer = d

	w, err := processors.NewWorker(c, a.topology())
	if err != nil {
		return err
	}
	var crash atomic.Bool
	processorstest.OnPhase(w, func(_, phase string) error {
		if phase == "after commit" && crash.CompareAndSwap(true, false) {
			return errors.New("crash")
		}
		return nil
	})

	var isHeld <-chan struct{}
	if held == initProducerID {
		isHeld = d.holdUp(held)
	}

	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- w.Run(running) }()
	defer func() {
		stop()
		<-done
	}()

	if err := processorstest.Settle(ctx, w); err != nil {
		return err
	}

	if isHeld == nil {
		isHeld = d.holdUp(held)
	}

	if err := a.send(ctx); err != nil {
		return err
	}

	select {
	case <-isHeld:
	case <-ctx.Done():
		return errors.New("the request did not come")
	}

	if err := processorstest.Settle(ctx, w); err != nil {
		return err
	}

	wentOn := d.goOnBefore(until)
	crash.Store(true)
	if err := a.send(ctx); err != nil {
		return err
	}

	select {
	case err := <-wentOn:
		if err != nil {
			return fmt.Errorf("the delayed request: %w", err)
		}
	case <-ctx.Done():
		return errors.New("the next transaction did not come")
	}

	if err := processorstest.Settle(ctx, w); err != nil {
		return err
	}

	return a.check(ctx, w)
}

func (a *target) send(ctx context.Context) error {
	a.sent++
	return processors.Send(ctx, a.client, a.steps, "k", step{Seq: a.sent})
}

// check compares the row and the outputs with what was sent.
func (a *target) check(ctx context.Context, w *processors.Worker) error {
	y, err := state.Of(w, a.table).Get(ctx, "k")
	for err != nil && ctx.Err() == nil { // on a busy machine a session may just have been lost
		if err := processorstest.Settle(ctx, w); err != nil {
			return err
		}
		y, err = state.Of(w, a.table).Get(ctx, "k")
	}

	if err != nil {
		return err
	}

	var sums []told
	all := processors.FollowOptions{FromBeginning: true, ToEnd: true}
	for e, err := range processors.Follow(ctx, a.client, a.sums, all) {
		if err != nil {
			return err
		}
		sums = append(sums, e.Value)
	}

	for i, s := range sums {
		if s != (told{Seq: i + 1, Sum: i + 1}) {
			return fmt.Errorf("output %d is %+v", i+1, s)
		}
	}

	if y.Seq != a.sent || len(sums) != a.sent {
		return fmt.Errorf("of %d events, the row has counted %d, and %d have an output", a.sent, y.Seq, len(sums))
	}

	return nil
}
