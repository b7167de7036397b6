package flights

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Seat is one seat of a flight, and whether it can be had.
type Seat struct {
	Name  string         `json:"seat"` // 12A
	Cabin vocab.Cabin    `json:"cabin"`
	Kind  vocab.SeatKind `json:"kind"`
	By    string         `json:"by,omitempty"` // the reservation that has it, or "sold"; none: it is free
}

// sold is who has the seats of those who are not among the customers.
const sold = "sold"

// SeatMap is who sits where. A plane is laid out by its counts: business in front with two seats on either side of the
// aisle (ACDF), then economy, then basic economy, with three (ABCDEF); in planes of less than sixty seats all have two.
// The last row of a cabin may be short. Seats that were sold to others are drawn by a hash of flight and seat, always the
// same ones.
func (f Flight) SeatMap() (all []Seat) {
	row := 1
	for _, c := range []vocab.Cabin{vocab.Business, vocab.Economy, vocab.BasicEconomy} {
		seats := layout(c, f.Seats.In(c), f.letters(c), row)
		if len(seats) > 0 {
			row = 1 + rowOf(seats[len(seats)-1].Name)
		}
		all = append(all, f.occupied(c, seats)...)
	}
	return all
}

func (f Flight) letters(c vocab.Cabin) string {
	if c == vocab.Business || f.Seats.Total() < 60 {
		return "ACDF"
	}
	return "ABCDEF"
}

func layout(c vocab.Cabin, n int, letters string, row int) (seats []Seat) {
	for i := range n {
		at := i % len(letters)
		kind := vocab.Middle
		switch {
		case at == 0 || at == len(letters)-1:
			kind = vocab.Window
		case at == len(letters)/2-1 || at == len(letters)/2:
			kind = vocab.Aisle
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
func (f Flight) occupied(c vocab.Cabin, seats []Seat) []Seat {
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
	for _, i := range f.saleOrder(seats) {
		if left > 0 && seats[i].By == "" {
			seats[i].By = sold
			left--
		}
	}
	return seats
}

// drawn are the indexes of seats in the order in which they were sold to others.
func (f Flight) saleOrder(seats []Seat) []int {
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
func (f Flight) FreeSeats(c vocab.Cabin, kind vocab.SeatKind) (free []Seat) {
	for _, s := range f.SeatMap() {
		if s.Cabin == c && s.By == "" && (kind == "" || s.Kind == kind) {
			free = append(free, s)
		}
	}
	return free
}
