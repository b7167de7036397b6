package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// ErrStale is the cause when the rows kept changing faster than the operator answered. Users know it as
// topology.ErrStale.
var ErrStale = errors.New("topology: the case changed while it was decided")

// A Plan is a topology as engines see it: types erased, in declaration order, cut into stages.
type Plan struct {
	Name   string
	Nodes  []Node
	Stages []Stage
	Topics []Topic // in the order in which they were first named

	Upgrades map[string]Upgrade // of tables whose rows have a version
}

// An Upgrade makes the rows of a table what this version of it has.
type Upgrade struct {
	Version int
	Row     func(version int, old []byte) ([]byte, error)
}

// New cuts steps into stages. It returns every mistake that prevents it.
func New(name string, nodes []Node, topics []Topic) (*Plan, []error) {
	p := &Plan{Name: name, Nodes: slices.Clone(nodes), Topics: topics}

	errs := p.cut()
	p.anchors()
	errs = append(errs, p.wakes()...)
	errs = append(errs, p.checkChangelogs()...)
	errs = append(errs, p.checkJournal()...)
	errs = append(errs, Collisions(p)...)
	return p, errs
}

// A Stage is what runs in one consumer group: the steps that share one table's rows, and what leads to and
// from them.
type Stage struct {
	Name    string   // of its table, else of its operator, else of its topic
	Table   string   // "": none
	Rows    *Type    // of the table
	Keeps   bool     // it has rows, or events that wait for an answer, and so a changelog
	Waits   bool     // it has operators, and so a topic for the events that wait
	Inputs  []string // topics, co-partitioned; the last one is its inbox
	Lookups []string // tables of which it reads copies, those of its operators included
	Nodes   []int    // its steps, in declaration order

	next map[int][]int
}

// Next returns the steps of this stage below node id, in declaration order. Below an async step these take
// answers; failures go to Async.Unsettled.
func (s *Stage) Next(id int) []int { return s.next[id] }

// Froms returns the steps of this stage that read the topic.
func (s *Stage) Froms(p *Plan, topic string) (ids []int) {
	for _, id := range s.Nodes {
		if n := &p.Nodes[id]; n.Kind == KindFrom && n.Name == topic {
			ids = append(ids, id)
		}
	}
	return ids
}

// A Codec turns values into bytes and back, as topology.Codec does.
type Codec interface {
	Marshal(v any) ([]byte, error)
	Unmarshal(b []byte, v any) error
}

// A Topic is what a topology knows of a topic.
type Topic struct {
	Name        string
	Type        Type
	Read        bool // by From
	Written     bool // by To
	Codec       Codec
	Key         func(any) string    // nil: the record's key
	Time        func(any) time.Time // nil: the record's timestamp
	Ahead       time.Duration       // of now: later event times are not taken
	RefuseAhead bool                // they make the record a dead letter
	Start       time.Time           // where a group without a position begins; zero: at the beginning
	Partitions  int                 // 0: the worker's setting
	Settings    map[string]string   // of Kafka, if it has to be created
	Headers     func(any) map[string]string
	KeyedFrom   string // the topic whose records it has under the keys that this one's Key returns; "": none
}

// Topic returns the plan of a topic, or nil.
func (p *Plan) Topic(name string) *Topic {
	for i := range p.Topics {
		if p.Topics[i].Name == name {
			return &p.Topics[i]
		}
	}
	return nil
}

// Stage returns the stage of a table, or nil.
func (p *Plan) Stage(table string) *Stage {
	for i := range p.Stages {
		if p.Stages[i].Table == table {
			return &p.Stages[i]
		}
	}
	return nil
}

// Group names the consumer group of a stage.
func (p *Plan) Group(s *Stage) string { return p.Name + "." + s.Name }

// Changelog names the topic of a stage's rows, as goka does.
func (p *Plan) Changelog(s *Stage) string { return p.Group(s) + "-table" }

// Cells names the topic of the events that wait for the operators of a stage.
func (p *Plan) Cells(s *Stage) string { return p.Group(s) + "-cells" }

// Inbox names the topic by which people reach a stage: see internal/stage/inbox.go. It is one of its Inputs.
func (p *Plan) Inbox(s *Stage) string { return InboxOf(p.Group(s)) }

// InboxOf is Inbox by the stage's consumer group.
func InboxOf(group string) string { return group + "-inbox" }

// DeadLetters names the topic of records that could not be processed.
func (p *Plan) DeadLetters() string { return DeadLettersOf(p.Name) }

