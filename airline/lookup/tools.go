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

// Read calls a tool. It returns a *vocab.Refusal if the tool says no; any other error is of the tables.
func (t Tools) Read(tool string, arguments json.RawMessage) (any, error) {
	required, ok := readTools[tool]
	if !ok {
		return nil, vocab.Refuse(vocab.UnknownTool, "Tool '%s' not found.", tool)
	}

	var a readArguments
	if why := vocab.ReadArguments(tool, arguments, &a, required, nil); why != nil {
		return nil, why
	}
	return a.read(t, tool)
}

// readTools are the arguments of each.
var readTools = map[string][]string{
	GetUserDetails:        {"user_id"},
	GetReservationDetails: {"reservation_id"},
	GetFlightStatus:       {"flight_number", "date"},
	SearchDirectFlight:    {"origin", "destination", "date"},
	SearchOnestopFlight:   {"origin", "destination", "date"},
	ListAllAirports:       {},
	Calculate:             {"expression"},
	TransferToHumanAgents: {"summary"},
}

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

func (a readArguments) read(t Tools, tool string) (any, error) {
	switch tool {
	case GetUserDetails:
		return userDetails(t.Tables, a.User)
	case GetReservationDetails:
		return reservationDetails(t, a.Reservation)
	case GetFlightStatus:
		return flightStatus(t, a.FlightNumber, a.Date)
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

func userDetails(t Tables, id vocab.CustomerID) (any, error) {
	u, err := t.User(id)
	switch {
	case err != nil:
		return nil, err
	case !u.Exists():
		return nil, payments.UnknownUser(id)
	}
	return u.Public(), nil
}

func reservationDetails(t Tables, id vocab.ReservationID) (any, error) {
	r, err := t.Reservation(id)
	switch {
	case err != nil:
		return nil, err
	case !r.Exists():
		return nil, vocab.Refuse(vocab.ReservationNotFound, "Reservation %s not found", id)
	}
	return r.Public(), nil
}

func flightStatus(t Tables, number, date string) (any, error) {
	f, err := t.Flight(vocab.FlightKey(number, date))
	if err != nil {
		return nil, err
	}
	if f.IsKnown() {
		return f.Status, nil
	}
	table, err := t.Timetable(vocab.FlightNumber(number))
	switch {
	case err != nil:
		return nil, err
	case table.Exists():
		return nil, vocab.Refuse(vocab.FlightDateNotFound, "Flight %s not found on date %s", number, date)
	}
	return nil, vocab.Refuse(vocab.FlightNotFound, "Flight %s not found", number)
}
