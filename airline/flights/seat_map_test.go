package flights

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// plane has so many seats, some of them sold to others.
func plane(business, economy, sold int) Flight {
	return Flight{Schedule: vocab.Schedule{FlightNumber: "SL1", Date: "2013-03-08",
		Seats: vocab.Seats{Business: business, Economy: economy}, Sold: vocab.Seats{Economy: sold}}, Status: vocab.StatusAvailable}
}

func TestSeatMapLaysOut(t *testing.T) {
	for _, c := range []struct {
		flight Flight
		want   []string // the first seat of each cabin, and the last one
		kinds  map[string]vocab.SeatKind
	}{
		{plane(6, 60, 0), []string{"1A", "3A", "12F"},
			map[string]vocab.SeatKind{"1A": vocab.Window, "1C": vocab.Aisle, "1F": vocab.Window,
				"2C": vocab.Aisle, "3A": vocab.Window, "3B": vocab.Middle, "3C": vocab.Aisle, "3D": vocab.Aisle, "3E": vocab.Middle, "3F": vocab.Window}},
		{plane(0, 10, 0), []string{"1A", "3C"}, map[string]vocab.SeatKind{"1A": vocab.Window,
			"1C": vocab.Aisle, "1D": vocab.Aisle, "1F": vocab.Window, "3C": vocab.Aisle}},
	} {
		all := c.flight.SeatMap()
		if n := c.flight.Seats.Total(); len(all) != n {
			t.Errorf("%d seats, want %d", len(all), n)
		}

		for i, s := range all {
			if want, ok := c.kinds[s.Name]; ok && s.Kind != want {
				t.Errorf("%s is at the %s, want %s", s.Name, s.Kind, want)
			}

			if slices.ContainsFunc(all[:i], func(o Seat) bool { return o.Name == s.Name }) {
				t.Errorf("%s is there twice", s.Name)
			}
		}

		if all[0].Name != c.want[0] || all[len(all)-1].Name != c.want[len(c.want)-1] {
			t.Errorf("from %s to %s, want %v", all[0].Name, all[len(all)-1].Name, c.want)
		}
	}
}

// Who sold what elsewhere sits where they sit: one more sold moves nobody, and windows are sometimes taken.
func TestSeatMapIsSteady(t *testing.T) {
	taken := map[string]bool{}
	windows := 0
	for n := range 60 {
		f := plane(0, 60, n+1)
		for _, s := range f.SeatMap() {
			if taken[s.Name] && s.By != soldElsewhere {
				t.Fatalf("%d sold: %s is free again", n+1, s.Name)
			}
			taken[s.Name] = s.By == soldElsewhere
		}

		if len(f.FreeSeats(vocab.Economy, "")) != 59-n {
			t.Fatalf("%d sold: %d free", n+1, len(f.FreeSeats(vocab.Economy, "")))
		}

		if n == 29 {
			windows = len(f.FreeSeats(vocab.Economy, vocab.Window))
		}
	}

	if windows == 0 || windows == 20 {
		t.Errorf("of 20 windows %d are free in a plane that is half full", windows)
	}
}

func TestAssign(t *testing.T) {
	asks := func(f Flight, party int, prefer vocab.SeatKind, seats ...string) (got []string, ok bool) {
		return f.assign(vocab.SeatRequest{Cabin: vocab.Economy, Party: party, Prefer: prefer, Seats: seats})
	}
	empty := plane(0, 60, 0)
	holding := empty
	holding.Holds = map[HoldID]Hold{"R1/economy": {State: Held, Cabin: vocab.Economy, Party: 2,
		Seats: []string{"1A", "1F"}}, "R2/economy": {State: Held, Cabin: vocab.Economy, Party: 1, Seats: []string{"2B"}}}
	for _, c := range []struct {
		name   string
		flight Flight
		party  int
		prefer vocab.SeatKind
		seats  []string
		want   string
	}{
		{"in front", empty, 1, "", nil, "[1A]"},
		{"side by side", holding, 3, "", nil, "[1B 1C 1D]"},
		{"all in one row", holding, 5, "", nil, "[2A 2C 2D 2E 2F]"},
		{"all in one row, or none", holding, 6, "", nil, "[3A 3B 3C 3D 3E 3F]"},
		{"at the window, and near", holding, 2, vocab.Window, nil, "[2A 2C]"},
		{"on the aisle", empty, 1, vocab.Aisle, nil, "[1C]"},
		{"these", empty, 2, "", []string{"7A", "9F"}, "[7A 9F]"},
		{"these, which are taken", holding, 2, "", []string{"1A", "3F"}, ""},
		{"one of them twice", empty, 2, "", []string{"1A", "1A"}, ""},
		{"too few", empty, 2, "", []string{"1A"}, ""},
		{"that are none", empty, 1, "", []string{"99Z"}, ""},
		{"more than there are", plane(0, 2, 0), 3, "", nil, ""},
		{"at a window, of which none is left", plane(0, 60, 60), 1, vocab.Window, nil, ""},
	} {
		got, ok := asks(c.flight, c.party, c.prefer, c.seats...)
		if ok != (c.want != "") || ok && fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v %v, want %s", c.name, got, ok, c.want)
		}
	}
}

// However many come and go, in whatever order: nobody sits on another's seat, and the map has as many free as
// the counts.
func TestSeatsAreHadOnce(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 2))
		f := desk(40)
		f.Sold.Economy = rng.IntN(20)
		for seq := range 60 {
			r := vocab.SeatRequest{Type: []vocab.SeatRequestType{vocab.BookSeats, vocab.RebookSeats,
				vocab.MoveSeats, vocab.ReleaseSeats}[rng.IntN(4)], Reservation: vocab.ReservationID(fmt.Sprint("R", rng.IntN(9))),
				Party: 1 + rng.IntN(4), Seq: seq + 1, Time: at(8, 0), Prefer: []vocab.SeatKind{"",
					vocab.Window, vocab.Aisle}[rng.IntN(3)]}
			f, _ = f.ask(r)
			held := map[string]HoldID{}
			for id, h := range f.Holds {
				if h.State == Held && len(h.Seats) != h.Party {
					t.Fatalf("seed %d: %s, a party of %d, has %v", seed, id, h.Party, h.Seats)
				}

				for _, s := range h.Seats {
					if other, taken := held[s]; taken {
						t.Fatalf("seed %d: %s is %s's and %s's", seed, s, other, id)
					}
					held[s] = id
				}
			}

			if free := f.FreeSeats(vocab.Economy, ""); len(free) != f.free(vocab.Economy) {
				t.Fatalf("seed %d: %d free on the map, %d by count", seed, len(free), f.free(vocab.Economy))
			}
		}
	}
}
