package view_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/topology/topologytest"
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
