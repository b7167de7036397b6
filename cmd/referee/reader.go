package main

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/topology"
)

// The referee's own piece of the topology: calls of tools that read are made where an agent makes them, by an operator
// that looks into the tables.
const (
	reads topology.Topic[callID, readCall]       = "referee-reads"
	seen  topology.Topic[callID, airline.Result] = "referee-seen"
)

type callID string

type readCall struct {
	ID        callID          `json:"id"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
}

// addReader adds it. A call that can't be answered becomes a dead letter.
func addReader(t *topology.Topology) {
	answers, _ := topology.Async(topology.From(t, reads), "referee", topology.Func[readCall, airline.Result](read),
		topology.Policy[readCall]{Reads: []topology.Readable{airline.Flights, airline.Reservations, airline.Users, airline.Timetables, airline.Routes}})
	answers.To(seen)
}

func read(ctx context.Context, c readCall) (airline.Result, error) {
	t := &tables{ctx: ctx}
	value, err := airline.Read(t, c.Tool, c.Arguments)
	r := airline.Result{Command: string(c.ID), OK: err == nil}
	var refusal *airline.Refusal
	if errors.As(err, &refusal) {
		r.Code, r.Error = string(refusal.Code), refusal.Text
		return r, t.failed
	}
	if err := errors.Join(err, t.failed); err != nil {
		return r, err
	}
	r.Result, err = json.Marshal(value)
	return r, err
}

// tables are the worker's copies, for the read tools.
type tables struct {
	ctx    context.Context // of the operator's call
	failed error           // of what was scanned
}

func (t *tables) Flight(id airline.FlightID) (airline.Flight, error) {
	return topology.Get(t.ctx, airline.Flights, id)
}

func (t *tables) Reservation(id airline.ReservationID) (airline.Reservation, error) {
	return topology.Get(t.ctx, airline.Reservations, id)
}

func (t *tables) User(id airline.CustomerID) (airline.User, error) {
	return topology.Get(t.ctx, airline.Users, id)
}

func (t *tables) Timetable(number airline.FlightNumber) (airline.Timetable, error) {
	return topology.Get(t.ctx, airline.Timetables, number)
}

func (t *tables) Routes(prefix airline.RouteID) iter.Seq2[airline.RouteID, airline.Offers] {
	return func(yield func(airline.RouteID, airline.Offers) bool) {
		for row, err := range topology.Scan(t.ctx, airline.Routes, prefix) {
			if t.failed = errors.Join(t.failed, err); err != nil || !yield(row.Key, row.Value) {
				return
			}
		}
	}
}
