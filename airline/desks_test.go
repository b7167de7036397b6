package airline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A burst is commands that come at once, so that what they ask for meets on the way.
const bursts topology.Topic[burstID, []sent] = "bursts"

type burstID string

type sent struct {
	By      vocab.CustomerID `json:"by"`
	Command vocab.Command    `json:"command"`
}

func bursting(t *topology.Topology) {
	each := topology.FlatMap(topology.From(t, bursts), func(all []sent) []sent { return all })
	topology.Rekey(each, vocab.Commands, func(s sent,
		_ burstID) (vocab.CustomerID, vocab.Command) {
		return s.By, s.Command
	})
}

// A rush is a few customers who book, change and cancel the same few seats, with money that does not suffice,
// while flights are late and cancelled and the rebooking agent moves people, and the worker crashes.
type rush struct {
	t      *testing.T
	rng    *rand.Rand
	e      topologytest.Engine
	sent   map[string]vocab.CustomerID // commands by id
	given  map[string]vocab.Amount     // to gift cards and certificates, at first and by certificates sent
	owners map[string]vocab.CustomerID // of these
}

func newRush(t *testing.T, seed uint64) *rush {
	topo := airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{}, bursting)

	r := &rush{t: t, rng: rand.New(rand.NewPCG(seed, 5)), e: topologytest.MemoryShuffled(seed)(t, topo),
		sent:  map[string]vocab.CustomerID{},
		given: map[string]vocab.Amount{}, owners: map[string]vocab.CustomerID{}}
	for n := range 5 {
		r.flight(n)
	}

	for n := range 4 {
		r.customer(n)
	}

	return r
}

func number(n int) string { return fmt.Sprintf("SL%d", n) }

func (r *rush) flight(n int) {
	topologytest.Send(r.e, vocab.FlightEvents, vocab.FlightKey(number(n), "2013-03-08"),
		vocab.FlightEvent{Type: vocab.FlightScheduled, Time: at(0, 1), Departure: at(10+n, 0),
			Arrival: at(12+n, 0),
			Schedule: &vocab.Schedule{FlightNumber: number(n), Date: "2013-03-08", Origin: "JFK",
				Destination: "BOS",
				Seats:       vocab.Seats{Economy: 6, Business: 3}, Sold: vocab.Seats{Economy: 1},
				Prices: vocab.Prices{Economy: vocab.Dollars(100 + 20*n), Business: vocab.Dollars(300)}}})
}

func customerID(n int) vocab.CustomerID { return vocab.CustomerID(fmt.Sprintf("c-%d", n)) }

func (r *rush) customer(n int) {
	id, methods := customerID(n), map[string]vocab.PaymentMethod{}
	for k, source := range []vocab.Source{vocab.GiftCard, vocab.GiftCard, vocab.Certificate,
		vocab.CreditCard} {
		m := vocab.PaymentMethod{Source: source, ID: fmt.Sprintf("%s_%d%d", source, n, k)}
		if source != vocab.CreditCard {
			left := vocab.Dollars(100 * (1 + r.rng.IntN(8)))
			m.Amount, r.given[m.ID], r.owners[m.ID] = &left, left, id
		}
		methods[m.ID] = m
	}
	topologytest.Send(r.e, vocab.CustomerEvents, id,
		vocab.CustomerEvent{Type: vocab.CustomerProfile, Time: at(0, 1),
			User: &vocab.UserDetails{ID: id, Membership: "gold", PaymentMethods: methods}})
	topologytest.Send(r.e, vocab.CustomerEvents, id,
		vocab.CustomerEvent{Type: vocab.CustomerBooked, Time: at(0, 2),
			Reservation: &vocab.Booking{ID: vocab.ReservationID(fmt.Sprintf("S%d", n)),
				Flight: vocab.FlightKey(number(n%3), "2013-03-08"), Cabin: vocab.Economy, Party: 1 + n%2, Fare: 100 * (1 + n%2), PaymentID: "elsewhere"}})
}

