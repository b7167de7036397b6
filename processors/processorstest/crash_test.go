package processorstest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

type key string

// A step numbers the events of a key; the row notices any that is missing, doubled or out of order.
type (
	step  struct{ Seq, Amount int }
	tally struct {
		Seq, Sum, Wrong int
		Answered        int
	}
	told struct{ Seq, Sum int }
)

const (
	steps    topology.Topic[key, step]  = "steps"
	sums     topology.Topic[key, told]  = "sums"
	answered topology.Topic[key, told]  = "answered"
	tallies  topology.Table[key, tally] = "tallies"
	second   topology.Table[key, told]  = "second"
)

// ledger has two stages: one that counts and has every fifth event decided, and one that keeps what it is told.
func ledger() *topology.Topology {
	t := topology.New("ledger")
	counted := topology.Apply(tallies, topology.From(t, steps), func(y tally, s step) (tally, []told) {
		if s.Seq != y.Seq+1 {
			y.Wrong++
		}

		y.Seq++
		y.Sum += s.Amount
		return y, []told{{y.Seq, y.Sum}}
	})
	counted.To(sums)
	slow := topology.Func[told, told](func(ctx context.Context, n told) (told, error) {
		select {
		case <-time.After(time.Duration(n.Seq%7) * time.Millisecond):
			return n, nil
		case <-ctx.Done():
			return n, ctx.Err()
		}
	})
	settled, _ := topology.Async(counted.Filter(func(n told) bool { return n.Seq%5 == 0 }), "judge", slow,
		topology.Policy[told]{})
	settled.To(answered)
	topology.Fold(tallies, settled, func(y tally, _ told) tally { y.Answered++; return y })
	topology.Fold(second, topology.From(t, sums), topology.Latest)

	return t
}

// Rounds of events, each with a crash at a place that is drawn, and sometimes without the disk afterwards: every event
// takes effect once, in order, in rows, outputs and changelog.
func TestExactlyOnceOverCrashes(t *testing.T) {
	const rounds, perRound, keys = 12, 300, 40

	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	e := engineUnderTest(t, ledger())
	places := []string{"before commit", "produced", "positions", "after commit", "flushed", "before settle",
		"after settle", "before answer", "after dispatch", "before pending"}
	want := map[key]tally{}
	for round := range rounds {
		place := places[round%len(places)]
		began := time.Now()

		for n := range perRound {
			k := key(fmt.Sprint("k", rng.IntN(keys)))
			y := want[k]
			y.Seq, y.Sum = y.Seq+1, y.Sum+n
			y.Answered = y.Seq / 5
			want[k] = y

			if n == perRound/2 {
				if err := e.Fault("crash " + place); err != nil {
					t.Fatal(err)
				}
			}
			processorstest.SendOnly(e, steps, k, step{y.Seq, n})
		}

		if err := e.(topologytest.Settler).Settle(t.Context()); err != nil {
			t.Fatalf("round %d, crash %s: %v", round, place, err)
		}
		t.Logf("round %d: crash %s, %v", round, place, time.Since(began).Round(time.Millisecond))

		if rng.IntN(4) == 0 {
			if err := e.Fault("lose disk"); err != nil {
				t.Fatal(err)
			}
		}
	}
	e.Advance(100 * time.Millisecond)

	for k, y := range want {
		got, err := state.Of(e, tallies).Get(t.Context(), k)
		if err != nil || got != y {
			t.Errorf("row %s: %+v, want %+v (%v)", k, got, y, err)
		}

		if last, err := state.Of(e, second).Get(t.Context(), k); err != nil || last.Seq != y.Seq ||
			last.Sum != y.Sum {
			t.Errorf("second stage %s: %+v, want %+v (%v)", k, last, y, err)
		}
	}
	once(t, "sums", topologytest.Sent(e, sums), 1, want)
	once(t, "answered", topologytest.Sent(e, answered), 5, want)

	if dead := e.Sent("ledger.dead-letters"); len(dead) > 0 {
		t.Errorf("%d dead letters, the first: %v", len(dead), dead[0].Headers)
	}
}

// once checks that a topic has each nth event of every key, once and in order.
func once(t *testing.T, topic string, events []topology.Event[key, told], every int, want map[key]tally) {
	t.Helper()

	last, ids := map[key]int{}, map[string]bool{}
	for _, ev := range events {
		if ev.Value.Seq != last[ev.Key]+every {
			t.Errorf("%s: %s has %d after %d", topic, ev.Key, ev.Value.Seq, last[ev.Key])
		}

		last[ev.Key] = ev.Value.Seq
		if ids[ev.ID] && ev.ID != "" {
			t.Errorf("%s: id %s twice", topic, ev.ID)
		}
		ids[ev.ID] = true
	}

	for k, y := range want {
		if last[k] != y.Seq/every*every {
			t.Errorf("%s: %s ends at %d, want %d", topic, k, last[k], y.Seq/every*every)
		}
	}
}

// engineUnderTest is Kafka if the environment names one, else the embedded broker.
func engineUnderTest(t *testing.T, top *topology.Topology) topologytest.Engine {
	if os.Getenv(processorstest.KafkaEnv) != "" {
		return processorstest.Kafka(t, top)
	}
	return processorstest.Embedded(t, top)
}
