package view

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/topology"
)

// # The life of an answer
//
// A question makes it pending. A reply makes it stand, and then it waits for changes of what it has read. One
// that matters makes it stale. Then it waits until its least interval has passed, and is pending again. While
// it is pending or stale it waits for no change: the next reply is made on the newest rows, and what it has
// read is compared with what there is once it stands.

// An effect is what a step leads to: one of these.
type effect[Q, W any] struct {
	Ask     *ask           `json:"ask,omitempty"`
	Renewed *Renewed[W]    `json:"renewed,omitempty"`
	Failure *Failure[Q, W] `json:"failure,omitempty"`
}

// An ask has an answer asked for. What is asked is in the answer's row.
type ask struct {
	Question string `json:"question"` // its id
}

func (e effect[Q, W]) question() *ask          { return e.Ask }
func (e effect[Q, W]) renewed() *Renewed[W]    { return e.Renewed }
func (e effect[Q, W]) failure() *Failure[Q, W] { return e.Failure }

func (a Answer[Q, W]) isPending() bool { return a.Pending }
func (a Answer[Q, W]) question() Q     { return a.Question }

// otherQuestion is why an answer is stale that nothing else is wrong with.
const otherQuestion = "the question was asked again"

// ask is the step for a question.
func (v *keeper[K, Q, V, W]) ask(
	a Answer[Q, W], e topology.Event[K, Q],
) (Answer[Q, W], []effect[Q, W]) {
	if reflect.ValueOf(&e.Value).Elem().IsZero() {
		return Answer[Q, W]{}, nil
	}
	a.Question, a.ID = e.Value, e.ID
	a.Hops, a.Failed = 0, ""

	switch {
	case a.Pending: // asked once more in case that the one before has become a dead letter
		a.Again = true
	case !a.Asked.IsZero():
		a.Stale = otherQuestion
		return a, nil
	}
	a.Pending = true

	return a, []effect[Q, W]{{Ask: &ask{a.ID}}}
}

// take is the step for a reply.
func (v *keeper[K, Q, V, W]) take(a Answer[Q, W], r reply[V, W]) (Answer[Q, W], []effect[Q, W]) {
	if !a.Pending {
		return a, nil
	}

	if !r.began.IsZero() {
		a.Asked, a.Replied = r.began, r.ended
	}

	if isOther := r.id != a.ID && (r.id != "" || a.Again); isOther {
		return a.askedAgain(), nil
	}

	was := a
	a.Pending, a.Again, a.Stale, a.Since = false, false, "", time.Time{}
	if r.rests {
		a.Reads = r.reads
	}

	if was.Answered && v.Better != nil && !v.Better(was.Value, r.value, r.asked) {
		return a, nil
	}
	a.Value, a.Answered = r.value, true

	if was.Answered && reflect.DeepEqual(was.Value, a.Value) {
		return a, nil
	}

	return a, []effect[Q, W]{{Renewed: &Renewed[W]{was.Value, a.Value, !was.Answered, was.Stale}}}
}

// askedAgain is an answer to whose question the operator has not replied yet.
func (a Answer[Q, W]) askedAgain() Answer[Q, W] {
	a.Pending, a.Again, a.Stale = false, false, otherQuestion
	return a
}

// fail is the step for a case that the operator has not settled.
func (v *keeper[K, Q, V, W]) fail(
	a Answer[Q, W], f topology.Failure[V],
) (Answer[Q, W], []effect[Q, W]) {
	switch {
	case !a.Pending:
		return a, nil
	case a.Again:
		return a.askedAgain(), nil
	}
	a.Pending = false

	return a.failed(f.Cause)
}

func (a Answer[Q, W]) failed(cause string) (Answer[Q, W], []effect[Q, W]) {
	a.Failed = cause
	return a, []effect[Q, W]{{Failure: &Failure[Q, W]{a.Question, a.Value, cause}}}
}

// waits returns what an answer waits for.
func (v *keeper[K, Q, V, W]) waits(a Answer[Q, W]) plan.Waits {
	switch {
	case a.Pending || a.Failed != "":
		return plan.Waits{}
	case a.Stale != "":
		return plan.Waits{At: v.due(a)}
	}
	return plan.Waits{Reads: a.Reads}
}

// due returns when a stale answer may be asked again.
func (v *keeper[K, Q, V, W]) due(a Answer[Q, W]) time.Time {
	if a.Asked.IsZero() {
		return time.Unix(0, 0) // at once
	}
	return a.Asked.Add(v.every())
}

// wake is the step for an answer of which a row has changed, or whose time has come.
func (v *keeper[K, Q, V, W]) wake(a Answer[Q, W], w plan.Woken) (Answer[Q, W], []effect[Q, W]) {
	if a.Stale == "" {
		cause, fed := v.matters(w.Changed)
		if cause == "" {
			return a, nil
		}
		a.Stale, a.Since = cause, w.Now
		a.Reads = followed(a.Reads, w.Changed) // an answer that is given up without reading rests on these

		if !fed || w.Now.Sub(a.Replied) > v.rest() {
			a.Hops = 0
		}

		if fed {
			a.Hops++
		}

		if a.Hops > v.hops() {
			return a.failed(fmt.Sprintf("the answer was asked again %d times in a row because of tables "+
				"that its view feeds, and now %s: a person has to decide", v.hops(), cause))
		}
	}

	if v.due(a).After(w.Now) {
		return a, nil
	}
	a.Pending, a.Asked = true, w.Now

	return a, []effect[Q, W]{{Ask: &ask{a.ID}}}
}

// followed returns what was read with the changed rows as they are now.
func followed(reads []Read, changed []plan.ChangedRow) []Read {
	reads = slices.Clone(reads)
	for i := range reads {
		read := &reads[i]
		read.Rows = slices.Clone(read.Rows)

		for _, c := range changed {
			if c.Table != read.Table || !read.Covers(c.Key) {
				continue
			}

			read.Rows = slices.DeleteFunc(read.Rows, func(r plan.ReadRow) bool { return r.Key == c.Key })
			if c.New != nil {
				read.Rows = append(read.Rows, plan.ReadRow{Key: c.Key, Version: c.Version, Value: c.New})
			}
		}
	}

	return reads
}

// matters returns the first change that matters, "" if none does, and whether one of those is of a table that
// the view feeds.
func (v *keeper[K, Q, V, W]) matters(changed []plan.ChangedRow) (cause string, fed bool) {
	for i := range changed {
		c := &changed[i]
		if !v.doesMatter(c) {
			continue
		}
		fed = fed || c.Fed

		if cause == "" {
			cause = told(c)
		}
	}
	return cause, fed
}

func (v *keeper[K, Q, V, W]) doesMatter(c *plan.ChangedRow) bool {
	for _, s := range v.Config.Reads {
		if s.name == c.Table && s.matters != nil {
			return s.matters(c.Old, c.New)
		}
	}
	return true
}

// told tells of a change.
func told(c *plan.ChangedRow) string {
	switch {
	case c.New == nil:
		return fmt.Sprintf("%s/%s is gone", c.Table, c.Key)
	case c.Old == nil:
		return fmt.Sprintf("%s/%s@%d is new", c.Table, c.Key, c.Version)
	}
	return fmt.Sprintf("%s/%s@%d has changed", c.Table, c.Key, c.Version)
}
