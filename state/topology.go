package state

import (
	"context"
	"io"
	"net/http"
	"strings"

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

// topology answers in JSON, or in the form that ?format= asks for.
func (h handler) topology(w http.ResponseWriter, r *http.Request) (any, error) {
	t := h.Topologies
	if t.Topologies == nil {
		t.Topologies = []Topology{}
	}

	switch format := r.FormValue("format"); format {
	case "", "json":
		return t, nil
	case "text", "mermaid":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, t.drawn(format)) // the client may have left
		return nil, nil
	default:
		return nil, refuse(http.StatusBadRequest, "format=%s: use json, text or mermaid", format)
	}
}

// drawn returns all topologies as text or in Mermaid's language, with an empty line between two of them.
func (t Topologies) drawn(format string) string {
	var parts []string
	for _, t := range t.Topologies {
		if format == "mermaid" {
			parts = append(parts, t.Chart.Mermaid())
		} else {
			parts = append(parts, t.Text)
		}
	}

	return strings.Join(parts, "\n")
}
