package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/topology"
)

// An atlas is who speaks with whom in a topology, by which topics.
type atlas struct {
	name   string
	places []place
}

// A place is one stage: the agents and desks that share a table's rows.
type place struct {
	id    string // in a chart
	name  string
	role  string   // of those who are there
	table bool     // it has rows
	reads []string // topics, as are those that it writes
	wrote []string
	asks  []string // operators
	looks []string // tables of others
}

// newAtlas is that of a plan; roles say who is at a stage.
func newAtlas(p *topology.Plan, roles map[string]string) atlas {
	a := atlas{name: p.Name}
	for i := range p.Stages {
		s := &p.Stages[i]
		at := place{id: fmt.Sprint("p", i), name: s.Name, role: roles[s.Name], table: s.Table != "", looks: s.Lookups}
		for _, id := range s.Nodes {
			switch n := &p.Nodes[id]; n.Kind {
			case topology.KindFrom:
				at.reads = append(at.reads, n.Name)
			case topology.KindTo:
				at.wrote = append(at.wrote, n.Name)
			case topology.KindAsync:
				at.asks = append(at.asks, n.Name)
			}
		}
		for _, names := range []*[]string{&at.reads, &at.wrote, &at.asks} {
			slices.Sort(*names)
			*names = slices.Compact(*names)
		}
		a.places = append(a.places, at)
	}
	return a
}

// text is the atlas for people.
func (a atlas) text(w io.Writer) {
	fmt.Fprintf(w, "agents and topics of %s\n", a.name)
	for _, p := range a.places {
		fmt.Fprintf(w, "\n%s\n", p.title())
		for _, l := range []struct {
			what  string
			names []string
		}{{"reads", p.reads}, {"writes", p.wrote}, {"looks at", p.looks}} {
			if len(l.names) > 0 {
				fmt.Fprintf(w, "  %-9s %s\n", l.what, strings.Join(l.names, ", "))
			}
		}
	}
}

// title says what a place is: who is there, their table, and what they ask.
func (p place) title() string {
	t := p.name
	if p.table {
		t = "table " + t
	}
	if p.role != "" {
		t = p.role + " (" + t + ")"
	}
	if len(p.asks) > 0 {
		t += ", asks " + list(p.asks, "and")
	}
	return t
}

// An arrow is topics on their way, or a copy of a table. Nobody here may be at one end of it.
type arrow struct {
	from, to string
	topics   []string
	copied   bool
}

// arrows are all ways between two places, with all their topics.
func (a atlas) arrows() (all []arrow) {
	ways := map[[2]string][]string{}
	for topic, ends := range a.topics() {
		for _, from := range orNobody(ends[0]) {
			for _, to := range orNobody(ends[1]) {
				ways[[2]string{from, to}] = append(ways[[2]string{from, to}], topic)
			}
		}
	}
	for way, topics := range ways {
		slices.Sort(topics)
		all = append(all, arrow{from: way[0], to: way[1], topics: topics})
	}
	for _, p := range a.places {
		for _, table := range p.looks {
			all = append(all, arrow{from: table, to: p.name, copied: true})
		}
	}
	slices.SortFunc(all, func(x, y arrow) int {
		return cmp.Or(strings.Compare(x.from, y.from), strings.Compare(x.to, y.to), len(y.topics)-len(x.topics))
	})
	return all
}

// topics are the names of those who write each topic, and who read it.
func (a atlas) topics() map[string][2][]string {
	topics := map[string][2][]string{}
	for _, p := range a.places {
		for i, names := range [][]string{p.wrote, p.reads} {
			for _, name := range names {
				ends := topics[name]
				ends[i] = append(ends[i], p.name)
				topics[name] = ends
			}
		}
	}
	return topics
}

func orNobody(names []string) []string {
	if len(names) == 0 {
		return []string{""}
	}
	return names
}

// ids of places by their names. Whoever is not in the atlas is in, or out.
func (a atlas) ids() (from, to map[string]string) {
	from, to = map[string]string{"": "in"}, map[string]string{"": "out"}
	for _, p := range a.places {
		from[p.name], to[p.name] = p.id, p.id
	}
	return from, to
}

// mermaid is the atlas as a flow chart, as Markdown shows them.
func (a atlas) mermaid(w io.Writer) {
	fmt.Fprint(w, "flowchart LR\n  in([others])\n  out([others])\n")
	for _, p := range a.places {
		fmt.Fprintf(w, "  %s[\"%s\"]\n", p.id, p.title())
	}
	from, to := a.ids()
	for _, r := range a.arrows() {
		line := fmt.Sprintf("-- \"%s\" -->", strings.Join(r.topics, "<br>"))
		if r.copied {
			line = "-.->"
		}
		fmt.Fprintf(w, "  %s %s %s\n", from[r.from], line, to[r.to])
	}
}

// dot is the same for Graphviz.
func (a atlas) dot(w io.Writer) {
	fmt.Fprintf(w, "digraph %q {\n  rankdir=LR\n  node [shape=box]\n  in [shape=plain, label=\"others\"]\n  out [shape=plain, label=\"others\"]\n", a.name)
	for _, p := range a.places {
		fmt.Fprintf(w, "  %s [label=%q]\n", p.id, p.title())
	}
	from, to := a.ids()
	for _, r := range a.arrows() {
		style := fmt.Sprintf("label=%q", strings.Join(r.topics, "\n"))
		if r.copied {
			style = "style=dotted"
		}
		fmt.Fprintf(w, "  %s -> %s [%s]\n", from[r.from], to[r.to], style)
	}
	fmt.Fprintln(w, "}")
}
