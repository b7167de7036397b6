package airline

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

const sl1 FlightID = "SL1.2013-03-08"

// desk is a flight of 10 to 12 with so many seats in economy.
func desk(seats int) Flight {
	f, _ := Flight{}.withEvent(flightCase[FlightEvent]{Flight: sl1, Event: FlightEvent{Type: FlightScheduled, Time: at(0, 0), Departure: at(10, 0), Arrival: at(12, 0),
		Schedule: &Schedule{FlightNumber: "SL1", Date: "2013-03-08", Origin: "JFK", Destination: "BOS", Seats: Seats{Economy: seats}}}, Rules: DefaultRules})
	return f
}

// ask returns the row and the reply; none for a request that is known already.
func (f Flight) ask(r SeatRequest) (Flight, *SeatReply) {
	r.Flight, r.Cabin = sl1, Economy
	f, out := f.withRequest(flightCase[SeatRequest]{Flight: sl1, Event: r, Rules: DefaultRules})
	for _, e := range out {
		if e.Reply != nil {
			return f, e.Reply
		}
	}
	return f, nil
}

func TestDeskRefuses(t *testing.T) {
	news := func(f Flight, e FlightEvent) Flight {
		f, _ = f.withEvent(flightCase[FlightEvent]{Flight: sl1, Event: e, Rules: DefaultRules})
		return f
	}
	for why, c := range map[string]struct {
		flight Flight
		party  int
		hour   int
	}{
		"":               {desk(2), 2, 8},
		"full":           {desk(2), 3, 8},
		"closed":         {desk(2), 1, 10},
		"cancelled":      {news(desk(2), FlightEvent{Type: FlightCancelled, Time: at(7, 0)}), 1, 8},
		"departed":       {news(desk(2), FlightEvent{Type: FlightDeparted, Time: at(10, 0)}), 1, 8},
		"unknown flight": {Flight{}, 1, 8},
	} {
		_, reply := c.flight.ask(SeatRequest{Type: Rebook, Reservation: "R-1", Party: c.party, Seq: 1, Time: at(c.hour, 0)})
		if reply == nil || reply.Why != why || (reply.Result == Granted) != (why == "") {
			t.Errorf("%+v, want %q", reply, why)
		}
	}
}

// Whatever is asked in whatever order, and however often: no seat is had twice, and a party sits together or not at all.
func TestDeskSellsNoSeatTwice(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		f, n, last := desk(12), 0, map[ReservationID]SeatRequest{}
		for range 200 {
			id := ReservationID(fmt.Sprintf("R-%d", rng.IntN(8)))
			r := SeatRequest{Type: []SeatRequestType{Book, Rebook, Release}[rng.IntN(3)], Reservation: id, Party: 1 + rng.IntN(5), Seq: last[id].Seq + 1, Time: at(8, 0)}
			if rng.IntN(4) == 0 {
				r = last[id] // repeated
			}
			next, reply := f.ask(r)
			switch {
			case r.Seq <= last[id].Seq && reply != nil:
				t.Fatalf("a repeated request is answered: %+v", r)
			case reply != nil:
				if n++; reply.N != n {
					t.Fatalf("reply %d says it is %d", n, reply.N)
				}
			}
			if next.free(Economy) < 0 {
				t.Fatalf("seed %d: %+v sold too many", seed, r)
			}
			if h := next.Holds[HoldID(id)+"/economy"]; reply != nil && reply.Result == Granted && (h.Party != r.Party || len(h.Seats) != h.Party) {
				t.Fatalf("a party of %d got %d seats", r.Party, h.Party)
			}
			f = next
			if r.Seq > last[id].Seq {
				last[id] = r
			}
		}
	}
}
