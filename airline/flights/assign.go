package flights

import (
	"cmp"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// assign chooses seats for a party: those that they want, or one of the kind that they prefer and the nearest to it.
// Without a wish it is the first row that has room for them all, else the front-most seats.
func (f Flight) assign(r vocab.SeatRequest) (seats []string, ok bool) {
	free := f.FreeSeats(r.Cabin, "")
	if len(r.Seats) > 0 {
		return r.Seats, len(r.Seats) == r.Party && allFree(r.Seats, free)
	}
	if r.Party == 0 || len(free) < r.Party {
		return nil, r.Party == 0
	}
	first := firstTogether(free, r.Party)
	if r.Prefer != "" {
		if first = slices.IndexFunc(free, func(s Seat) bool { return s.Kind == r.Prefer }); first < 0 {
			return nil, false
		}
	}
	return nearest(free, free[first], r.Party), true
}

func allFree(names []string, free []Seat) bool {
	for i, n := range names {
		if slices.Contains(names[:i], n) || !slices.ContainsFunc(free, func(s Seat) bool { return s.Name == n }) {
			return false
		}
	}
	return true
}

// together is the index of the first seat in the first row that has room for them all, or 0.
func firstTogether(free []Seat, party int) int {
	for i := range free {
		if i+party <= len(free) && rowOf(free[i].Name) == rowOf(free[i+party-1].Name) {
			return i
		}
	}
	return 0
}

// nearest are the first seat and those nearest to it by their rows, so many in all.
func nearest(free []Seat, first Seat, n int) []string {
	away := func(s Seat) int { return max(rowOf(s.Name)-rowOf(first.Name), rowOf(first.Name)-rowOf(s.Name)) }
	rest := slices.DeleteFunc(slices.Clone(free), func(s Seat) bool { return s.Name == first.Name })
	slices.SortStableFunc(rest, func(a, b Seat) int { return cmp.Compare(away(a), away(b)) })
	names := []string{first.Name}
	for _, s := range rest[:n-1] {
		names = append(names, s.Name)
	}
	return names
}
