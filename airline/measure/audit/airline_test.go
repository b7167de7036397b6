package audit_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/measure/audit"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

var midnight = time.Date(2013, 3, 8, 0, 0, 0, 0, time.UTC)

func at(hour, minute int) time.Time {
	return midnight.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// A day runs the airline on an engine, and has its auditor read what goes in and what comes out.
type day struct {
	t       *testing.T
	engine  topologytest.Engine
	auditor *audit.Auditor
}

func send[K ~string, V any](d day, topic topology.Topic[K, V], key K, v V) {
	d.t.Helper()

	value, err := json.Marshal(v)
	if err != nil {
		d.t.Fatal(err)
	}

	if err := d.engine.Send(string(topic), string(key), value); err != nil {
		d.t.Fatal(err)
	}
	d.read(topology.Record{Topic: string(topic), Key: string(key), Value: value})
}

func (d day) read(r topology.Record) {
	d.t.Helper()

	if err := d.auditor.Read(r); err != nil {
		d.t.Error(err)
	}
}

// over has the auditor read what came out, and the rows as their changelog would have them in the end.
func (d day) over() []audit.Invariant {
	for _, topic := range audit.Topics {
		for _, r := range d.engine.Sent(topic) {
			d.read(r)
		}
	}

	rows(d, flights.Table)
	rows(d, payments.Table)

	return d.auditor.Invariants()
}

func rows[K ~string, V any](d day, table topology.Table[K, V]) {
	for row, err := range state.Of(d.engine, table).All(d.t.Context()) {
		if err != nil {
			d.t.Fatal(err)
		}

		value, err := json.Marshal(row.Value)
		if err != nil {
			d.t.Fatal(err)
		}
		d.read(topology.Record{Topic: "airline." + string(table) + "-table", Key: string(row.Key),
			Value: value})
	}
}

// storm is four flights of one route with few seats, and parties enough that not all find others.
func (d day) storm() {
	rules := vocab.DefaultRules
	rules.Version = 1
	send(d, vocab.Policies, vocab.RulesKey, rules)

	for n := range 4 {
		send(d, vocab.FlightEvents, flight(n), vocab.FlightEvent{Type: vocab.FlightScheduled, Time: at(0, 1),
			Departure: at(10+2*n, 0), Arrival: at(12+2*n, 0),
			Schedule: &vocab.Schedule{FlightNumber: flight(n).Number(), Date: "2013-03-08", Origin: "JFK",
				Destination: "BOS",
				Seats:       vocab.Seats{Economy: 14, BasicEconomy: 4}, Sold: vocab.Seats{Economy: 2,
					BasicEconomy: 1},
				Prices: vocab.Prices{Economy: vocab.Dollars(100), BasicEconomy: vocab.Dollars(60)}}})
	}

	for c := range 20 {
		left := vocab.Dollars(150)
		send(d, vocab.CustomerEvents, customer(c), vocab.CustomerEvent{Type: vocab.CustomerProfile,
			Time: at(0, 2), User: &vocab.UserDetails{ID: customer(c), Membership: "gold",
				PaymentMethods: map[string]vocab.PaymentMethod{"gift_card_1": {Source: vocab.GiftCard,
					ID: "gift_card_1", Amount: &left}}}})
		send(d, vocab.CustomerEvents, customer(c), vocab.CustomerEvent{Type: vocab.CustomerBooked,
			Time: at(0, 2), Reservation: &vocab.Booking{
				ID: vocab.ReservationID(fmt.Sprintf("R%d", c)), Flight: flight(c % 3), Cabin: cabin(c), Party: 1 + c%3, Fare: 100, PaymentID: "gift_card_1"}})
	}

	d.commands()
	send(d, vocab.FlightEvents, flight(0), vocab.FlightEvent{Type: vocab.FlightCancelled, Time: at(7, 0)})
	send(d, vocab.FlightEvents, flight(1), vocab.FlightEvent{Type: vocab.FlightDelayed, Time: at(8, 0),
		Departure: at(13, 30), Arrival: at(15, 30)})
	send(d, vocab.FlightEvents, flight(2), vocab.FlightEvent{Type: vocab.FlightCancelled, Time: at(9, 0)})
	send(d, vocab.FlightEvents, flight(1), vocab.FlightEvent{Type: vocab.FlightDelayed, Time: at(10, 0),
		Departure: at(15, 30), Arrival: at(17, 30)})
	send(d, vocab.FlightEvents, flight(3), vocab.FlightEvent{Type: vocab.FlightDiverted, Time: at(17, 0)})
}

// commands are customers who do something themselves: some pay for another seat, some cancel, not all may.
func (d day) commands() {
	for c := range 8 {
		id, tool := fmt.Sprintf("x-%d", c), vocab.CancelReservation
		arguments := fmt.Sprintf(`{"reservation_id":"R%d"}`, c)
		if c%2 == 0 {
			tool = vocab.BookReservation
			arguments = fmt.Sprintf(`{"user_id":"c-%d","origin":"JFK","destination":"BOS","flight_type":"one_way","cabin":"economy","flights":[{"flight_number":"SL3","date":"2013-03-08"}],
				"passengers":[{"first_name":"A","last_name":"B","dob":"1990-01-01"}],"payment_methods":[{"payment_id":"gift_card_1","amount":100}],
				"total_baggages":0,"nonfree_baggages":0,"insurance":"no","reservation_ids":["N%d"]}`, c, c)
		}
		send(d, vocab.Commands, customer(c), vocab.Command{ID: id, Tool: tool, Arguments: []byte(arguments),
			Time: at(1, c)})
	}
}

func flight(n int) vocab.FlightID     { return vocab.FlightKey(fmt.Sprintf("SL%d", n), "2013-03-08") }
func customer(n int) vocab.CustomerID { return vocab.CustomerID(fmt.Sprintf("c-%d", n)) }
func cabin(n int) vocab.Cabin {
	if n%5 == 0 {
		return vocab.BasicEconomy
	}
	return vocab.Economy
}

// The airline passes its audit, in whatever order things happen that have none.
func TestAirlinePasses(t *testing.T) {
	engines := map[string]topologytest.Factory{"in order": topologytest.Memory}
	for seed := range uint64(20) {
		engines[fmt.Sprintf("shuffled %d", seed)] = topologytest.MemoryShuffled(seed)
	}

	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				topo := airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{})
				d := day{t, engine(t, topo), audit.New()}
				d.storm()

				all := d.over()
				for _, i := range all {
					if i.Violations > 0 {
						t.Errorf("%s: %q", i.Name, i.Examples)
					}

					if i.Checked == 0 {
						t.Errorf("%s: checked on nothing", i.Name)
					}
				}
			})
		})
	}
}
