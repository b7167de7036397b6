package flights

import (
	"cmp"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// assign chooses seats for a party: the seats that they name; or a seat of the kind that they prefer, and
// those nearest to it; or else the first row that has room for all of them; or else the front-most seats. It
// returns false if there are none.
func (f Flight) assign(r vocab.SeatRequest) (seats []string, ok bool) {
	free := f.FreeSeats(r.Cabin, "")
	if len(r.Seats) > 0 {
		return r.Seats, len(r.Seats) == r.Party && areFree(r.Seats, free)
	}

	if r.Party == 0 || len(free) < r.Party {
		return nil, r.Party == 0
	}

	first := firstTogether(free, r.Party)
	if r.Prefer != "" {
		first = slices.IndexFunc(free, func(s Seat) bool { return s.Kind == r.Prefer })
		if first < 0 {
			return nil, false
		}
	}

	return nearest(free, free[first], r.Party), true
}

// areFree reports whether all of the named seats are free, and none is named twice.
func areFree(names []string, free []Seat) bool {
	for i, n := range names {
		isFree := slices.ContainsFunc(free, func(s Seat) bool { return s.Name == n })
		if !isFree || slices.Contains(names[:i], n) {
			return false
		}
	}
	return true
}

// firstTogether returns the index of the first seat in the first row that has room for the party, or 0.
func firstTogether(free []Seat, party int) int {
	for i := range free {
		if i+party <= len(free) && rowOf(free[i].Name) == rowOf(free[i+party-1].Name) {
			return i
		}
	}
	return 0
}

// nearest returns n seats: the first one, and those in the rows nearest to it.
func nearest(free []Seat, first Seat, n int) []string {
	distance := func(s Seat) int {
		d := rowOf(s.Name) - rowOf(first.Name)
		return max(d, -d)
	}
	rest := slices.DeleteFunc(slices.Clone(free), func(s Seat) bool { return s.Name == first.Name })
	slices.SortStableFunc(rest, func(a, b Seat) int { return cmp.Compare(distance(a), distance(b)) })

	names := []string{first.Name}
	for _, s := range rest[:n-1] {
		names = append(names, s.Name)
	}

	return names
}
