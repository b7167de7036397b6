package audit_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/measure/audit"
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
	rows(d, airline.Flights)
	rows(d, airline.Users)
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
		d.read(topology.Record{Topic: "airline." + string(table) + "-table", Key: string(row.Key), Value: value})
	}
}

// storm is four flights of one route with few seats, and parties enough that not all find others.
func (d day) storm() {
	rules := airline.DefaultRules
	rules.Version = 1
	send(d, airline.Policies, airline.RulesKey, rules)
	for n := range 4 {
		send(d, airline.FlightEvents, flight(n), airline.FlightEvent{Type: airline.FlightScheduled, Time: at(0, 1), Departure: at(10+2*n, 0), Arrival: at(12+2*n, 0),
			Schedule: &airline.Schedule{FlightNumber: flight(n).Number(), Date: "2013-03-08", Origin: "JFK", Destination: "BOS",
				Seats: airline.Seats{Economy: 14, BasicEconomy: 4}, Sold: airline.Seats{Economy: 2, BasicEconomy: 1},
				Prices: airline.Prices{Economy: airline.Dollars(100), BasicEconomy: airline.Dollars(60)}}})
	}
	for c := range 20 {
		left := airline.Dollars(150)
		send(d, airline.CustomerEvents, customer(c), airline.CustomerEvent{Type: airline.CustomerProfile, Time: at(0, 2), User: &airline.UserDetails{ID: customer(c), Membership: "gold",
			PaymentMethods: map[string]airline.PaymentMethod{"gift_card_1": {Source: airline.GiftCard, ID: "gift_card_1", Amount: &left}}}})
		send(d, airline.CustomerEvents, customer(c), airline.CustomerEvent{Type: airline.CustomerBooked, Time: at(0, 2), Reservation: &airline.Booking{
			ID: airline.ReservationID(fmt.Sprintf("R%d", c)), Flight: flight(c % 3), Cabin: cabin(c), Party: 1 + c%3, Fare: 100, PaymentID: "gift_card_1"}})
	}
	d.commands()
	send(d, airline.FlightEvents, flight(0), airline.FlightEvent{Type: airline.FlightCancelled, Time: at(7, 0)})
	send(d, airline.FlightEvents, flight(1), airline.FlightEvent{Type: airline.FlightDelayed, Time: at(8, 0), Departure: at(13, 30), Arrival: at(15, 30)})
	send(d, airline.FlightEvents, flight(2), airline.FlightEvent{Type: airline.FlightCancelled, Time: at(9, 0)})
	send(d, airline.FlightEvents, flight(1), airline.FlightEvent{Type: airline.FlightDelayed, Time: at(10, 0), Departure: at(15, 30), Arrival: at(17, 30)})
	send(d, airline.FlightEvents, flight(3), airline.FlightEvent{Type: airline.FlightDiverted, Time: at(17, 0)})
}

// commands are customers who do something themselves: some pay for another seat, some cancel, not all may.
func (d day) commands() {
	for c := range 8 {
		id, tool := fmt.Sprintf("x-%d", c), airline.CancelReservation
		arguments := fmt.Sprintf(`{"reservation_id":"R%d"}`, c)
		if c%2 == 0 {
			tool = airline.BookReservation
			arguments = fmt.Sprintf(`{"user_id":"c-%d","origin":"JFK","destination":"BOS","flight_type":"one_way","cabin":"economy","flights":[{"flight_number":"SL3","date":"2013-03-08"}],
				"passengers":[{"first_name":"A","last_name":"B","dob":"1990-01-01"}],"payment_methods":[{"payment_id":"gift_card_1","amount":100}],
				"total_baggages":0,"nonfree_baggages":0,"insurance":"no","reservation_ids":["N%d"]}`, c, c)
		}
		send(d, airline.Commands, customer(c), airline.Command{ID: id, Tool: tool, Arguments: []byte(arguments), Time: at(1, c)})
	}
}

func flight(n int) airline.FlightID     { return airline.FlightKey(fmt.Sprintf("SL%d", n), "2013-03-08") }
func customer(n int) airline.CustomerID { return airline.CustomerID(fmt.Sprintf("c-%d", n)) }
func cabin(n int) airline.Cabin {
	if n%5 == 0 {
		return airline.BasicEconomy
	}
	return airline.Economy
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
				topo := airline.New(airline.Policy, topology.Policy[airline.Case]{})
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
