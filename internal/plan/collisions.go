package plan

import (
	"fmt"
	"slices"
	"strings"
)

// own returns the names of the topics that the engine makes for the stages of a topology.
func (p *Plan) own() (names []string) {
	for i := range p.Stages {
		s := &p.Stages[i]
		names = append(names, p.Inbox(s))
		if s.Keeps {
			names = append(names, p.Changelog(s))
		}

		if s.Waits {
			names = append(names, p.Cells(s))
		}
	}

	return names
}

// all returns the names of all topics of a topology.
func (p *Plan) all() (names []string) {
	for i := range p.Topics {
		names = append(names, p.Topics[i].Name)
	}

	names = append(names, p.own()...)
	names = append(names, p.DeadLetters(), RedrivenOf(p.Name))
	if p.HasOperators() {
		names = append(names, ControlOf(p.Name))
	}

	if p.HasBudgets() {
		names = append(names, BudgetOf(p.Name))
	}

	if p.HasJournal() {
		names = append(names, p.Journal(), p.JournalParts())
	}

	return names
}

// Collisions returns the topics of some plans of which Kafka takes only one: it has metrics in whose names a
// dot is an underscore.
func Collisions(plans ...*Plan) (errs []error) {
	var names []string
	for _, p := range plans {
		names = append(names, p.all()...)
	}
	slices.Sort(names)

	first := map[string]string{}
	for _, name := range slices.Compact(names) {
		metric := strings.ReplaceAll(name, ".", "_")
		if other, taken := first[metric]; taken {
			errs = append(errs, fmt.Errorf("topics %q and %q: Kafka refuses the second of two names that "+
				"differ only in dots and underscores: rename one, or the table or topology that it is named "+
				"after", other, name))
			continue
		}
		first[metric] = name
	}

	return errs
}

// Together returns what prevents some plans from running in one worker.
func Together(plans []*Plan) (errs []error) {
	names, own := map[string]bool{}, map[string]string{}
	for _, p := range plans {
		if names[p.Name] {
			errs = append(errs, fmt.Errorf("two topologies are named %s: rename one of them", p.Name))
		}
		names[p.Name] = true

		for _, topic := range p.own() {
			own[topic] = p.Name
		}
	}

	for i, p := range plans {
		for j := range p.Topics {
			t := &p.Topics[j]
			if other := own[t.Name]; other != "" && other != p.Name && t.Written {
				errs = append(errs, fmt.Errorf("topology %s writes topic %q, which is one of topology %s "+
					"for itself: write another one", p.Name, t.Name, other))
			}

			for _, before := range plans[:i] {
				if err := sameType(t, before); err != nil {
					errs = append(errs, fmt.Errorf("topologies %s and %s: %w", before.Name, p.Name, err))
				}
			}
		}
	}

	return append(errs, Collisions(plans...)...)
}

// sameType returns an error if another plan has a topic with another type.
func sameType(t *Topic, p *Plan) error {
	other := p.Topic(t.Name)
	if other == nil || other.Type.Key == t.Type.Key && other.Type.Value == t.Type.Value {
		return nil
	}
	return fmt.Errorf("topic %q has two types: %s and %s: use one, or run the topologies in workers of "+
		"their own", t.Name, other.Type, t.Type)
}