// method is one of the customer's, whatever may be left on it.
func (r *rush) method(n int) string {
	k := r.rng.IntN(4)
	return fmt.Sprintf("%s_%d%d", []vocab.Source{vocab.GiftCard, vocab.GiftCard, vocab.Certificate,
		vocab.CreditCard}[k], n, k)
}

func (r *rush) flights() []any {
	f := func() any { return map[string]any{"flight_number": number(r.rng.IntN(6)), "date": "2013-03-08"} } // the sixth does not exist
	return []any{f()}
}

func (r *rush) passengers() []any {
	out := []any{}
	for range 1 + r.rng.IntN(3) {
		out = append(out, map[string]any{"first_name": "A", "last_name": "B", "dob": "1990-01-01"})
	}
	return out
}

// command is one of whatever kind.
func (r *rush) command() sent {
	n := r.rng.IntN(4)

	by, id := customerID(n), fmt.Sprintf("x-%d", len(r.sent))
	cabin := []string{"economy", "business"}[r.rng.IntN(2)]
	reservation := slices.Sorted(maps.Keys(r.reservations()))
	args := map[string]any{"reservation_id": "NONE"}
	if len(reservation) > 0 {
		args["reservation_id"] = reservation[r.rng.IntN(len(reservation))]
	}

	tool := vocab.CancelReservation
	switch r.rng.IntN(8) {
	case 0, 1, 2:
		party, price := r.passengers(), 0
		price = len(party) * (100 + 20*r.rng.IntN(5))
		first := r.rng.IntN(price)
		tool, args = vocab.BookReservation, map[string]any{"user_id": by, "origin": "JFK",
			"destination": "BOS", "flight_type": "one_way", "cabin": cabin,
			"flights": r.flights(), "passengers": party, "total_baggages": 0, "nonfree_baggages": 0, "insurance": "no", "reservation_ids": []string{"N" + id},
			"payment_methods": []any{map[string]any{"payment_id": r.method(n), "amount": first},
				map[string]any{"payment_id": r.method(n), "amount": price - first}}}
	case 3, 4, 5:
		tool, args["cabin"], args["flights"], args["payment_id"] = vocab.UpdateFlights, cabin, r.flights(), r.method(n)
		args["waiver"] = r.rng.IntN(3) == 0
	case 6:
		tool, args["total_baggages"], args["nonfree_baggages"], args["payment_id"] = vocab.UpdateBaggages, r.rng.IntN(20), r.rng.IntN(3), r.method(n)
	}

	if r.rng.IntN(10) > 0 {
		by = r.owner(args, by) // else somebody else's
	}

	b, err := json.Marshal(args)
	if err != nil {
		r.t.Fatal(err)
	}
	r.sent[id] = by

	return sent{by, vocab.Command{ID: id, Tool: tool, Arguments: b, Time: at(5, 0)}}
}

func (r *rush) owner(args map[string]any, or vocab.CustomerID) vocab.CustomerID {
	if id, ok := args["reservation_id"].(vocab.ReservationID); ok {
		return r.reservations()[id].User
	}
	return or
}

func (r *rush) reservations() map[vocab.ReservationID]reservations.Reservation {
	return rows(r, reservations.Table, func(v reservations.Reservation) bool { return v.Exists() })
}

func rows[K ~string, V any](r *rush, table topology.Table[K, V], is func(V) bool) map[K]V {
	out := map[K]V{}
	for row, err := range state.Of(r.e, table).All(r.t.Context()) {
		if err != nil {
			r.t.Fatal(err)
		}

		if is(row.Value) {
			out[row.Key] = row.Value
		}
	}

	return out
}

