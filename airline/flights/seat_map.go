package flights

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Seat is one seat of a flight.
type Seat struct {
	Name  string         `json:"seat"` // 12A
	Cabin vocab.Cabin    `json:"cabin"`
	Kind  vocab.SeatKind `json:"kind"`
	By    string         `json:"by,omitempty"` // the reservation that has it, or "sold"; none if the seat is free
}

// soldElsewhere is who has the seats of people who are no customers here.
const soldElsewhere = "sold"

// SeatMap returns all seats, and who has them. Business is in front, with two seats on either side of the
// aisle (ACDF). Then come economy and basic economy, with three (ABCDEF), or with two in a plane of less than
// sixty seats. The last row of a cabin may be short. Seats that were sold elsewhere are drawn by a hash of
// flight and seat, so that they are always the same ones.
func (f Flight) SeatMap() (all []Seat) {
	row := 1
	for _, c := range []vocab.Cabin{vocab.Business, vocab.Economy, vocab.BasicEconomy} {
		seats := layout(c, f.Seats.In(c), f.letters(c), row)
		if len(seats) > 0 {
			row = 1 + rowOf(seats[len(seats)-1].Name)
		}
		all = append(all, f.occupy(c, seats)...)
	}

	return all
}

// FreeSeats returns the free seats of one kind in a cabin. An empty kind stands for all kinds.
func (f Flight) FreeSeats(c vocab.Cabin, kind vocab.SeatKind) (free []Seat) {
	for _, s := range f.SeatMap() {
		if s.Cabin == c && s.By == "" && (kind == "" || s.Kind == kind) {
			free = append(free, s)
		}
	}
	return free
}

// letters returns the letters of a row.
func (f Flight) letters(c vocab.Cabin) string {
	if c == vocab.Business || f.Seats.Total() < 60 {
		return "ACDF"
	}
	return "ABCDEF"
}

// layout returns n seats of a cabin, from a row on.
func layout(c vocab.Cabin, n int, letters string, row int) (seats []Seat) {
	for i := range n {
		at := i % len(letters)
		kind := vocab.Middle
		switch at {
		case 0, len(letters) - 1:
			kind = vocab.Window
		case len(letters)/2 - 1, len(letters) / 2:
			kind = vocab.Aisle
		}
		name := fmt.Sprintf("%d%c", row+i/len(letters), letters[at])
		seats = append(seats, Seat{Name: name, Cabin: c, Kind: kind})
	}

	return seats
}

// rowOf returns the number of a seat's row, or 0 if the seat has none.
func rowOf(seat string) (row int) {
	_, _ = fmt.Sscanf(seat, "%d", &row)
	return row
}

// occupy notes who has the seats of a cabin: first the parties who hold seats by name, then those who were
// sold seats elsewhere.
func (f Flight) occupy(c vocab.Cabin, seats []Seat) []Seat {
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
			seats[i].By = soldElsewhere
			left--
		}
	}

	return seats
}

// saleOrder returns the indexes of the seats in the order in which they are sold elsewhere.
func (f Flight) saleOrder(seats []Seat) []int {
	order := make([]int, len(seats))
	drawn := make([]uint32, len(seats))
	for i, s := range seats {
		h := fnv.New32a()
		_, _ = h.Write([]byte(f.FlightNumber + f.Date + s.Name))
		order[i] = i
		drawn[i] = h.Sum32() * 2654435761 // FNV alone differs little between neighbours
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(drawn[a], drawn[b]), cmp.Compare(a, b))
	})

	return order
}
