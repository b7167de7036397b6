package plan

import (
	"fmt"
	"slices"
)

// cut divides the steps into stages.
//
// A pure step above every table and operator may run in several stages at once, so branches part there. All
// else runs in one place: a step and what is below it belong together, and so do all steps that touch the
// same table.
func (p *Plan) cut() (errs []error) {
	c := cutter{
		p:      p,
		forks:  make([]bool, len(p.Nodes)),
		parent: make([]int, len(p.Nodes)),
	}

	for i := range p.Nodes {
		c.parent[i] = i
	}

	for i := range p.Nodes {
		c.forks[i] = c.canFork(&p.Nodes[i])
		for _, from := range p.Nodes[i].From {
			if !c.forks[i] && !c.forks[from] {
				c.join(i, from)
			}
		}
	}

	owners := c.owners(&errs)
	c.addStateless(owners)

	for i := range p.Nodes {
		if o, ok := owners[c.find(i)]; ok && !c.forks[i] {
			c.place(o, i)
		}
	}

	for i := range p.Stages {
		c.fillIn(&p.Stages[i])
	}

	return errs
}

// A cutter is the state of one cut: sets of steps that must run together, by union and find.
type cutter struct {
	p      *Plan
	forks  []bool // by node: it may run in several stages
	parent []int  // by node: another of its set; the root is its own parent
}

func (c *cutter) find(i int) int {
	for c.parent[i] != i {
		i = c.parent[i]
	}
	return i
}

func (c *cutter) join(i, j int) { c.parent[c.find(i)] = c.find(j) }

// canFork reports whether the step may run in several stages: it is pure, and so is the single path that
// leads to it.
func (c *cutter) canFork(n *Node) bool {
	switch n.Kind {
	case KindFrom:
		return true
	case KindFilter, KindCheck, KindMap, KindFlatMap, KindEvents, KindLookup, KindRekey:
		return c.forks[n.From[0]]
	}
	return false
}

// owners returns the stage of each set that has a table, or else an operator. The stage is named by these.
func (c *cutter) owners(errs *[]error) map[int]int {
	owners, touched := map[int]int{}, map[int]*Node{}
	for i := range c.p.Nodes {
		n := &c.p.Nodes[i]

		table, set := n.table(), c.find(i)
		if table == "" {
			continue
		}

		if before := touched[set]; before != nil && before.Name != table {
			*errs = append(*errs, fmt.Errorf(
				"%s %q and %s %q are on one stream: a stage has one table; "+
					"keep both in one row, or read one by Lookup",
				before.Kind, before.Name, n.Kind, table))
			continue
		}
		touched[set] = n
		owners[set] = c.stage(table, table, n.Row)
	}

	for i := range c.p.Nodes {
		if n := &c.p.Nodes[i]; n.Kind == KindAsync {
			if _, ok := owners[c.find(i)]; !ok {
				owners[c.find(i)] = c.stage(n.Name, "", nil)
			}
		}
	}

	return owners
}

// addStateless gives sets without a table or operator to the first stage that reads the same topics, else to
// a stage of their own that is named by the first topic.
func (c *cutter) addStateless(owners map[int]int) {
	reads := map[string]int{}
	for i := range c.p.Nodes {
		if o, ok := owners[c.find(i)]; ok && !c.forks[i] {
			for _, topic := range c.sources(i) {
				if at, seen := reads[topic]; !seen || o < at {
					reads[topic] = o
				}
			}
		}
	}

	for i := range c.p.Nodes {
		set := c.find(i)
		if _, ok := owners[set]; ok || c.forks[i] {
			continue
		}

		topics := c.setSources(set)
		o, ok := reads[topics[0]]
		for _, topic := range topics[1:] {
			if at, seen := reads[topic]; !seen || at != o {
				ok = false
			}
		}

		if !ok {
			o = c.stage(topics[0], "", nil)
		}
		owners[set] = o
	}
}

// sources returns the topics from which forkable steps lead to step i.
func (c *cutter) sources(i int) (topics []string) {
	for _, from := range c.p.Nodes[i].From {
		for c.forks[from] {
			if n := &c.p.Nodes[from]; n.Kind == KindFrom {
				topics = append(topics, n.Name)
				break
			}
			from = c.p.Nodes[from].From[0]
		}
	}

	return topics
}

func (c *cutter) setSources(set int) (topics []string) {
	for i := range c.p.Nodes {
		if !c.forks[i] && c.find(i) == set {
			topics = append(topics, c.sources(i)...)
		}
	}
	return topics
}

// stage returns the index of the stage with that name. It adds one if there is none.
func (c *cutter) stage(name, table string, rows *Type) int {
	for i := range c.p.Stages {
		if c.p.Stages[i].Name == name {
			return i
		}
	}
	c.p.Stages = append(c.p.Stages, Stage{Name: name, Table: table, Rows: rows})
	return len(c.p.Stages) - 1
}

// place adds step i, and the forkable steps that lead to it, to a stage.
func (c *cutter) place(stage, i int) {
	s := &c.p.Stages[stage]
	if slices.Contains(s.Nodes, i) {
		return
	}

	s.Nodes = append(s.Nodes, i)
	for _, from := range c.p.Nodes[i].From {
		if c.forks[from] {
			c.place(stage, from)
		}
	}
}

// fillIn sets what follows from a stage's steps.
func (c *cutter) fillIn(s *Stage) {
	slices.Sort(s.Nodes)
	s.Keeps = s.Table != ""
	s.next = map[int][]int{}

	for _, id := range s.Nodes {
		n := &c.p.Nodes[id]
		switch n.Kind {
		case KindFrom:
			s.Inputs = appendNew(s.Inputs, n.Name)
		case KindLookup:
			s.Lookups = appendNew(s.Lookups, n.Name)
		case KindAsync:
			s.Keeps, s.Waits = true, true
			for _, table := range n.Async.Reads {
				s.Lookups = appendNew(s.Lookups, table.Name)
			}
		case KindUnsettled:
			continue // it takes failures, not answers
		}

		for _, from := range n.From {
			if slices.Contains(s.Nodes, from) {
				s.next[from] = append(s.next[from], id)
			}
		}
	}
	s.Inputs = append(s.Inputs, c.p.Inbox(s))
}

func appendNew(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// anchors finds, for each operator, the event that waits and the steps that run again when its answer
// settles. Those that run again take one event each, and return at most one. Any other step is run once: what
// waits is the event as it left that step.
func (p *Plan) anchors() {
	for i := range p.Nodes {
		if p.Nodes[i].Kind != KindAsync {
			continue
		}

		a := *p.Nodes[i].Async // several plans of one topology share the declared one
		p.Nodes[i].Async = &a

		a.Anchor = p.Nodes[i].From[0]
		for p.Nodes[a.Anchor].runsAgain() {
			a.Path = append([]int{a.Anchor}, a.Path...)
			a.Anchor = p.Nodes[a.Anchor].From[0]
		}
	}
}