// goes sends bursts, with trouble between and within.
func (r *rush) goes() {
	for burst := range 12 {
		if stage := []string{"commands", "reservations", "flights", "users",
			"customers"}; r.rng.IntN(2) == 0 {
			_ = r.e.Fault(fmt.Sprintf("crash %s commit in %s %d", []string{"before", "after"}[r.rng.IntN(2)],
				stage[r.rng.IntN(len(stage))], 1+r.rng.IntN(6)))
		}

		var all []sent
		for range 1 + r.rng.IntN(8) {
			all = append(all, r.command())
			if r.rng.IntN(5) == 0 {
				all = append(all, all[r.rng.IntN(len(all))]) // sent twice
			}
		}
		topologytest.Send(r.e, bursts, burstID(fmt.Sprint(burst)), all)

		if f := r.rng.IntN(10); f < 5 {
			e := vocab.FlightEvent{Type: vocab.FlightDelayed, Time: at(6, burst), Departure: at(14+f, 0),
				Arrival: at(16+f, 0)}
			if r.rng.IntN(3) == 0 {
				e = vocab.FlightEvent{Type: vocab.FlightCancelled, Time: at(6, burst)}
			}
			topologytest.Send(r.e, vocab.FlightEvents, vocab.FlightKey(number(f), "2013-03-08"), e)
		}
	}
}

// Whatever is done in whatever order: each command has one result, or as many like ones as it was sent; money
// and seats are where the reservations say that they are; and nothing is left half done.
func TestDesksConserve(t *testing.T) {
	done := map[string]int{}
	for seed := range uint64(25) {
		r := newRush(t, seed)
		r.goes()
		r.answered(done)
		r.settled()
		r.moneyAdds()
		r.seatsAdd()

		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}

	for _, what := range []string{"book_reservation ok", "update_reservation_flights ok",
		"cancel_reservation ok", "update_reservation_baggages ok",
		"not_enough_seats", "balance_short", "gift_card_short", "payment_sum_mismatch", "not_yours", "flight_not_found", "no_waiver"} {
		if done[what] == 0 {
			t.Errorf("never tried: %s, in %v", what, done)
		}
	}
}

func (r *rush) answered(done map[string]int) {
	results := map[string]vocab.Result{}
	for _, e := range topologytest.Sent(r.e, vocab.Results) {
		v := e.Value
		if e.Key != r.sent[v.Command] {
			r.t.Errorf("%s of %s is answered to %s", v.Command, r.sent[v.Command], e.Key)
		}

		if before, again := results[v.Command]; again &&
			(before.OK != v.OK || before.Code != v.Code || string(before.Result) != string(v.Result)) &&
			before.Code != string(vocab.Busy) {
			r.t.Errorf("%s has two results: %+v and %+v", v.Command, before, v)
		}
		results[v.Command] = v
		done[v.Code]++
	}

	for id := range r.sent {
		if _, ok := results[id]; !ok {
			r.t.Errorf("%s has no result", id)
		}
	}

	for _, e := range topologytest.Sent(r.e, vocab.ReservationUpdates) {
		if e.Value.Refused == nil {
			done[e.Value.Tool+" ok"]++
		}
	}
}

// settled: nothing is pending, and the customers' rows know how their reservations stand.
func (r *rush) settled() {
	customers := rows(r, journeys.Table, func(journeys.Customer) bool { return true })
	for id, v := range rows(r, reservations.Table, func(reservations.Reservation) bool { return true }) {
		if v.Work != nil || len(v.Queue) > 0 || v.IsPending() {
			r.t.Errorf("%s is still at work", id)
		}

		if !v.Exists() {
			continue
		}

		j := customers[v.User].Journeys[id]
		if j.Awaits != "" || j.Open != nil || !slices.EqualFunc(j.Legs, v.Legs,
			func(a, b vocab.Leg) bool { return a.Flight == b.Flight && slices.Equal(a.Seats, b.Seats) }) {
			r.t.Errorf("%s of %s: %+v, but the row says %+v", id, v.User, j, v.Legs)
		}
	}

	if dead := r.e.Sent("airline.dead-letters"); len(dead) > 0 {
		r.t.Errorf("%d dead letters: %v", len(dead), dead[0].Headers)
	}
}

