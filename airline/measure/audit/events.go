package audit

import (
	"encoding/json"
	"time"
)

// The topics, as kcat would name them. They are spelled out here, so that a renamed topic is noticed.
const (
	flightEvents       = "flight-events"
	customerEvents     = "customer-events"
	policies           = "policies"
	disruptions        = "disruptions"
	cases              = "cases"
	seatRequests       = "seat-requests"
	seatReplies        = "seat-replies"
	decisions          = "decisions"
	notifications      = "notifications"
	escalations        = "escalations"
	commands           = "commands"
	orders             = "orders"
	results            = "results"
	reservationUpdates = "reservation-updates"
	paymentRequests    = "payment-requests"
	paymentReplies     = "payment-replies"
	flightsTable       = "airline.flights-table"
	usersTable         = "airline.users-table"
	deadLetters        = "airline.dead-letters"
)

// Topics are those that an Auditor reads, the changelog of the flights and the dead letters among them.
var Topics = []string{flightEvents, customerEvents, policies, disruptions, cases, seatRequests, seatReplies,
	decisions, notifications, escalations, commands, orders, results, reservationUpdates, paymentRequests, paymentReplies,
	flightsTable, usersTable, deadLetters}

// seats counts by cabin.
type seats map[string]int

type flightEvent struct {
	Type      string    `json:"type"`
	Time      time.Time `json:"time"`
	Departure time.Time `json:"departure"`
	Arrival   time.Time `json:"arrival"`
	Schedule  *struct {
		Seats seats `json:"seats"`
		Sold  seats `json:"sold"`
	} `json:"schedule"`
}

type reservation struct {
	ID     string `json:"reservation_id"`
	Flight string `json:"flight"`
	Cabin  string `json:"cabin"`
	Party  int    `json:"party"`
}

type customerEvent struct {
	Type        string       `json:"type"`
	Reservation *reservation `json:"reservation"`
	User        *userRow     `json:"user"`
}

type disruption struct {
	Reservation string `json:"reservation_id"`
}

// order is a command on its way to its desk.
type order struct {
	ID      string `json:"id"`
	Tool    string `json:"tool"`
	Caller  string `json:"caller"`
	Airline bool   `json:"airline"`
}

type result struct {
	Command string          `json:"command"`
	OK      bool            `json:"ok"`
	Code    string          `json:"code"`
	Result  json.RawMessage `json:"result"`
}

// update is how a reservation stands after a command.
type update struct {
	Reservation string    `json:"reservation_id"`
	Command     string    `json:"command"`
	Tool        string    `json:"tool"`
	Refused     *struct{} `json:"refused"`
	Status      string    `json:"status"`
	Cabin       string    `json:"cabin"`
	Party       int       `json:"party"`
	Legs        []struct {
		Flight string `json:"flight"`
		Held   bool   `json:"held"`
	} `json:"legs"`
	N int `json:"n"`
}

type payRequest struct {
	Type        string `json:"type"`
	User        string `json:"user_id"`
	Reservation string `json:"reservation_id"`
	Seq         int    `json:"seq"`
	Payments    []struct {
		ID     string  `json:"payment_id"`
		Amount float64 `json:"amount"`
	} `json:"payments"`
}

type payReply struct {
	payRequest
	Refused     *struct{} `json:"refused"`
	Certificate string    `json:"certificate"`
}

// userRow is what a user has to pay with.
type userRow struct {
	Methods map[string]struct {
		Source string   `json:"source"`
		Amount *float64 `json:"amount"`
	} `json:"payment_methods"`
}

type policy struct {
	Version       int `json:"version"`
	LateMinutes   int `json:"late_minutes"`
	CutoffMinutes int `json:"cutoff_minutes"`
}

// request is a seat request, and the part of a reply that repeats it.
type request struct {
	Type        string    `json:"type"`
	Customer    string    `json:"customer"`
	Reservation string    `json:"reservation_id"`
	Flight      string    `json:"flight"`
	Cabin       string    `json:"cabin"`
	Party       int       `json:"party"`
	Seq         int       `json:"seq"`
	Time        time.Time `json:"time"`
}

// requestID is the same for a repeated request.
type requestID struct {
	reservation string
	seq         int
}

func (r request) id() requestID { return requestID{r.Reservation, r.Seq} }

type reply struct {
	request
	Result   string    `json:"result"`
	Free     int       `json:"free"`
	Severity string    `json:"severity"`
	N        int       `json:"n"`
	AsOf     time.Time `json:"as_of"`
}

func (r reply) granted(kind string) bool { return r.Type == kind && r.Result == "granted" }

// at is the time by which the desk measures whether a flight is closed.
func (r reply) at() time.Time { return later(r.AsOf, r.Time) }

// refusedAt is the time from which a refusal wants an answer. A booking's is not measured by what the flight
// has heard.
func (r reply) refusedAt() time.Time {
	if r.Type == "book" {
		return r.Time
	}
	return r.at()
}

type decision struct {
	Case        string `json:"case_id"`
	Customer    string `json:"customer"`
	Reservation string `json:"reservation_id"`
	Flight      string `json:"flight"`
	Attempt     int    `json:"attempt"`
	Outcome     string `json:"outcome"`
	Trip        struct {
		Flight string `json:"flight"`
		Cabin  string `json:"cabin"`
	} `json:"trip"`
	Time time.Time `json:"time"`

	id string // ce_id
}

// told is a notification or an escalation, or a command.
type told struct {
	Case    string `json:"case_id"`
	Command string `json:"command"`
	ID      string `json:"id"`
}

// flightRow is a version of a flight's row.
type flightRow struct {
	Holds map[string]struct {
		Cabin string `json:"cabin"`
		Party int    `json:"party"`
		State string `json:"state"`
	} `json:"holds"`
	Seats seats     `json:"seats"`
	Sold  seats     `json:"sold"`
	N     int       `json:"n"`
	AsOf  time.Time `json:"as_of"`
}

// held counts the seats of the customers.
func (f flightRow) held() seats {
	out := seats{}
	for _, h := range f.Holds {
		if h.State == "held" {
			out[h.Cabin] += h.Party
		}
	}
	return out
}
