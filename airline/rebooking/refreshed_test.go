package rebooking

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A row as of its last load has all changes from before it, and none from after: loaded more often or less,
// it is another.
func TestLoads(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, every := range []time.Duration{0, time.Minute, 5 * time.Minute, time.Hour} {
		var l snapshots[[]int]
		var changes []time.Time
		now := at(9, 0)
		for n := range 500 {
			now = now.Add(time.Duration(rng.IntN(400)) * time.Second)
			want := 0
			for _, c := range changes {
				if every == 0 || c.Before(now.Truncate(every)) {
					want++
				}
			}

			if got := l.asOf(now, every); len(got) != want {
				t.Fatalf("loaded every %v, at %s: %d changes of %d, want %d", every,
					now.Format(time.TimeOnly), len(got), n, want)
			}
			l = l.with(now, every, func(v []int) []int { return append(v[:len(v):len(v)], n) })
			changes = append(changes, now)
		}

		if n := len(l.Periods); n > maxSnapshots {
			t.Errorf("every %v: %d periods are kept", every, n)
		}
	}
}

// A change that comes late is seen as if it had been in time, and by nobody who looks at an earlier moment.
func TestLoadsLate(t *testing.T) {
	count := func(n int) int { return n + 1 }

	l := snapshots[int]{}.with(at(10, 10), time.Hour, count).with(at(11, 10), time.Hour,
		count).with(at(10, 50), time.Hour, count)
	for clock, want := range map[int]int{10: 0, 11: 2, 12: 3} {
		if got := l.asOf(at(clock, 30), time.Hour); got != want {
			t.Errorf("at %d:30: %d changes, want %d", clock, got, want)
		}
	}
}
