package verb

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// isTool reports whether the program has no topologies: it asks workers for theirs.
func (p Program) isTool() bool { return len(p.Topologies) == 0 }

// topologies returns the program's own, or those of the worker that it asks.
func (p Program) topologies(ctx context.Context, cmd *cli.Command) ([]state.Topology, error) {
	if p.isTool() {
		worker, err := p.Worker(cmd)
		if err != nil {
			return nil, err
		}
		t, err := worker.Topologies(ctx)
		return t.Topologies, err
	}

	var own []state.Topology
	for _, t := range p.Topologies {
		o, err := state.TopologyOf(t)
		if err != nil {
			return nil, err
		}

		own = append(own, o)
	}

	return own, nil
}

// topologyFlag picks one of several topologies; [Program.charts] reads it.
func (p Program) topologyFlag(otherwise string) cli.Flag {
	return &cli.StringFlag{Name: "topology", Usage: "`NAME` of the topology. Defaults to " + otherwise}
}

// charts returns those of the topologies, or of the one that --topology names. With that name and --brokers,
// a tool needs no worker that runs: the names of topics follow from it.
func (p Program) charts(ctx context.Context, cmd *cli.Command) (charts []topology.Chart, err error) {
	name := cmd.String("topology")
	if p.isTool() && name != "" {
		return []topology.Chart{nameOnly(name)}, nil
	}

	all, err := p.topologies(ctx, cmd)
	if err != nil {
		return nil, err
	}

	var names []string
	for _, t := range all {
		names = append(names, t.Chart.Name)
		if name == "" || name == t.Chart.Name {
			charts = append(charts, t.Chart)
		}
	}

	if len(charts) == 0 {
		return nil, UsageError("--topology: there is no %q: %s", name, meant(name, names))
	}

	return charts, nil
}

// nameOnly is the chart of a topology of which only the name is known.
func nameOnly(name string) topology.Chart {
	t := topology.New(name)
	c := topology.Chart{Name: name, DeadLetters: t.DeadLetters()}
	c.Journal, c.Parts = t.Journal()
	return c
}
