package state

import (
	"context"
	"net/http"

	"github.com/slipstream-go/slipstream/topology"
)

// Topologies is what a worker tells of what it runs, for people and programs that don't contain it: the
// answer of GET /topology.
type Topologies struct {
	Brokers    []string   `json:"brokers,omitempty"` // host:port of the Kafka that the worker uses
	Topologies []Topology `json:"topologies"`
}

// A Topology is one that a worker runs.
type Topology struct {
	Chart topology.Chart `json:"chart"`
	Text  string         `json:"text"` // as [topology.Topology.Describe] prints it
}

// TopologyOf is what a worker would tell of a topology. Its errors are those of [topology.Topology.Validate].
func TopologyOf(t *topology.Topology) (Topology, error) {
	chart, err := t.Chart()
	return Topology{chart, t.Describe()}, err
}

// Topologies asks the worker what it runs.
func (c *Client) Topologies(ctx context.Context) (t Topologies, err error) {
	err = c.decode(ctx, "/topology", &t)
	return t, err
}

func (h handler) topology(http.ResponseWriter, *http.Request) (any, error) {
	t := h.Topologies
	if t.Topologies == nil {
		t.Topologies = []Topology{}
	}
	return t, nil
}
