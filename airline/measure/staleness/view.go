package staleness

import (
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A View is what the agent looks up.
type View struct {
	Name    string
	Refresh time.Duration // of the day, from one load to the next. Defaults to 0, a live view
	OnKafka bool          // run on Kafka, where copies lag behind; else on the reference engine, where they do not
}

// Views are those that are compared, each with the first.
var Views = []View{
	{Name: "no lag"},
	{Name: "live", OnKafka: true},
	{Name: "1 min", Refresh: time.Minute},
	{Name: "5 min", Refresh: 5 * time.Minute},
	{Name: "15 min", Refresh: 15 * time.Minute},
	{Name: "60 min", Refresh: time.Hour},
}

// topology declares the airline with an agent that has this view.
func (v View) topology(agent agent, p topology.Policy[rebooking.Case]) *topology.Topology {
	if v.Refresh == 0 {
		return airline.New(agent, p)
	}
	return airline.NewRefreshed(agent, p, v.Refresh)
}

// An agent decides the cases.
type agent = topology.Operator[rebooking.Case, vocab.Decision]
