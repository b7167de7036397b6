package airline

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
)

// A Seat is one seat of a flight, and whether it can be had.
type Seat struct {
	Name  string   `json:"seat"` // 12A
	Cabin Cabin    `json:"cabin"`
	Kind  SeatKind `json:"kind"`
	By    string   `json:"by,omitempty"` // the reservation that has it, or "sold"; none: it is free
}

// A SeatKind is where in its row a seat is.
type SeatKind string

// The kinds of seats.
const (
	Window SeatKind = "window"
	Middle SeatKind = "middle"
	Aisle  SeatKind = "aisle"
)

// sold is who has the seats of those who are not among the customers.
const sold = "sold"

// SeatMap is who sits where. A plane is laid out by its counts: business in front with two seats on either side of the
// aisle (ACDF), then economy, then basic economy, with three (ABCDEF); in planes of less than sixty seats all have two.
// The last row of a cabin may be short. Seats that were sold to others are drawn by a hash of flight and seat, always the
// same ones.
func (f Flight) SeatMap() (all []Seat) {
	row := 1
	for _, c := range []Cabin{Business, Economy, BasicEconomy} {
		seats := layout(c, f.Seats.In(c), f.letters(c), row)
		if len(seats) > 0 {
			row = 1 + rowOf(seats[len(seats)-1].Name)
		}
		all = append(all, f.occupied(c, seats)...)
	}
	return all
}

func (f Flight) letters(c Cabin) string {
	if c == Business || f.Seats.Total() < 60 {
		return "ACDF"
	}
	return "ABCDEF"
}

func layout(c Cabin, n int, letters string, row int) (seats []Seat) {
	for i := range n {
		at := i % len(letters)
		kind := Middle
		switch {
		case at == 0 || at == len(letters)-1:
			kind = Window
		case at == len(letters)/2-1 || at == len(letters)/2:
			kind = Aisle
		}
		seats = append(seats, Seat{Name: fmt.Sprintf("%d%c", row+i/len(letters), letters[at]), Cabin: c, Kind: kind})
	}
	return seats
}

func rowOf(seat string) (row int) {
	_, _ = fmt.Sscanf(seat, "%d", &row) // 0 if it has none
	return row
}

// occupied says who has the seats of a cabin: those who hold some by name, and then the others.
func (f Flight) occupied(c Cabin, seats []Seat) []Seat {
	by := map[string]string{}
	for id, h := range f.Holds {
		for _, s := range h.Seats {
			by[s] = string(id.reservation())
		}
	}
	for i := range seats {
		seats[i].By = by[seats[i].Name]
	}
	left := f.Sold.In(c)
	for _, i := range f.drawn(seats) {
		if left > 0 && seats[i].By == "" {
			seats[i].By = sold
			left--
		}
	}
	return seats
}

// drawn are the indexes of seats in the order in which they were sold to others.
func (f Flight) drawn(seats []Seat) []int {
	order, drawn := make([]int, len(seats)), make([]uint32, len(seats))
	for i := range seats {
		h := fnv.New32a()
		_, _ = h.Write([]byte(f.FlightNumber + f.Date + seats[i].Name))
		order[i], drawn[i] = i, h.Sum32()*2654435761 // FNV alone differs little between neighbours
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(drawn[a], drawn[b]), cmp.Compare(a, b)) })
	return order
}

// FreeSeats are those of one kind in a cabin that can be had; of any kind for "".
func (f Flight) FreeSeats(c Cabin, kind SeatKind) (free []Seat) {
	for _, s := range f.SeatMap() {
		if s.Cabin == c && s.By == "" && (kind == "" || s.Kind == kind) {
			free = append(free, s)
		}
	}
	return free
}

// assign chooses seats for a party: those that they want, or one of the kind that they prefer and the nearest to it.
// Without a wish it is the first row that has room for them all, else the front-most seats.
func (f Flight) assign(r SeatRequest) (seats []string, ok bool) {
	free := f.FreeSeats(r.Cabin, "")
	if len(r.Seats) > 0 {
		return r.Seats, len(r.Seats) == r.Party && allFree(r.Seats, free)
	}
	if r.Party == 0 || len(free) < r.Party {
		return nil, r.Party == 0
	}
	first := together(free, r.Party)
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
func together(free []Seat, party int) int {
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
