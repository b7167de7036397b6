// Package specs_test tells what the engine does, in scripts: testdata holds one behaviour a file, and the same files run
// on the in-memory engine, on the embedded broker and on Kafka. They are all about the topology below.
package specs_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// What lasts has a name, and a type.
const (
	Profiles     topology.Topic[CustomerID, Profile]                = "profiles"
	Statuses     topology.Topic[FlightID, Status]                   = "flight-status"
	Requests     topology.Topic[CustomerID, Request]                = "requests"
	Decisions    topology.Topic[CustomerID, Decision]               = "decisions"
	Escalations  topology.Topic[CustomerID, topology.Failure[Case]] = "escalations"
	SeatRequests topology.Topic[FlightID, SeatRequest]              = "seat-requests"
	SeatReplies  topology.Topic[CustomerID, SeatReply]              = "seat-replies"

	Customers topology.Table[CustomerID, Customer] = "customers"
	Flights   topology.Table[FlightID, Flight]     = "flights"
)

// desk is the help desk of an airline. A model decides for each request, the flight grants or refuses the seat, and a
// refusal is a new request.
func desk(m llm.Model, p topology.Policy[Case]) *topology.Topology {
	t := topology.New("desk")
	topology.Fold(Customers, topology.From(t, Profiles), Customer.WithProfile)
	topology.Fold(Flights, topology.Events(topology.From(t, Statuses)), Flight.WithStatus)

	received := topology.Apply(Customers, topology.From(t, Requests).Check(Request.Valid), Customer.Receive)
	cases := topology.Join(received, Customers, NewCase)
	cases = topology.Lookup(cases, Flights, Case.FlightID, Case.WithFlight)

	p.InFlight, p.Changed = 4, Case.Changed
	agent := llm.Operator[Case, Decision]{Model: m, Instructions: "Decide: rebook, keep or refund.",
		Prompt: Case.Facts, Validate: Case.Allows, Fallback: Case.Fallback}
	decisions, unsettled := topology.Async(cases, "agent", agent, p)
	decisions.To(Decisions)
	unsettled.To(Escalations)
	topology.Fold(Customers, decisions, Customer.WithDecision)

	wishes := topology.Rekey(topology.FlatMap(decisions, Decision.Wish), SeatRequests, SeatRequest.Address)
	replies := topology.Apply(Flights, topology.Events(wishes), Flight.Assign)
	heard := topology.Rekey(replies, SeatReplies, SeatReply.Address)
	topology.Apply(Customers, heard, Customer.Hear).To(Requests)

	return t
}

type (
	CustomerID string
	FlightID   string
	Profile    struct {
		Tier string `json:"tier"`
	}
	Status struct {
		State   string `json:"state"`
		Minutes int    `json:"minutes"`
		Free    int    `json:"free"`
	}
	Request struct {
		ID     string   `json:"id"` // r-1
		Flight FlightID `json:"flight"`
		Text   string   `json:"text"`
	}
	Decision struct {
		Reason string   `json:"reason"`
		Action string   `json:"action"`
		To     FlightID `json:"to,omitempty"`
	}
	SeatRequest struct {
		Customer CustomerID `json:"customer,omitempty"`
		Flight   FlightID   `json:"flight"`
	}
	SeatReply struct {
		Customer CustomerID `json:"customer"`
		Flight   FlightID   `json:"flight"`
		Granted  bool       `json:"granted"`
	}
)

// Valid returns why a request is not valid.
func (r Request) Valid() error {
	if r.Text == "" {
		return fmt.Errorf("request %s says nothing", r.ID)
	}
	return nil
}

// number panics on an id without a dash, as a step some day will.
func (r Request) number() string { return strings.Split(r.ID, "-")[1] }

// Wish is what a decision to rebook asks of the other flight.
func (d Decision) Wish() []SeatRequest {
	if d.Action != "rebook" {
		return nil
	}
	return []SeatRequest{{Flight: d.To}}
}

// Address sends the wish to its flight, which learns whose it is.
func (s SeatRequest) Address(c CustomerID) (FlightID, SeatRequest) {
	s.Customer = c
	return s.Flight, s
}

// Address sends the reply to its customer.
func (s SeatReply) Address(FlightID) (CustomerID, SeatReply) { return s.Customer, s }

