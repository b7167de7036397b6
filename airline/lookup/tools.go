package lookup

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// The names of the tools that only read.
const (
	GetUserDetails        = "get_user_details"
	GetReservationDetails = "get_reservation_details"
	GetFlightStatus       = "get_flight_status"
	SearchDirectFlight    = "search_direct_flight"
	SearchOnestopFlight   = "search_onestop_flight"
	ListAllAirports       = "list_all_airports"
	Calculate             = "calculate"
	TransferToHumanAgents = "transfer_to_human_agents"
)

// required are the arguments of each tool. All of them are needed, and no other is taken.
var required = map[string][]string{
	GetUserDetails:        {"user_id"},
	GetReservationDetails: {"reservation_id"},
	GetFlightStatus:       {"flight_number", "date"},
	SearchDirectFlight:    {"origin", "destination", "date"},
	SearchOnestopFlight:   {"origin", "destination", "date"},
	ListAllAirports:       {},
	Calculate:             {"expression"},
	TransferToHumanAgents: {"summary"},
}

// Tools are the tools that only read.
type Tools struct {
	// Tables have the rows that the tools look into.
	Tables

	// Calendar decides which flights a search with one stop connects. Defaults to Scheduled.
	Calendar Calendar
}

// Read calls a tool over some tables. It is short for the Read of Tools.
func Read(t Tables, tool string, arguments json.RawMessage) (any, error) {
	return Tools{Tables: t}.Read(tool, arguments)
}

// Read calls a tool. It returns a *vocab.Refusal if the tool says no. Any other error is of the tables.
func (t Tools) Read(tool string, arguments json.RawMessage) (any, error) {
	names, ok := required[tool]
	if !ok {
		return nil, vocab.Refuse(vocab.UnknownTool, "Tool '%s' not found.", tool)
	}

	var a readArguments
	if why := vocab.ReadArguments(tool, arguments, &a, names, nil); why != nil {
		return nil, why
	}

	switch tool {
	case GetUserDetails:
		return t.userDetails(a.User)
	case GetReservationDetails:
		return t.reservationDetails(a.Reservation)
	case GetFlightStatus:
		return t.flightStatus(a.FlightNumber, a.Date)
	case SearchDirectFlight:
		return t.direct(a.Origin, a.Destination, a.Date)
	case SearchOnestopFlight:
		return t.onestop(a.Origin, a.Destination, a.Date)
	case ListAllAirports:
		return Airports, nil
	case Calculate:
		return calculate(a.Expression)
	}

	return "Transfer successful", nil
}

// readArguments are the arguments of all tools.
type readArguments struct {
	User         vocab.CustomerID    `json:"user_id"`
	Reservation  vocab.ReservationID `json:"reservation_id"`
	FlightNumber string              `json:"flight_number"`
	Date         string              `json:"date"`
	Origin       string              `json:"origin"`
	Destination  string              `json:"destination"`
	Expression   string              `json:"expression"`
	Summary      string              `json:"summary"`
}

func (t Tools) userDetails(id vocab.CustomerID) (any, error) {
	u, err := t.User(id)
	switch {
	case err != nil:
		return nil, err
	case !u.Exists():
		return nil, payments.UnknownUser(id)
	}
	return u.Public(), nil
}

func (t Tools) reservationDetails(id vocab.ReservationID) (any, error) {
	r, err := t.Reservation(id)
	switch {
	case err != nil:
		return nil, err
	case !r.Exists():
		return nil, vocab.Refuse(vocab.ReservationNotFound, "Reservation %s not found", id)
	}
	return r.Public(), nil
}

func (t Tools) flightStatus(number, date string) (any, error) {
	f, err := t.Flight(vocab.FlightKey(number, date))
	if err != nil {
		return nil, err
	}

	if f.IsKnown() {
		return f.Status, nil
	}

	timetable, err := t.Timetable(vocab.FlightNumber(number))
	switch {
	case err != nil:
		return nil, err
	case timetable.Exists():
		return nil, vocab.Refuse(vocab.FlightDateNotFound, "Flight %s not found on date %s", number, date)
	}

	return nil, vocab.Refuse(vocab.FlightNotFound, "Flight %s not found", number)
}
