package topology

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// A Chart is a topology as people and tools outside of the process see it: stages, the topics between them,
// and the names of all that lasts. [Topology.Chart] makes it. Its JSON can be read back.
type Chart struct {
	Name        string       `json:"name"`
	Topics      []ChartTopic `json:"topics"` // in the order in which they were first named
	Stages      []ChartStage `json:"stages"`
	DeadLetters string       `json:"dead_letters"`      // a topic
	Journal     string       `json:"journal,omitempty"` // topics of answers on record; "": there are none
	Parts       string       `json:"journal_parts,omitempty"`
}

// A ChartTopic is a topic that the topology names.
type ChartTopic struct {
	Name  string `json:"name"`
	Key   string `json:"key"`   // its type
	Value string `json:"value"` // its type
	In    bool   `json:"in,omitempty"`
	Out   bool   `json:"out,omitempty"`
}

// A ChartStage is one consumer group, with the topics that it reads and writes.
type ChartStage struct {
	Name      string   `json:"name"`
	Label     string   `json:"label,omitempty"` // see [Topology.Label]
	Group     string   `json:"group"`
	Table     string   `json:"table,omitempty"`
	Key       string   `json:"key,omitempty"`       // its type, of a table
	Row       string   `json:"row,omitempty"`       // its type, of a table
	Changelog string   `json:"changelog,omitempty"` // a topic
	Reads     []string `json:"reads,omitempty"`     // topics, sorted
	Writes    []string `json:"writes,omitempty"`    // topics, sorted
	Asks      []string `json:"asks,omitempty"`      // operators, sorted
	Copies    []string `json:"copies,omitempty"`    // tables of which it reads copies

	Candidates map[string][]string `json:"candidates,omitempty"` // by operator, sorted
}

// Chart returns the topology's chart, or what [Topology.Validate] reports.
func (t *Topology) Chart() (Chart, error) {
	p, err := t.Plan()
	if err != nil {
		return Chart{}, err
	}

	c := Chart{Name: p.Name, DeadLetters: p.DeadLetters()}
	if p.HasJournal() {
		c.Journal, c.Parts = p.Journal(), p.JournalParts()
	}

	for _, topic := range p.Topics {
		key, value := topic.Type.Names()
		c.Topics = append(c.Topics, ChartTopic{topic.Name, key, value, topic.Read, topic.Written})
	}

	for i := range p.Stages {
		c.Stages = append(c.Stages, t.chartStage(p, &p.Stages[i]))
	}

	return c, nil
}

func (t *Topology) chartStage(p *plan.Plan, s *plan.Stage) ChartStage {
	c := ChartStage{
		Name:   s.Name,
		Label:  t.labels[s.Name],
		Group:  p.Group(s),
		Table:  s.Table,
		Copies: s.Lookups,
	}

	if s.Rows != nil {
		c.Key, c.Row = s.Rows.Names()
	}

	if s.Keeps {
		c.Changelog = p.Changelog(s)
	}

	for _, id := range s.Nodes {
		switch n := &p.Nodes[id]; n.Kind {
		case plan.KindFrom:
			c.Reads = append(c.Reads, n.Name)
		case plan.KindTo:
			c.Writes = append(c.Writes, n.Name)
		case plan.KindAsync:
			c.Asks = append(c.Asks, n.Name)
			if all := n.Async.Candidates; len(all) > 0 {
				if c.Candidates == nil {
					c.Candidates = map[string][]string{}
				}
				c.Candidates[n.Name] = slices.Sorted(maps.Keys(all))
			}
		}
	}

	for _, names := range []*[]string{&c.Reads, &c.Writes, &c.Asks} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}

	return c
}

// String is the chart as text: each stage with what it reads, writes and asks.
func (c Chart) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stages and topics of %s\n", c.Name)

	for _, s := range c.Stages {
		fmt.Fprintf(&b, "\n%s\n", s.title())
		writeNames(&b, "reads", s.Reads)
		writeNames(&b, "writes", s.Writes)
		writeNames(&b, "looks at", s.Copies)
	}

	return b.String()
}

func writeNames(b *strings.Builder, what string, names []string) {
	if len(names) > 0 {
		fmt.Fprintf(b, "  %-9s %s\n", what, strings.Join(names, ", "))
	}
}

// title names a stage for people: its label, its table, and what it asks.
func (s ChartStage) title() string {
	title := s.Name
	if s.Table != "" {
		title = "table " + title
	}

	if s.Label != "" {
		title = s.Label + " (" + title + ")"
	}

	if len(s.Asks) > 0 {
		title += ", asks " + strings.Join(s.Asks, " and ")
	}

	return title
}

// Mermaid is the chart as a flow chart in Mermaid's language, which Markdown viewers draw. A dotted arrow is
// a copy of a table.
func (c Chart) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n  in([others])\n  out([others])\n")

	from, to := map[string]string{"": "in"}, map[string]string{"": "out"} // ids of stages by their names
	for i, s := range c.Stages {
		id := fmt.Sprint("p", i)
		from[s.Name], to[s.Name] = id, id
		fmt.Fprintf(&b, "  %s[\"%s\"]\n", id, s.title())
	}

	for _, a := range c.arrows() {
		line := fmt.Sprintf("-- \"%s\" -->", strings.Join(a.topics, "<br>"))
		if a.topics == nil {
			line = "-.->"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", from[a.from], line, to[a.to])
	}

	return b.String()
}

// An arrow leads from one stage to another: topics, or a copy of a table if there are none. An end that is
// not in the chart is "".
type arrow struct {
	from, to string
	topics   []string
}

// arrows returns at most two arrows from one stage to another: one with all topics, one for copies.
func (c Chart) arrows() (all []arrow) {
	topics := map[[2]string][]string{}
	for topic, e := range c.ends() {
		for _, from := range orOutside(e.writers) {
			for _, to := range orOutside(e.readers) {
				topics[[2]string{from, to}] = append(topics[[2]string{from, to}], topic)
			}
		}
	}

	for way, names := range topics {
		slices.Sort(names)
		all = append(all, arrow{way[0], way[1], names})
	}

	for _, s := range c.Stages {
		for _, table := range s.Copies {
			all = append(all, arrow{from: table, to: s.Name})
		}
	}

	slices.SortFunc(all, func(x, y arrow) int {
		return cmp.Or(
			strings.Compare(x.from, y.from),
			strings.Compare(x.to, y.to),
			len(y.topics)-len(x.topics))
	})

	return all
}

// ends are the stages that write and read a topic.
type ends struct{ writers, readers []string }

func (c Chart) ends() map[string]*ends {
	all := map[string]*ends{}
	of := func(topic string) *ends {
		if all[topic] == nil {
			all[topic] = &ends{}
		}
		return all[topic]
	}

	for _, s := range c.Stages {
		for _, topic := range s.Writes {
			of(topic).writers = append(of(topic).writers, s.Name)
		}

		for _, topic := range s.Reads {
			of(topic).readers = append(of(topic).readers, s.Name)
		}
	}

	return all
}

// orOutside stands "", the outside, for nothing.
func orOutside(stages []string) []string {
	if len(stages) == 0 {
		return []string{""}
	}
	return stages
}
