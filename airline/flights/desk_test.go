package flights

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

func at(hour, minute int) time.Time {
	return time.Date(2013, 3, 8, hour, minute, 0, 0, time.FixedZone("", -5*3600))
}

const sl1 vocab.FlightID = "SL1.2013-03-08"

// desk is a flight of 10 to 12 with so many seats in economy.
func desk(seats int) Flight {
	f, _ := Flight{}.OnEvent(Input[vocab.FlightEvent]{Flight: sl1,
		Event: vocab.FlightEvent{Type: vocab.FlightScheduled, Time: at(0, 0), Departure: at(10, 0),
			Arrival: at(12, 0),
			Schedule: &vocab.Schedule{FlightNumber: "SL1", Date: "2013-03-08", Origin: "JFK", Destination: "BOS",
				Seats: vocab.Seats{Economy: seats}}}, Rules: vocab.DefaultRules})
	return f
}

// ask returns the row and the reply; none for a request that is known already.
func (f Flight) ask(r vocab.SeatRequest) (Flight, *vocab.SeatReply) {
	r.Flight, r.Cabin = sl1, vocab.Economy

	f, out := f.OnRequest(Input[vocab.SeatRequest]{Flight: sl1, Event: r, Rules: vocab.DefaultRules})
	for _, e := range out {
		if e.Reply != nil {
			return f, e.Reply
		}
	}
	return f, nil
}

func TestDeskRefuses(t *testing.T) {
	news := func(f Flight, e vocab.FlightEvent) Flight {
		f, _ = f.OnEvent(Input[vocab.FlightEvent]{Flight: sl1, Event: e, Rules: vocab.DefaultRules})
		return f
	}
	for why, c := range map[string]struct {
		flight Flight
		party  int
		hour   int
	}{
		"":       {desk(2), 2, 8},
		"full":   {desk(2), 3, 8},
		"closed": {desk(2), 1, 10},
		"cancelled": {news(desk(2), vocab.FlightEvent{Type: vocab.FlightCancelled, Time: at(7, 0)}), 1,
			8},
		"departed": {news(desk(2), vocab.FlightEvent{Type: vocab.FlightDeparted, Time: at(10, 0)}), 1,
			8},
		"unknown flight": {Flight{}, 1, 8},
	} {
		_, reply := c.flight.ask(vocab.SeatRequest{Type: vocab.RebookSeats, Reservation: "R-1",
			Party: c.party, Seq: 1, Time: at(c.hour, 0)})
		if reply == nil || reply.Why != why || (reply.Result == vocab.SeatsGranted) != (why == "") {
			t.Errorf("%+v, want %q", reply, why)
		}
	}
}

// Whatever is asked in whatever order, and however often: no seat is had twice, and a party sits together or
// not at all.
func TestDeskSellsNoSeatTwice(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		f, n, last := desk(12), 0, map[vocab.ReservationID]vocab.SeatRequest{}
		for range 200 {
			id := vocab.ReservationID(fmt.Sprintf("R-%d", rng.IntN(8)))
			r := vocab.SeatRequest{Type: []vocab.SeatRequestType{vocab.BookSeats, vocab.RebookSeats,
				vocab.ReleaseSeats}[rng.IntN(3)], Reservation: id, Party: 1 + rng.IntN(5), Seq: last[id].Seq + 1, Time: at(8, 0)}
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

			if next.free(vocab.Economy) < 0 {
				t.Fatalf("seed %d: %+v sold too many", seed, r)
			}

			if h := next.Holds[HoldID(id)+"/economy"]; reply != nil && reply.Result == vocab.SeatsGranted &&
				(h.Party != r.Party || len(h.Seats) != h.Party) {
				t.Fatalf("a party of %d got %d seats", r.Party, h.Party)
			}
			f = next

			if r.Seq > last[id].Seq {
				last[id] = r
			}
		}
	}
}

// What comes again, or too late, changes nothing at the seat desk.
func TestRepeatedSeatRequestsChangeNothing(t *testing.T) {
	f := Flight{Schedule: vocab.Schedule{FlightNumber: "SL1", Date: "2013-03-08",
		Seats: vocab.Seats{Economy: 6}}, Status: vocab.StatusAvailable}
	f = f.hold(vocab.SeatRequest{Reservation: "R1", Cabin: vocab.Economy, Party: 1, Seq: 4}, Held,
		[]string{"1A"})
	release := vocab.SeatRequest{Type: vocab.ReleaseSeats, Flight: "SL1.2013-03-08", Reservation: "R1",
		Cabin: vocab.Economy, Party: 1, Seq: 4}

	same, effects := f.OnRequest(Input[vocab.SeatRequest]{Flight: release.Flight, Event: release,
		Rules: vocab.DefaultRules})
	if same.Holds["R1/economy"].State != Held || effects != nil {
		t.Errorf("%+v, told %+v", same.Holds, effects)
	}

	if why := f.whyFixed(vocab.SeatRequest{Type: vocab.MoveSeats, Reservation: "R1", Cabin: vocab.Economy,
		Party: 2, Seq: 5}); why == "" {
		t.Error("a party moves that is not the one that is seated")
	}
}
