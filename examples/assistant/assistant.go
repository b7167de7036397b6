// Command assistant decides what becomes of airline customers whose flights are late. It is the program of the README.
package main

import (
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// What lasts has a name, and a type.
const (
	Profiles    topology.Topic[CustomerID, Profile]                = "profiles"
	Statuses    topology.Topic[FlightID, Status]                   = "flight-status"
	Requests    topology.Topic[CustomerID, Request]                = "requests"
	Decisions   topology.Topic[CustomerID, Decision]               = "decisions"
	Escalations topology.Topic[CustomerID, topology.Failure[Case]] = "escalations"

	Customers topology.Table[CustomerID, Customer] = "customers"
	Flights   topology.Table[FlightID, Flight]     = "flights"
)

func assistant(m llm.Model) *topology.Topology {
	t := topology.New("assistant")

	// One row per customer, one row per flight.
	topology.Fold(Customers, topology.From(t, Profiles), Customer.WithProfile)
	topology.Fold(Flights, topology.From(t, Statuses), Flight.WithStatus)

	// What the model is shown: the request, and both rows.
	cases := topology.Join(topology.From(t, Requests), Customers, NewCase)
	cases = topology.Lookup(cases, Flights, Case.FlightID, Case.WithFlight)

	// One decision per case, as a new event; a case that the model could not settle goes to people.
	agent := llm.Operator[Case, Decision]{Model: m, Instructions: rules, Prompt: Case.Facts,
		Validate: Case.Allows}
	decisions, unsettled := topology.Async(cases, "decide", agent,
		topology.Policy[Case]{InFlight: 8, Timeout: 20 * time.Second, Changed: Case.Changed})
	decisions.To(Decisions)
	unsettled.To(Escalations)

	// A decision becomes part of the customer's row, in the same step as it is settled.
	topology.Fold(Customers, decisions, Customer.WithDecision)

	return t
}

// Events, rows and cases.
type (
	CustomerID string
	FlightID   string
	Profile    struct {
		Tier string `json:"tier"`
	}
	Status struct {
		State   string `json:"state"`
		Minutes int    `json:"minutes"`
	}
	Customer struct {
		Tier string `json:"tier"`
		Last string `json:"last,omitempty"`
	}
	Flight struct {
		Status Status `json:"status"`
	}
	Request struct {
		Flight FlightID `json:"flight"`
		Text   string   `json:"text"`
	}
	Case struct {
		Request  Request  `json:"request"`
		Customer Customer `json:"customer"`
		Flight   Flight   `json:"flight"`
	}
	Decision struct {
		Reason string `json:"reason"`
		Action string `json:"action" enum:"rebook,keep,refund"`
	}
)

const rules = `Decide what becomes of an airline customer: rebook, keep or refund.
Rebook or refund only if the flight is delayed by more than 60 minutes, or cancelled. Otherwise keep.`

// WithProfile, WithDecision and WithStatus are steps: row and event in, new row out.
func (c Customer) WithProfile(p Profile) Customer   { c.Tier = p.Tier; return c }
func (c Customer) WithDecision(d Decision) Customer { c.Last = d.Action; return c }
func (f Flight) WithStatus(s Status) Flight         { f.Status = s; return f }

// NewCase and what follows build what the model is asked.
func NewCase(r Request, c Customer) Case { return Case{Request: r, Customer: c} }
func (c Case) FlightID() FlightID        { return c.Request.Flight }
func (c Case) WithFlight(f Flight) Case  { c.Flight = f; return c }
func (c Case) Facts() string {
	return fmt.Sprintf("A %s customer, whose flight %s is %s by %d min, writes: %s",
		c.Customer.Tier, c.Request.Flight, c.Flight.Status.State, c.Flight.Status.Minutes, llm.Quote(c.Request.Text))
}

// Changed reports whether the flight is no longer what the model was told: then it is asked again.
func (c Case) Changed(now Case) bool { return c.Flight != now.Flight }

// Allows holds the model to the rules, whatever the customer has talked it into.
func (c Case) Allows(d Decision) error {
	if d.Action != "keep" && c.Flight.Status.State == "on time" {
		return fmt.Errorf("flight %s is on time", c.Request.Flight)
	}
	return nil
}

func main() {
	model := llm.Resilient(llm.Ollama("qwen2.5-coder:1.5b"), llm.ResilientConfig{})
	slipstream.Main(assistant(model), devkafka.Verb)
}
