package view_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
	"github.com/slipstream-go/slipstream/topology/view"
)

// Of 300 answers that read three to eight rows each, or a range, those are asked again whose rows have
// changed in a way that matters, each round. None is missed, and at most two of a hundred calls are for
// nothing.
func TestThoseAreAskedAgainOfWhichARowMatters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		m := newMarket(rng, 200, 300)
		e := topologytest.Memory(t, m.topology())
		m.open(e, rng)
		popular := rand.NewZipf(rng, 1.1, 4, uint64(m.goods-1))
		e.Advance(2 * m.every)

		first, missed, wrong := m.all(), 0, 0
		for range 60 {
			before := map[string]int{}
			for key := range m.baskets {
				before[key] = m.calls[key]
			}

			changed := map[string]bool{}
			for range 1 + rng.IntN(6) {
				if g := good(int(popular.Uint64())); m.change(e, rng, g) {
					changed[g] = true
				}
			}
			e.Advance(2 * m.every)

			for key, b := range m.baskets {
				isRead := false
				for g := range changed {
					isRead = isRead || b.reads(g)
				}

				switch isAsked := m.calls[key] > before[key]; {
				case isRead && !isAsked:
					missed++
				case !isRead && isAsked:
					wrong++
				}
			}
		}
		if d := m.disagreement(t, e); d != "" {
			t.Error(d)
		}

		again := m.all() - first
		t.Logf("%d calls again, %d answers missed, %d asked for no reason, %d calls without news",
			again, missed, wrong, m.extra)
		if missed > 0 || wrong > 0 || m.extra*50 > again {
			t.Error("the set that was asked again is not that of the oracle")
		}
	})
}

// What changes during a call is found when its answer stands, and a storm of changes ends with answers that
// agree, each asked no more than once each least interval.
func TestAStormEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 4))
		m := newMarket(rng, 100, 60)
		m.thinks = 300 * time.Millisecond
		e := topologytest.Memory(t, m.topology())
		m.open(e, rng)
		e.Advance(10 * time.Second)

		const seconds = 20
		for range seconds * 10 {
			m.change(e, rng, good(rng.IntN(m.goods)))
			m.change(e, rng, good(rng.IntN(10)))
			e.Advance(100 * time.Millisecond)
		}
		e.Advance(10 * time.Second)
		if d := m.disagreement(t, e); d != "" {
			t.Error(d)
		}

		for key, calls := range m.calls {
			if most := seconds + 3; calls > most { // the first, the last, and one that had begun
				t.Errorf("basket %s was asked %d times, of at most %d", key, calls, most)
			}
		}
		all := m.all()
		e.Advance(time.Hour)

		if m.all() != all {
			t.Error("calls go on after the storm")
		}
	})
}

// A cycle ends after as many hops as are allowed, also if each call takes much longer than the least
// interval. Changes between which the answer has stood for long are no cycle.
func TestACycleOfSlowCallsEnds(t *testing.T) {
	const (
		asks  topology.Topic[string, string]                   = "asks"
		said  topology.Topic[string, view.Renewed[int]]        = "said"
		news  topology.Topic[string, int]                      = "news"
		heard topology.Table[string, int]                      = "heard"
		kept  topology.Table[string, view.Answer[string, int]] = "kept"
	)

	for name, test := range map[string]struct {
		feeds bool // what is said is heard
		calls int
	}{
		"a cycle":      {true, 4},
		"rare changes": {false, 11},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				say := func(ctx context.Context, q string) (int, error) {
					calls++
					n, err := topology.Get(ctx, heard, q)
					time.Sleep(30 * time.Second)
					return n + 1, err
				}

				declared := topology.New("echo")
				renewed, _ := view.Keep(declared, topology.From(declared, asks),
					view.Config[string, string, string, int]{
						Name:     "say",
						Table:    kept,
						Operator: topology.Func[string, int](say),
						Reads:    []view.Source{view.Of(heard, nil)},
						Every:    time.Second,
						Hops:     3,
					})
				renewed.To(said)
				echoes := topology.FilterMap(topology.From(declared, said), func(r view.Renewed[int]) *int {
					if !test.feeds {
						return nil
					}
					return &r.New
				})
				topology.Fold(heard, topology.Merge(echoes, topology.From(declared, news)), topology.Latest)

				e := topologytest.Memory(t, declared)
				topologytest.Send(e, asks, "k", "k")

				for i := range 10 {
					e.Advance(2 * time.Hour)

					if !test.feeds {
						topologytest.Send(e, news, "k", 100+i)
					}
				}
				e.Advance(2 * time.Hour)

				if calls != test.calls {
					t.Errorf("%d calls, want %d", calls, test.calls)
				}
			})
		})
	}
}
