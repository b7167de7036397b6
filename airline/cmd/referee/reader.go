package main

import (
	"context"
	"encoding/json"
	"errors"

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
		topology.Policy[readCall]{Reads: airline.Reads})
	answers.To(seen)
}

func read(ctx context.Context, c readCall) (airline.Result, error) {
	value, err := airline.Read(airline.Live(ctx), c.Tool, c.Arguments)
	r := airline.Result{Command: string(c.ID), OK: err == nil}
	var refusal *airline.Refusal
	if errors.As(err, &refusal) {
		r.Code, r.Error = string(refusal.Code), refusal.Text
		return r, nil
	}
	if err != nil {
		return r, err
	}
	r.Result, err = json.Marshal(value)
	return r, err
}
