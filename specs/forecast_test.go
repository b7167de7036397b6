package specs_test

import (
	"context"
	"encoding/json"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// Stations measure, and a model forecasts.
const (
	Readings  topology.Topic[Station, Reading]                   = "readings"
	Forecasts topology.Topic[Station, Forecast]                  = "forecasts"
	Passed    topology.Topic[Station, topology.Failure[Reading]] = "passed"
)

type (
	Station string
	Reading struct {
		Rain int `json:"rain"`
	}
	Forecast struct {
		Rain int    `json:"rain"` // of the reading
		Says string `json:"says"`
	}
)

// forecast asks a model about the newest reading of each station, one at a time.
func forecast(m llm.Model) *topology.Topology {
	t := topology.New("forecast")
	ask := topology.Func[Reading, Forecast](func(ctx context.Context, r Reading) (Forecast, error) {
		f := Forecast{Rain: r.Rain}
		reply, err := m.Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User, Text: "rain"}}})
		if err != nil {
			return f, err
		}

		err = json.Unmarshal([]byte(reply.Message.Text), &f.Says)
		return f, err
	})
	told, passed := topology.Async(topology.From(t, Readings), "forecaster", ask,
		topology.Policy[Reading]{InFlight: 1, Latest: true})
	told.To(Forecasts)
	passed.To(Passed)

	return t
}
