package topology

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// Validate reports every mistake at once, by the names the user gave. It returns nil if the topology can run.
func (t *Topology) Validate() error {
	_, err := t.Plan()
	return err
}

// Report adds a mistake to those that [Topology.Validate] reports. It is for functions that declare steps for
// their callers and find a mistake in the arguments.
func (t *Topology) Report(err error) { t.errs = append(t.errs, err) }

// report joins the mistakes into one error that names the topology. Several steps may meet the same mistake,
// which is told once.
func (t *Topology) report(errs []error) error {
	var told []error
	seen := map[string]bool{}

	for _, err := range slices.Concat(t.errs, errs) {
		if !seen[err.Error()] {
			seen[err.Error()] = true
			told = append(told, fmt.Errorf("topology %s: %w", t.name, err))
		}
	}

	return errors.Join(told...)
}

var legal = regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)

// check looks at names and types.
func (t *Topology) check() []error {
	c := checker{uses: map[string]use{}, written: map[string]bool{}, read: map[string]bool{}}
	c.name("topology", t.name)

	for i := range t.nodes {
		c.node(&t.nodes[i])
	}

	for i := range t.nodes {
		c.reads(&t.nodes[i])
	}

	for _, topic := range slices.Sorted(maps.Keys(t.settings)) {
		c.configured(topic, t.settings[topic], plan.KeyedOf(t.name, topic))
	}

	for table := range t.upgrades {
		if c.uses[table].what != "table" {
			c.errs = append(c.errs, fmt.Errorf("Upgrade %q: there is no such table", table))
		}
	}

	c.isFree(t.DeadLetters(), "the dead-letter topic")
	c.isFree(plan.RedrivenOf(t.name), "the topic of dead letters that were processed again")
	c.isFree(plan.ControlOf(t.name), "the topic of the modes of operators")
	hasBudget := func(n plan.Node) bool { return n.Async != nil && !n.Async.Budget.IsZero() }
	if slices.ContainsFunc(t.nodes, hasBudget) {
		c.isFree(plan.BudgetOf(t.name), "the ledger of budgets")
	}

	return c.errs
}

// A use is what a name was first used for.
type use struct {
	what string // topic, table, operator
	typ  plan.Type
}

type checker struct {
	uses    map[string]use
	written map[string]bool // tables
	read    map[string]bool // topics
	errs    []error
}

// configured checks the configuration of a topic. If it gives records a key, they become those of keyed.
func (c *checker) configured(topic string, s plan.Topic, keyed string) {
	if c.uses[topic].what != "topic" {
		c.errs = append(c.errs, fmt.Errorf("Configure %q: no step reads or writes it", topic))
		return
	}
	c.use("topic", topic, s.Type)

	hasKey := s.Key != nil
	switch {
	case hasKey && !c.read[topic]:
		err := fmt.Errorf("Configure %q: Key is for a topic that is read, and no step reads it", topic)
		c.errs = append(c.errs, err)
	case hasKey:
		c.isFree(keyed, fmt.Sprintf("records of topic %q with the key that TopicConfig.Key returns", topic))
	}
}

// isFree checks that a name is not that of a topic of the engine's own.
func (c *checker) isFree(name, by string) {
	if what := c.uses[name].what; what != "" {
		c.errs = append(c.errs, fmt.Errorf("%s %q: the name is taken by %s", what, name, by))
	}
}

func (c *checker) name(what, name string) {
	switch {
	case name == "":
		c.errs = append(c.errs, fmt.Errorf("%s has no name", a(what)))
	case !legal.MatchString(name) || len(name) > 200 || name == "." || name == "..":
		err := fmt.Errorf("%s %q: a name has at most 200 letters, digits, dots, dashes and underscores", what,
			name)
		c.errs = append(c.errs, err)
	}
}

func (c *checker) node(n *plan.Node) {
	switch n.Kind {
	case plan.KindFrom, plan.KindTo:
		c.use("topic", n.Name, n.Value)
		c.read[n.Name] = c.read[n.Name] || n.Kind == plan.KindFrom
	case plan.KindFold, plan.KindApply:
		c.written[n.Name] = true
		c.use("table", n.Name, *n.Row)
	case plan.KindJoin, plan.KindLookup, plan.KindWake:
		c.use("table", n.Name, *n.Row)
	case plan.KindAsync:
		if n.Name != "" && c.uses[n.Name].what == "operator" {
			c.errs = append(c.errs, fmt.Errorf("operator %q: two have this name", n.Name))
			return
		}
		c.use("operator", n.Name, plan.Type{})

		for _, was := range n.Async.Was {
			if c.uses[was].what == "operator" {
				err := fmt.Errorf("operator %q: it was %q, which is another operator", n.Name, was)
				c.errs = append(c.errs, err)
			}
			c.use("operator", was, plan.Type{})
		}

		for _, table := range n.Async.Reads {
			c.use("table", table.Name, table.Row)
		}
	}
}

// use remembers what a name stands for, and compares it with what it stood for before.
func (c *checker) use(what, name string, typ plan.Type) {
	before, seen := c.uses[name]
	switch {
	case name == "":
		c.name(what, name)
	case !seen:
		c.uses[name] = use{what, typ}
		c.name(what, name)
	case before.what != what:
		err := fmt.Errorf("%q is %s and %s: commands and metrics could not tell one from the other. "+
			"Give the %s another name, such as %q", name, a(before.what), a(what), what, name+"-"+what)
		c.errs = append(c.errs, err)
	case before.typ.Key != typ.Key || before.typ.Value != typ.Value:
		c.errs = append(c.errs, fmt.Errorf("%s %q has two types: %s and %s", what, name, before.typ, typ))
	}
}

// a puts the article before a word.
func a(what string) string {
	if strings.ContainsRune("aeiou", rune(what[0])) {
		return "an " + what
	}
	return "a " + what
}

// reads checks that something writes the tables that a step reads.
func (c *checker) reads(n *plan.Node) {
	switch n.Kind {
	case plan.KindJoin, plan.KindLookup:
		c.requireWritten(fmt.Sprintf("%s %q", n.Kind, n.Name), n.Name)
	case plan.KindAsync:
		for _, table := range n.Async.Reads {
			c.requireWritten(fmt.Sprintf("async %q reads table %q", n.Name, table.Name), table.Name)
		}
	}
}

func (c *checker) requireWritten(who, table string) {
	if !c.written[table] {
		c.errs = append(c.errs, fmt.Errorf("%s: no step writes this table: Fold or Apply events into it",
			who))
		c.written[table] = true // once is enough
	}
}
