package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Describe prints the plan: stages with their steps, topics, tables, copies, bounds, and notes on what
// nothing takes.
func (p *Plan) Describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "topology %s\n", p.Name)

	for i := range p.Stages {
		p.describeStage(&b, &p.Stages[i])
	}

	p.describeTopics(&b)

	for i, note := range p.notes() {
		if i == 0 {
			fmt.Fprintf(&b, "\nnotes\n")
		}
		fmt.Fprintf(&b, "  %s\n", note)
	}

	return b.String()
}

func (p *Plan) describeStage(b *strings.Builder, s *Stage) {
	fmt.Fprintf(b, "\nstage %s\n", p.Group(s))

	if s.Table != "" {
		fmt.Fprintf(b, "  table %s: %s, changelog %s\n", s.Table, s.Rows, p.Changelog(s))
	} else if s.Keeps {
		fmt.Fprintf(b, "  no table; events that wait are in %s\n", p.Cells(s))
	}

	for _, table := range s.Lookups {
		fmt.Fprintf(b, "  copy of table %s, all partitions\n", table)
	}

	for _, id := range s.Nodes {
		if n := &p.Nodes[id]; n.Kind == KindFrom || n.Kind == KindWake {
			p.describeStep(b, s, id, 1)
		}
	}
}

func (p *Plan) describeStep(b *strings.Builder, s *Stage, id, depth int) {
	n := &p.Nodes[id]
	step := strings.TrimSpace(string(n.Kind) + " " + n.Name)
	fmt.Fprintf(b, "%s%s%s\n", strings.Repeat("  ", depth), step, n.bounds())

	for _, next := range s.Next(id) {
		p.describeStep(b, s, next, depth+1)
	}

	if n.Kind == KindAsync && len(s.Next(n.Async.Unsettled)) > 0 {
		p.describeStep(b, s, n.Async.Unsettled, depth+1)
	}
}

// bounds prints the policy of an operator, and when rows are woken.
func (n *Node) bounds() string {
	switch n.Kind {
	case KindWake:
		return ": when a row that it read has changed, and when its time has come"
	case KindAsync:
	default:
		return ""
	}

	a := n.Async
	s := fmt.Sprintf(": %d in flight, %v a call, asked again %d times if the case ",
		a.InFlight, a.Timeout, a.Reasks)
	if a.Changed == nil {
		s += "fails its check"
	} else {
		s += "changed"
	}

	if a.Deadline != nil {
		s += ", with a deadline"
	}

	if a.Latest {
		s += ", only the newest of a key"
	}

	if a.Tenant != nil {
		s += ", tenants in turn"
	}

	if a.Priority != nil {
		s += ", by priority"
	}

	if a.Record {
		s += "; on record"
	}

	if len(a.Candidates) > 0 {
		s += "; candidates " + strings.Join(slices.Sorted(maps.Keys(a.Candidates)), ", ")
	}

	for i, l := range a.Budget.Limits {
		s += map[bool]string{true: "; budget " + a.Budget.Name + ": ", false: ", "}[i == 0] + l.String()
	}

	for i, table := range a.Reads {
		s += map[bool]string{true: "; reads ", false: ", "}[i == 0] + table.Name
	}

	return s
}

func (p *Plan) describeTopics(b *strings.Builder) {
	fmt.Fprintf(b, "\ntopics\n")

	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	for _, t := range p.Topics {
		use := "in, out"
		switch {
		case !t.Written:
			use = "in"
		case !t.Read:
			use = "out"
		}

		parts := "the worker's partitions"
		if t.Partitions > 0 {
			parts = fmt.Sprint(t.Partitions, " partitions")
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", t.Name, use, t.Type, parts)
	}

	for i := range p.Stages {
		s := &p.Stages[i]
		if s.Waits {
			fmt.Fprintf(w, "  %s\town\tevents that wait for an answer\tthose of its stage\n", p.Cells(s))
		}
		fmt.Fprintf(w, "  %s\town\tdead letters to redrive\tthose of its stage\n", p.Inbox(s))
	}

	fmt.Fprintf(w, "  %s\tout\tbad records, as they came\tthe worker's partitions\n", p.DeadLetters())

	fmt.Fprintf(w, "  %s\town\tdead letters redriven\t1 partition\n", RedrivenOf(p.Name))

	if p.HasOperators() {
		fmt.Fprintf(w, "  %s\town\tmodes of operators\t1 partition\n", ControlOf(p.Name))
	}

	if p.HasBudgets() {
		fmt.Fprintf(w, "  %s\town\tledger of budgets\t1 partition\n", BudgetOf(p.Name))
	}

	if p.HasJournal() {
		fmt.Fprintf(w, "  %s\tout\tanswers on record\tthe worker's partitions\n", p.Journal())
		fmt.Fprintf(w, "  %s\tout\trows and texts they refer to\tthe worker's partitions\n", p.JournalParts())
	}
	_ = w.Flush() // into a strings.Builder
}

// notes lists what is allowed but seldom meant.
func (p *Plan) notes() (notes []string) {
	taken := map[int]bool{}
	for _, n := range p.Nodes {
		for _, from := range n.From {
			if n.Kind != KindUnsettled {
				taken[from] = true
			}
		}
	}

	for _, n := range p.Nodes {
		switch {
		case taken[n.ID]:
		case n.Kind == KindUnsettled:
			notes = append(notes, fmt.Sprintf("unsettled cases of %s go to %s: nobody takes them",
				n.Name, p.DeadLetters()))
		case n.Kind == KindAsync:
			notes = append(notes, fmt.Sprintf("answers of %s have no effect: nobody takes them", n.Name))
		case n.Kind != KindTo && n.Kind != KindFold && n.Kind != KindApply:
			notes = append(notes, fmt.Sprintf("the stream of %s %s has no effect: nobody takes it",
				n.Kind, n.Name))
		}
	}

	return notes
}
