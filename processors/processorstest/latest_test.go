package processorstest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

const (
	measured = topology.Topic[key, step]("measured")
	newest   = topology.Topic[key, step]("newest")
	passed   = topology.Topic[key, topology.Failure[step]]("passed")
)

// Each event of a key is answered or told superseded, one of both and once, whatever crashes. The last one of
// each key is answered.
func TestEachEventIsAnsweredOrSupersededOverCrashes(t *testing.T) {
	var held atomic.Pointer[chan struct{}]
	hold := func() (release func()) {
		until := make(chan struct{})
		held.Store(&until)
		return func() { close(until) }
	}

	latest := topology.New("latest")
	ask := topology.Func[step, step](func(ctx context.Context, s step) (step, error) {
		select {
		case <-*held.Load():
			return s, nil
		case <-ctx.Done():
			return s, ctx.Err()
		}
	})
	told, older := topology.Async(topology.From(latest, measured), "ask", ask,
		topology.Policy[step]{InFlight: 2, Latest: true})
	told.To(newest)
	older.To(passed)

	rng := rand.New(rand.NewPCG(7, 7))
	e := engineUnderTest(t, latest)
	sent := map[key]int{}
	places := []string{"before commit", "produced", "after commit", "flushed", "before pending",
		"after pending", "before dispatch", "after dispatch", "before answer", "before settle",
		"after settle"}
	for round, place := range places {
		release := hold()
		for n := range 60 {
			if n == 20 {
				if err := e.Fault("crash " + place); err != nil {
					t.Fatal(err)
				}
			}

			k := key(fmt.Sprint("k", rng.IntN(6)))
			sent[k]++
			processorstest.SendOnly(e, measured, k, step{sent[k], round})
		}

		if err := e.(topologytest.Settler).Settle(t.Context()); err != nil {
			t.Fatalf("crash %s: %v", place, err)
		}
		release()
		if err := e.(topologytest.Settler).Settle(t.Context()); err != nil {
			t.Fatalf("crash %s: %v", place, err)
		}

		if round%3 == 2 {
			if err := e.Fault("lose disk"); err != nil {
				t.Fatal(err)
			}
		}
	}

	yes, no := 0, 0
	fates := map[key]map[int]int{}
	for k := range sent {
		fates[k] = map[int]int{}
	}
	for _, r := range topologytest.Sent(e, newest) {
		fates[r.Key][r.Value.Seq]++
		yes++
		if r.Value.Seq == sent[r.Key] {
			delete(sent, r.Key)
		}
	}
	for _, r := range topologytest.Sent(e, passed) {
		fates[r.Key][r.Value.Case.Seq]++
		no++
	}

	for k, of := range fates {
		for seq := 1; seq <= len(of); seq++ {
			if of[seq] != 1 {
				t.Errorf("event %d of %s has %d fates", seq, k, of[seq])
			}
		}
	}
	if yes+no != len(places)*60 || yes == 0 || no == 0 || len(sent) > 0 {
		t.Errorf("%d answered, %d superseded; the last ones without an answer: %v", yes, no, sent)
	}
}
