package airline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/llm/agent"
)

// A SeatWish is for a kind of seat that a customer always wants, and that their party has none of. Their hold on the flight
// keeps it, for as long as it has seats.
type SeatWish struct {
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"`
	Cabin       Cabin         `json:"cabin"`
	Kind        SeatKind      `json:"kind,omitempty"` // none: the wish is withdrawn
}

func (w SeatWish) hold() HoldID { return HoldID(string(w.Reservation) + "/" + string(w.Cabin)) }

// kindOf is where in its row a seat is, by its letter.
func kindOf(seat string) SeatKind {
	switch seat[len(seat)-1] {
	case 'A', 'F':
		return Window
	case 'C', 'D':
		return Aisle
	}
	return Middle
}

func hasKind(seats []string, kind SeatKind) bool {
	return slices.ContainsFunc(seats, func(s string) bool { return kindOf(s) == kind })
}

// seatWishes are for the seats of an update that are new and not of the kind that the customer always wants.
func (j *journey) seatWishes(before Journey) {
	for _, l := range j.Legs {
		same := slices.ContainsFunc(before.Legs, func(b Leg) bool { return b.Flight == l.Flight && slices.Equal(b.Seats, l.Seats) })
		if l.Held && !(same && before.Cabin == j.Cabin) && j.customer.Seat != "" && j.customer.mayBeWritten() && !hasKind(l.Seats, j.customer.Seat) {
			j.wishSeat(l, j.customer.Seat)
		}
	}
}

func (j *journey) wishSeat(l Leg, kind SeatKind) {
	j.effects = append(j.effects, customerEffect{SeatWish: &SeatWish{Reservation: j.id, Flight: l.Flight, Cabin: j.Cabin, Kind: kind}})
}

// rewish tells the flights that the customer now wants other seats, or is not to be written to.
func (j *journey) rewish() {
	for _, l := range j.Legs {
		switch wants := j.customer.Seat; {
		case !l.Held:
		case wants == "" || !j.customer.mayBeWritten() || hasKind(l.Seats, wants):
			j.wishSeat(l, "")
		default:
			j.wishSeat(l, wants)
		}
	}
}

func (f Flight) withSeatWish(w SeatWish) Flight {
	h := f.Holds[w.hold()]
	if h.State == Held {
		h.Wish = w.Kind
		f.Holds = with(f.Holds, w.hold(), h)
	}
	return f
}

// seatsFreed tells, of each kind of seat that a request has freed, as many of those who wish for one as there are seats; each
// party once. Who has left a seat themselves is not told of it.
func (f Flight) seatsFreed(before Flight, r SeatRequest) (Flight, []flightEffect) {
	var out []flightEffect
	now, offered := later(f.AsOf, r.Time), []Seat{}
	if !f.open() || !now.Before(f.Departure) {
		return f, nil
	}
	for _, id := range slices.Sorted(maps.Keys(f.Holds)) {
		h := f.Holds[id]
		if !h.wishes() || id == r.hold() {
			continue
		}
		free := minus(minus(f.FreeSeats(h.Cabin, h.Wish), before.FreeSeats(h.Cabin, h.Wish)), offered)
		if len(free) > 0 {
			offered, h.Told = append(offered, free[0]), true
			f.Holds = with(f.Holds, id, h)
			out = append(out, flightEffect{Occasion: f.seatOccasion(r.Flight, id.reservation(), h, free[0], now)})
		}
	}
	return f, out
}

func (h Hold) wishes() bool {
	return h.State == Held && h.Wish != "" && !h.Told && !hasKind(h.Seats, h.Wish)
}

func minus(all, less []Seat) []Seat {
	return slices.DeleteFunc(all, func(s Seat) bool {
		return slices.ContainsFunc(less, func(l Seat) bool { return l.Name == s.Name })
	})
}

func (f Flight) seatOccasion(id FlightID, r ReservationID, h Hold, s Seat, now time.Time) *occasion {
	article := map[SeatKind]string{Aisle: "an", Window: "a"}[h.Wish]
	text := fmt.Sprintf("%s %s seat, as you always want one, has become free on %s on %s, leaving %s: %s in %s. Your reservation %s has %s there",
		article, h.Wish, f.FlightNumber, f.Date, f.Departure.Format(hhmm), s.Name, h.Cabin, r, strings.Join(h.Seats, ", "))
	return &occasion{agent.Message{Kind: agent.Occasion, ID: fmt.Sprintf("seat/%s/%s", r, id), Text: text, Time: now}, h.Customer}
}
