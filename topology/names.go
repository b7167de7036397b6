package topology

import "github.com/slipstream-go/slipstream/internal/plan"

// Name returns the name given to New.
func (t *Topology) Name() string { return t.name }

// DeadLetters names the topic of records that could not be processed: "<topology>.dead-letters".
func (t *Topology) DeadLetters() string { return t.names().DeadLetters() }

// Journal names the topics of answers on record, see package journal: "<topology>.journal" and
// "<topology>.journal-parts". They exist if an operator's [Policy] says Record.
func (t *Topology) Journal() (records, parts string) {
	return t.names().Journal(), t.names().JournalParts()
}

// Changelog names the topic of the table's rows: "<topology>.<table>-table".
func Changelog[K ~string, V any](t *Topology, table Table[K, V]) string {
	return t.names().Changelog(&plan.Stage{Name: string(table)})
}

// names is a plan that knows no more than the name, from which those of topics follow.
func (t *Topology) names() *plan.Plan { return &plan.Plan{Name: t.name} }

// Label sets what people call a stage, such as "seat desk", in charts. A stage is named by its table, else by
// its operator, else by its topic. A label has no other effect.
func (t *Topology) Label(stage, label string) { t.labels[stage] = label }
