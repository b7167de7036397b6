package contradictions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Topics are those that a Judge reads.
var Topics = []string{string(vocab.FlightEvents), string(vocab.CustomerEvents), string(vocab.SeatReplies),
	string(vocab.Decisions)}

// A Judge takes in the records of a day. It belongs to one goroutine.
type Judge struct {
	flights map[vocab.FlightID]*flight
	routes  map[vocab.RouteID][]*flight
	parties map[vocab.CustomerID]*party
}

// New returns a Judge who has read nothing.
func New() *Judge {
	return &Judge{flights: map[vocab.FlightID]*flight{}, routes: map[vocab.RouteID][]*flight{},
		parties: map[vocab.CustomerID]*party{}}
}

// Read takes in one record, of which it needs Topic, Key and Value. The topics may come in any order or
// mixed, the records of a key in theirs; those of other topics are left out. An error names the record.
func (j *Judge) Read(r topology.Record) error {
	var err error
	switch r.Topic {
	case string(vocab.FlightEvents):
		err = into(r.Value, func(e vocab.FlightEvent) { j.flightEvent(vocab.FlightID(r.Key), e) })
	case string(vocab.CustomerEvents):
		err = into(r.Value, func(e vocab.CustomerEvent) { j.party(vocab.CustomerID(r.Key)).event(e) })
	case string(vocab.SeatReplies):
		err = into(r.Value, j.seatReply)
	case string(vocab.Decisions):
		err = into(r.Value, func(d vocab.Decision) { p := j.party(d.Customer); p.decisions = append(p.decisions, d) })
	}

	if err != nil {
		return fmt.Errorf("contradictions: %s/%d offset %d, key %s: %w", r.Topic, r.Partition, r.Offset,
			r.Key, err)
	}

	return nil
}

func into[E any](value []byte, take func(E)) error {
	var e E

	err := json.Unmarshal(value, &e)
	if err == nil {
		take(e)
	}
	return err
}

func (j *Judge) flightEvent(id vocab.FlightID, e vocab.FlightEvent) {
	f := j.flight(id)
	f.events = append(f.events, e)
	if e.Schedule != nil {
		route := vocab.RouteKey(e.Schedule.Origin, e.Schedule.Destination)
		j.routes[route] = append(j.routes[route], f)
	}
}

func (j *Judge) seatReply(r vocab.SeatReply) {
	f, p := j.flight(r.Flight), j.party(r.Customer)
	f.replies, p.replies = append(f.replies, r), append(p.replies, r)
}

func (j *Judge) flight(id vocab.FlightID) *flight {
	if j.flights[id] == nil {
		j.flights[id] = &flight{id: id}
	}
	return j.flights[id]
}

func (j *Judge) party(id vocab.CustomerID) *party {
	if j.parties[id] == nil {
		j.parties[id] = &party{id: id}
	}
	return j.parties[id]
}

// A Report is a day as judged.
type Report struct {
	Parties        int            `json:"parties"`   // about which something was decided
	Answers        int            `json:"answers"`   // of the decider
	Proposals      int            `json:"proposals"` // of these: answers that needed seats
	Refused        int            `json:"refused"`   // proposals, by the owning rows
	Refusals       map[string]int `json:"refusals"`  // by why
	Contradicted   int            `json:"contradicted"`
	Contradictions map[string]int `json:"contradictions"`     // by kind
	GaveAway       float64        `json:"minutes_given_away"` // by answers that took effect
	Escalated      int            `json:"escalated"`
}

// Report judges what has been read.
func (j *Judge) Report() Report {
	r := Report{Refusals: map[string]int{}, Contradictions: map[string]int{}}

	for _, f := range j.flights {
		slices.SortStableFunc(f.replies, func(a, b vocab.SeatReply) int { return cmp.Compare(a.N, b.N) })
	}

	for _, id := range slices.Sorted(maps.Keys(j.parties)) {
		p := j.parties[id]
		if len(p.decisions) > 0 {
			r.Parties++
		}

		for _, a := range p.answers() {
			r.add(a, j)
		}
	}

	return r
}

func (r *Report) add(a answer, j *Judge) {
	r.Answers++
	if a.outcome == vocab.Rebooked {
		r.Proposals++
	}

	if a.refused != "" {
		r.Refused++
		r.Refusals[a.refused]++
	}

	if a.outcome == vocab.Escalated {
		r.Escalated++
	}

	kind, away := j.contradiction(a)
	if kind != "" {
		r.Contradicted++
		r.Contradictions[kind]++
	}

	if a.refused == "" {
		r.GaveAway += away.Minutes()
	}
}