// moneyAdds: what was on gift cards and certificates is there, or the payment histories say where it is. A
// certificate is used up by its first payment, and comes back with what was used.
func (r *rush) moneyAdds() {
	paid, used := map[string]vocab.Amount{}, map[string]bool{}
	listed := map[vocab.CustomerID][]string{}
	for id, v := range r.reservations() {
		listed[v.User] = append(listed[v.User], string(id))
		for _, p := range v.PaymentHistory {
			paid[p.ID] += p.Amount
			used[p.ID] = used[p.ID] || p.Amount > 0
		}
	}

	for id, u := range rows(r, payments.Table, payments.User.Exists) {
		for method, owner := range r.owners {
			if owner != id {
				continue
			}

			left := vocab.Amount(0)
			if m := u.PaymentMethods[method]; m.Amount != nil {
				left = *m.Amount
			}

			certificate := strings.HasPrefix(method, "certificate")
			switch {
			case certificate && used[method]:
				if left > r.given[method] || left < 0 {
					r.t.Errorf("%s had %v and has %v", method, r.given[method], left)
				}
			case left+paid[method] != r.given[method] || left < 0:
				r.t.Errorf("%s had %v, %v was paid with it, and has %v", method, r.given[method],
					paid[method], left)
			}
		}

		have := []string{}
		for _, l := range u.Reservations {
			have = append(have, string(l))
		}

		if slices.Sort(have); !slices.Equal(have, slices.Sorted(slices.Values(listed[id]))) {
			r.t.Errorf("%s has %v, and the list %v", id, listed[id], have)
		}
	}

	for _, v := range r.reservations() {
		r.priced(v)
	}
}

// priced: what was paid for a reservation is what it costs, or nothing once it is cancelled. A waived change
// keeps the sum.
func (r *rush) priced(v reservations.Reservation) {
	sum, price := vocab.Amount(0), vocab.Amount(0)
	for _, p := range v.PaymentHistory {
		sum += p.Amount
	}

	for _, s := range v.Flights {
		price += s.Price.Times(v.Party())
	}

	price += vocab.Dollars(50 * v.NonfreeBaggages)
	if v.IsCancelled() {
		price = 0
	}

	if sum != price {
		r.t.Errorf("%s costs %v, and %v was paid: %+v", v.ID, price, sum, v.PaymentHistory)
	}
}

// seatsAdd: who has seats on a flight has a reservation that says so, and nobody sits on another's.
func (r *rush) seatsAdd() {
	reservations := r.reservations()
	for id, f := range rows(r, flights.Table, flights.Flight.IsKnown) {
		held := map[string]string{}
		for hold, h := range f.Holds {
			if h.State != flights.Held {
				continue
			}

			owner := vocab.ReservationID(strings.TrimSuffix(string(hold), "/"+string(h.Cabin)))
			v := reservations[owner]
			i := slices.IndexFunc(v.Legs, func(l vocab.Leg) bool { return l.Flight == id })
			if v.IsCancelled() || i < 0 || v.Cabin != h.Cabin || v.Party() != h.Party ||
				!slices.Equal(v.Legs[i].Seats, h.Seats) {
				r.t.Errorf("%s: %s holds %+v, and says %+v", id, owner, h, v.Legs)
			}

			for _, s := range h.Seats {
				if other, taken := held[s]; taken {
					r.t.Errorf("%s: seat %s is %s's and %s's", id, s, other, owner)
				}
				held[s] = string(owner)
			}
		}

		for _, c := range []vocab.Cabin{vocab.Economy, vocab.Business} {
			free := f.Seats.In(c) - f.Sold.In(c)
			for _, h := range f.Holds {
				if h.State == flights.Held && h.Cabin == c {
					free -= h.Party
				}
			}

			if free < 0 || free != len(f.FreeSeats(c, "")) {
				r.t.Errorf("%s %s: %d free, and %d on the map", id, c, free, len(f.FreeSeats(c, "")))
			}
		}
	}

	for id, v := range reservations {
		for _, l := range v.Legs {
			f := rows(r, flights.Table, flights.Flight.IsKnown)[l.Flight]
			if h := f.Holds[flights.HoldID(string(id)+"/"+string(v.Cabin))]; h.State != flights.Held {
				r.t.Errorf("%s has no seats on %s: %+v", id, l.Flight, h)
			}
		}
	}
}

func at(hour, minute int) time.Time { return time.Date(2013, 3, 8, hour, minute, 0, 0, time.UTC) }