// DeadLettersOf is DeadLetters by the topology's name.
func DeadLettersOf(topology string) string { return topology + ".dead-letters" }

// RedrivenOf names the topic of the dead letters that have been processed again: keys are a letter's
// partition and offset, such as 3/17, and values the time. It is compacted.
func RedrivenOf(topology string) string { return topology + ".redriven" }

// ControlOf names the topic of the modes of operators: keys are their names. It is compacted, and exists if
// HasOperators.
func ControlOf(topology string) string { return topology + ".control" }

// BudgetOf names the topic of the ledger of a topology's budgets: see internal/ledger. It exists if
// HasBudgets.
func BudgetOf(topology string) string { return topology + ".budget" }

// HasBudgets reports whether what any operator may cost has limits.
func (p *Plan) HasBudgets() bool {
	return slices.ContainsFunc(p.Nodes, func(n Node) bool {
		return n.Kind == KindAsync && !n.Async.Budget.IsZero()
	})
}

// HasOperators reports whether the topology asks any operator.
func (p *Plan) HasOperators() bool {
	return slices.ContainsFunc(p.Nodes, func(n Node) bool { return n.Kind == KindAsync })
}

// HasOperator reports whether the topology asks an operator that has this name, or had it.
func (p *Plan) HasOperator(name string) bool {
	return slices.ContainsFunc(p.Nodes, func(n Node) bool {
		return n.Kind == KindAsync && (n.Name == name || slices.Contains(n.Async.Was, name))
	})
}

// HasCandidate reports whether an operator that has this name, or had it, has the candidate.
func (p *Plan) HasCandidate(operator, candidate string) bool {
	return slices.ContainsFunc(p.Nodes, func(n Node) bool {
		return n.Kind == KindAsync && (n.Name == operator || slices.Contains(n.Async.Was, operator)) &&
			n.Async.Candidates[candidate] != nil
	})
}

// Journal names the topic of answers on record. It exists if HasJournal.
func (p *Plan) Journal() string { return p.Name + ".journal" }

// JournalParts names the topic of the rows and texts that records refer to.
func (p *Plan) JournalParts() string { return p.Journal() + "-parts" }

// HasJournal reports whether the answers of any operator go on record.
func (p *Plan) HasJournal() bool {
	return slices.ContainsFunc(p.Nodes, func(n Node) bool { return n.Kind == KindAsync && n.Async.Record })
}

// checkChangelogs checks the names that stages give to topics of their own.
func (p *Plan) checkChangelogs() (errs []error) {
	const maxName = 249 // that Kafka takes
	for i := range p.Stages {
		s := &p.Stages[i]
		own := []string{p.Inbox(s)}
		if s.Keeps {
			own = append(own, p.Changelog(s))
		}

		if s.Waits {
			own = append(own, p.Cells(s))
		}

		for _, name := range own {
			if len(name) > maxName {
				errs = append(errs, fmt.Errorf(
					"topic %s would have a name of %d letters, of at most %d: "+
						"shorten that of the topology or of %s",
					name, len(name), maxName, s.Name))
			} else if p.Topic(name) != nil {
				errs = append(errs, fmt.Errorf(
					"topic %q: the name is taken by stage %s for a topic of its own", name, p.Group(s)))
			}
		}
	}

	return errs
}

// checkJournal checks that the names of the journal's topics are free.
func (p *Plan) checkJournal() (errs []error) {
	if !p.HasJournal() {
		return nil
	}

	for _, name := range []string{p.Journal(), p.JournalParts()} {
		if p.Topic(name) != nil {
			errs = append(errs, fmt.Errorf("topic %q: the name is taken by the record of answers", name))
		}
	}

	return errs
}

// KeyedOf names the topic of a topology's own in which the records of a topic have the key that the topology
// gives them.
func KeyedOf(topology, topic string) string { return topology + "." + topic + "-keyed" }

// JSON is the default codec, and that of rows: encoding/json.
type JSON struct {
	Strict bool // a field that the Go type lacks is an error
}

// Marshal encodes v.
func (JSON) Marshal(v any) ([]byte, error) { return json.Marshal(v) }

// Unmarshal decodes b into the pointer v.
func (j JSON) Unmarshal(b []byte, v any) error {
	if !j.Strict {
		return json.Unmarshal(b, v)
	}

	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}

	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more behind the value")
	}

	return nil
}
