package lookup

import (
	"encoding/json"
	"errors"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

func at(hour, minute int) time.Time {
	return time.Date(2013, 3, 8, hour, minute, 0, 0, time.FixedZone("", -5*3600))
}

// shelf is tables in memory.
type shelf struct {
	flights map[vocab.FlightID]flights.Flight
	routes  map[vocab.RouteID]flights.Offers
	tables  map[vocab.FlightNumber]vocab.Timetable
}

func (s shelf) Flight(id vocab.FlightID) (flights.Flight, error) { return s.flights[id], nil }

func (s shelf) Reservation(vocab.ReservationID) (reservations.Reservation, error) {
	return reservations.Reservation{}, nil
}

func (s shelf) User(vocab.CustomerID) (payments.User, error) { return payments.User{}, nil }

func (s shelf) Timetable(n vocab.FlightNumber) (vocab.Timetable, error) { return s.tables[n], nil }

func (s shelf) Routes(prefix vocab.RouteID) iter.Seq2[topology.Row[vocab.RouteID, flights.Offers], error] {
	return func(yield func(topology.Row[vocab.RouteID, flights.Offers], error) bool) {
		for id, o := range s.routes {
			if strings.HasPrefix(string(id), string(prefix)) &&
				!yield(topology.Row[vocab.RouteID, flights.Offers]{Key: id, Value: o}, nil) {
				return
			}
		}
	}
}

// stock puts flights on the shelf, as inventories state them.
func stock(t *testing.T, dates ...vocab.FlightDate) shelf {
	s := shelf{map[vocab.FlightID]flights.Flight{}, map[vocab.RouteID]flights.Offers{},
		map[vocab.FlightNumber]vocab.Timetable{}}
	for _, d := range dates {
		id := vocab.FlightKey(d.FlightNumber, d.Date)
		f, out := flights.Flight{}.OnEvent(flights.Input[vocab.FlightEvent]{Flight: id,
			Event: vocab.FlightEvent{Type: vocab.FlightInventory, Time: at(0, 0),
				Inventory: &d}, Rules: vocab.DefaultRules})
		s.flights[id] = f
		for _, e := range out {
			switch {
			case e.Update != nil:
				s.routes[e.Update.Route] = s.routes[e.Update.Route].OnUpdate(*e.Update)
			case e.Listing != nil:
				s.tables[vocab.FlightNumber(e.Listing.FlightNumber)] = *e.Listing
			}
		}
	}

	return s
}

func date(number, day, from, to, departs, arrives string) vocab.FlightDate {
	return vocab.FlightDate{FlightNumber: number, Date: day, Origin: from, Destination: to,
		ScheduledDeparture: departs, ScheduledArrival: arrives, Status: vocab.StatusAvailable,
		AvailableSeats: &vocab.SeatCounts{BasicEconomy: 12, Economy: 3,
			Business: 0}, Prices: &vocab.Prices{BasicEconomy: vocab.Dollars(50), Economy: vocab.Dollars(100), Business: vocab.Dollars(300)}}
}

func TestInventoryIsShownAsStated(t *testing.T) {
	for _, text := range []string{
		`{"flight_number":"HAT1","date":"2024-05-16","origin":"PHL","destination":"LGA","scheduled_departure_time_est":"06:00:00","scheduled_arrival_time_est":"07:00:00","status":"available","available_seats":{"basic_economy":16,"economy":0,"business":23},"prices":{"basic_economy":87,"economy":122,"business":471}}`,
		`{"flight_number":"HAT1","date":"2024-05-01","origin":"PHL","destination":"LGA","scheduled_departure_time_est":"23:00:00","scheduled_arrival_time_est":"01:30:00+1","status":"landed","actual_departure_time_est":"2024-05-01T23:26:00","actual_arrival_time_est":"2024-05-02T01:58:00"}`,
		`{"flight_number":"HAT1","date":"2024-05-15","origin":"PHL","destination":"LGA","scheduled_departure_time_est":"06:00:00","scheduled_arrival_time_est":"07:00:00","status":"flying","actual_departure_time_est":"2024-05-15T06:26:00","estimated_arrival_time_est":"2024-05-15T07:20:00"}`,
		`{"flight_number":"HAT1","date":"2024-05-15","origin":"PHL","destination":"LGA","scheduled_departure_time_est":"06:00:00","scheduled_arrival_time_est":"07:00:00","status":"delayed","estimated_departure_time_est":"2024-05-15T09:26:00","estimated_arrival_time_est":"2024-05-15T10:20:00"}`,
		`{"flight_number":"HAT1","date":"2024-05-03","origin":"PHL","destination":"LGA","scheduled_departure_time_est":"06:00:00","scheduled_arrival_time_est":"07:00:00","status":"cancelled"}`,
	} {
		var d vocab.FlightDate
		var want, got any
		if err := errors.Join(json.Unmarshal([]byte(text), &d), json.Unmarshal([]byte(text), &want),
			d.Valid()); err != nil {
			t.Fatal(err)
		}

		b, err := json.Marshal(stock(t, d).flights[vocab.FlightKey(d.FlightNumber, d.Date)].Public())
		if err = errors.Join(err, json.Unmarshal(b, &got)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v:\n%s\nwant\n%s", err, b, text)
		}
	}
}

// numbers are those of the flights found; of pairs, both.
func numbers(t *testing.T, s Tables, tool, arguments string) string {
	t.Helper()

	v, err := Read(s, tool, json.RawMessage(arguments))
	if err != nil {
		t.Fatal(err)
	}

	var out []string
	switch v := v.(type) {
	case []DirectFlight:
		for _, f := range v {
			out = append(out, f.FlightNumber)
		}
	case [][2]DirectFlight:
		for _, p := range v {
			out = append(out, p[0].FlightNumber+"+"+p[1].FlightNumber+" "+*p[1].Date)
		}
	}

	return strings.Join(out, ", ")
}

func TestSearch(t *testing.T) {
	late := date("HAT9", "2024-05-16", "JFK", "BOS", "09:00:00", "10:00:00")
	late.Status = vocab.StatusDelayed

	s := stock(t, late,
		date("HAT3", "2024-05-16", "JFK", "BOS", "07:00:00", "08:00:00"), date("HAT1", "2024-05-16", "JFK",
			"BOS", "12:00:00", "13:00:00"),
		date("HAT2", "2024-05-17", "JFK", "BOS", "12:00:00", "13:00:00"), date("HAT4", "2024-05-16", "LGA",
			"BOS", "12:00:00", "13:00:00"),
		date("HAT5", "2024-05-16", "BOS", "MIA", "12:00:00", "15:00:00"), date("HAT6", "2024-05-16", "JFK",
			"ATL", "22:00:00", "01:00:00+1"),
		date("HAT7", "2024-05-17", "ATL", "MIA", "09:00:00", "11:00:00"), date("HAT8", "2024-05-16", "ATL",
			"MIA", "23:00:00", "23:50:00"))
	for arguments, want := range map[string]string{
		`{"origin":"JFK","destination":"BOS","date":"2024-05-16"}`: "HAT1, HAT3",
		`{"origin":"LGA","destination":"BOS","date":"2024-05-16"}`: "HAT4",
		`{"origin":"JFK","destination":"BOS","date":"2024-05-18"}`: "",
		`{"origin":"QQQ","destination":"BOS","date":"tomorrow"}`:   "",
	} {
		if got := numbers(t, s, SearchDirectFlight, arguments); got != want {
			t.Errorf("direct %s: %s, want %s", arguments, got, want)
		}
	}

	for arguments, want := range map[string]string{
		`{"origin":"JFK","destination":"MIA","date":"2024-05-16"}`: "HAT3+HAT5 2024-05-16, HAT6+HAT7 2024-05-17",
		`{"origin":"JFK","destination":"MIA","date":""}`:           "",
	} {
		if got := numbers(t, s, SearchOnestopFlight, arguments); got != want {
			t.Errorf("one stop %s: %s, want %s", arguments, got, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	s := stock(t, date("HAT1", "2024-05-16", "JFK", "BOS", "12:00:00", "13:00:00"))
	for _, c := range []struct {
		tool, arguments string
		want            vocab.Code
	}{
		{GetFlightStatus, `{"flight_number":"HAT1","date":"2024-05-17"}`, vocab.FlightDateNotFound},
		{GetFlightStatus, `{"flight_number":"HAT2","date":"2024-05-17"}`, vocab.FlightNotFound},
		{GetFlightStatus, `{"flight_number":"HAT2"}`, vocab.BadArguments},
		{GetFlightStatus, `{"flight_number":2,"date":"2024-05-17"}`, vocab.BadSchema},
		{GetUserDetails, `{"user_id":"nobody"}`, vocab.UserNotFound},
		{GetUserDetails, `{"user_id":"nobody","verbose":true}`, vocab.BadArguments},
		{GetUserDetails, `[]`, vocab.BadArguments},
		{GetReservationDetails, `{"reservation_id":"NONE"}`, vocab.ReservationNotFound},
		{"delete_user", `{}`, vocab.UnknownTool},
	} {
		var r *vocab.Refusal
		if _, err := Read(s, c.tool, json.RawMessage(c.arguments)); !errors.As(err, &r) || r.Code != c.want {
			t.Errorf("%s %s: %v, want %s", c.tool, c.arguments, err, c.want)
		}
	}

	if v, err := Read(s, GetFlightStatus, json.RawMessage(`{"flight_number":"HAT1","date":"2024-05-16"}`)); err != nil || v != vocab.StatusAvailable {
		t.Errorf("%v, %v", v, err)
	}
}

// A table that can't be read is no answer: a search that found part of it would be believed.
func TestSearchFailsWithItsTable(t *testing.T) {
	for _, tool := range []string{SearchDirectFlight, SearchOnestopFlight} {
		found, err := Read(damaged{}, tool, json.RawMessage(`{"origin":"PHL","destination":"LGA","date":"2024-05-16"}`))
		if !errors.Is(err, errDamaged) {
			t.Errorf("%s: %v, %v", tool, found, err)
		}
	}
}

var errDamaged = errors.New("damaged")

type damaged struct{ shelf }

func (damaged) Routes(vocab.RouteID) iter.Seq2[topology.Row[vocab.RouteID, flights.Offers], error] {
	return func(yield func(topology.Row[vocab.RouteID, flights.Offers], error) bool) {
		yield(topology.Row[vocab.RouteID, flights.Offers]{}, errDamaged)
	}
}
