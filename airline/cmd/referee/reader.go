package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/tau2"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// The referee's own part of the topology. Tools that read are called where an agent calls them: by an
// operator that looks into the tables.
const (
	reads   topology.Topic[callID, readCall]     = "referee-reads"
	answers topology.Topic[callID, vocab.Result] = "referee-seen"
)

type callID string

type readCall struct {
	ID        callID          `json:"id"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
}

// addReader declares the referee's part. A call that can't be answered becomes a dead letter.
func addReader(t *topology.Topology) {
	results, _ := topology.Async(topology.From(t, reads), "referee",
		topology.Func[readCall, vocab.Result](read),
		topology.Policy[readCall]{Reads: lookup.Reads})
	results.To(answers)
}

func read(ctx context.Context, c readCall) (vocab.Result, error) {
	value, err := tau2.Read(lookup.Live(ctx), c.Tool, c.Arguments)
	r := vocab.Result{Command: string(c.ID), OK: err == nil}
	var refusal *vocab.Refusal
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