// A Customer is what the desk knows of one.
type Customer struct {
	Tier string     `json:"tier,omitempty"`
	Seen []string   `json:"seen,omitempty"` // numbers of requests
	Note string     `json:"note,omitempty"` // the last request
	Full []FlightID `json:"full,omitempty"` // they had no seat left
	Last string     `json:"last,omitempty"` // the last decision
	Seat FlightID   `json:"seat,omitempty"`
}

// WithProfile takes over the profile.
func (c Customer) WithProfile(p Profile) Customer { c.Tier = p.Tier; return c }

// WithDecision keeps the last decision.
func (c Customer) WithDecision(d Decision) Customer { c.Last = d.Action; return c }

// Receive takes a request once, however often it comes.
func (c Customer) Receive(r Request) (Customer, []Request) {
	if slices.Contains(c.Seen, r.number()) {
		return c, nil
	}
	c.Seen, c.Note = append(slices.Clip(c.Seen), r.number()), r.Text
	return c, []Request{r}
}

// Hear takes the seat. If it was refused, the customer asks again.
func (c Customer) Hear(s SeatReply) (Customer, []Request) {
	if s.Granted {
		c.Seat = s.Flight
		return c, nil
	}
	c.Full = append(slices.Clip(c.Full), s.Flight)
	return c, []Request{{ID: "again-" + string(s.Flight), Flight: s.Flight, Text: "my seat was refused"}}
}

// A Flight owns its state and its seats.
type Flight struct {
	State   string    `json:"state"`
	Minutes int       `json:"minutes"`
	Free    int       `json:"free"`
	At      time.Time `json:"at,omitzero"` // of the newest status
}

// WithStatus takes over a status, unless a newer one has been there.
func (f Flight) WithStatus(e topology.Event[FlightID, Status]) Flight {
	if e.Time.Before(f.At) {
		return f
	}
	return Flight{e.Value.State, e.Value.Minutes, e.Value.Free, e.Time}
}

// Assign grants a seat if there is one: here, in the row that owns it, and nowhere else.
func (f Flight) Assign(e topology.Event[FlightID, SeatRequest]) (Flight, []SeatReply) {
	granted := f.Free > 0
	if granted {
		f.Free--
	}
	return f, []SeatReply{{e.Value.Customer, e.Key, granted}}
}

// A Case is what the model is asked.
type Case struct {
	Request  Request  `json:"request"`
	Customer Customer `json:"customer"`
	Flight   Flight   `json:"flight"`
}

// NewCase starts a case with what is known of the customer.
func NewCase(r Request, c Customer) Case { return Case{Request: r, Customer: c} }

// FlightID is that of the customer's own flight.
func (c Case) FlightID() FlightID { return c.Request.Flight }

// WithFlight adds the flight as it is now.
func (c Case) WithFlight(f Flight) Case { c.Flight = f; return c }

// Changed reports whether the flight is no longer what the model was told.
func (c Case) Changed(now Case) bool {
	return c.Flight.State != now.Flight.State || c.Flight.Minutes != now.Flight.Minutes
}

// Facts is the prompt.
func (c Case) Facts() string {
	return fmt.Sprintf("A %s customer of %s, %s, %d minutes late, full are %v, wrote: %s",
		c.Customer.Tier, c.Request.Flight, c.Flight.State, c.Flight.Minutes, c.Customer.Full, llm.Quote(c.Request.Text))
}

// Allows holds the model to the rules.
func (c Case) Allows(d Decision) error {
	switch {
	case d.Action == "keep":
		return nil
	case d.Action == "refund" && c.Flight.State != "cancelled":
		return fmt.Errorf("flight %s is not cancelled", c.Request.Flight)
	case d.Action == "rebook" && slices.Contains(c.Customer.Full, d.To):
		return fmt.Errorf("flight %s is full", d.To)
	case d.Action == "rebook" && d.To == "" || d.Action != "rebook" && d.Action != "refund":
		return fmt.Errorf("%q is no action, or lacks its flight", d.Action)
	}

	return nil
}

// Fallback needs no model where the rules are clear: a cancelled flight is refunded.
func (c Case) Fallback(cause error) (Decision, error) {
	if c.Flight.State == "cancelled" {
		return Decision{Reason: cause.Error(), Action: "refund"}, nil
	}
	return Decision{}, cause
}
