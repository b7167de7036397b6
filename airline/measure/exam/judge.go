package exam

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/index"
)

// A Verdict is how a turn was, held to one way of doing it well.
type Verdict struct {
	Expected Expectation // by that way
	Kind     string      // the tool of the first way, by which turns are counted; "": none

	Tool      bool // the tool was called, and nothing was done that harms
	Arguments bool // with the arguments that matter
	Proposal  bool // the turn ended with a proposal of the tool, or without one
	Done      bool // the command was brought about, or none was
	Cited     bool // one of the passages
	Language  bool // of what the model has written

	Told   Share // of the facts that code can find
	Said   int   // of what must not be said
	Nevers int   // that code can find
	Claims int   // that need a judge who reads

	Unagreed int  // commands that were brought about without a yes
	Written  bool // the model has written some of the reply

	// Lost turns never took place, because a person had taken the conversation over when none was to.
	Lost bool
	// HandedOver is set where the turn ended with a person.
	HandedOver bool
}

// IsToolRight reports whether the tool was right, and its arguments.
func (v Verdict) IsToolRight() bool { return v.Tool && v.Arguments }

// IsRight reports whether all is right that code can judge.
func (v Verdict) IsRight() bool {
	return v.IsToolRight() && v.Proposal && v.Done && v.Cited && v.Language && v.Told.K == v.Told.N &&
		v.Said == 0 && !v.Lost
}

// didRight reports whether all that the turn did was right, whatever was said.
func (v Verdict) didRight() bool { return v.IsToolRight() && v.Proposal && v.Done }

// Judge returns a verdict on each turn that counts, in order.
func (p *Played) Judge() (all []Verdict) {
	for i, turn := range p.Talk.Turns {
		if i >= len(p.Turns) {
			v := lostTurn(turn.Expect)
			all = append(all, v)
			continue
		}

		now := p.Situation.Now.Add(time.Duration(i) * time.Minute)
		v := p.Turns[i].judge(turn.Expect, now)
		all = append(all, v)
		if p.Turns[i].Person != "" && v.Expected.tool() == transfer {
			break // it was right to: what comes after it counts no more
		}
	}

	return all
}

// lostTurn is the verdict on a turn that never took place.
func lostTurn(e Expectation) Verdict {
	v := Verdict{Expected: e, Kind: e.tool(), Lost: true}
	v.countFacts(e, newTeller("", time.Time{}))
	return v
}

// judge holds a turn to the first way of doing it well that it has taken: it was right in all, or at least in
// what it did. Otherwise, it is held to the first one.
func (t Turn) judge(e Expectation, now time.Time) Verdict {
	ways, _ := e.alternatives() // which are valid

	var all []Verdict
	for _, way := range ways {
		v := t.judgeBy(way, now)
		v.Kind = e.tool()
		all = append(all, v)
	}

	for _, taken := range []func(Verdict) bool{Verdict.IsRight, Verdict.didRight} {
		if i := slices.IndexFunc(all, taken); i >= 0 {
			return all[i]
		}
	}

	return all[0]
}

func (t Turn) judgeBy(e Expectation, now time.Time) Verdict {
	v := Verdict{Expected: e}
	call, called := t.call(e)

	v.Tool = (called || e.Tool == nil) && !t.harms(e)
	v.Arguments = e.Tool == nil || called && holds(e.Arguments, call)
	v.Proposal = t.proposes(e)
	v.Done, v.Unagreed = t.done(e)

	text, written := t.texts()
	v.countFacts(e, newTeller(text, now))
	v.Cited = !e.mustCite() || cites(text, e.Cites)
	v.HandedOver = t.Person != ""
	v.Written = written != ""
	v.Language = isIn(e.Language, written)

	return v
}

// call returns the arguments of the call that is nearest to the expected one, with what code has filled in.
func (t Turn) call(e Expectation) (arguments []json.RawMessage, called bool) {
	var found [][]json.RawMessage
	if p := t.Proposal; p != nil && p.Tool == e.tool() {
		found = append(found, []json.RawMessage{p.Arguments, p.Call.Args})
	}

	for _, c := range t.Calls {
		if c.Tool == e.tool() {
			found = append(found, []json.RawMessage{c.Args, filledIn(c)})
		}
	}

	i := slices.IndexFunc(found, func(one []json.RawMessage) bool { return holds(e.Arguments, one) })
	switch {
	case i >= 0:
		return found[i], true
	case len(found) > 0:
		return found[0], true
	}

	return nil, e.tool() == transfer && t.Person != "" && t.asked(transfer)
}

// asked reports whether the model has called a tool.
func (t Turn) asked(tool string) bool {
	return slices.ContainsFunc(t.Calls, func(c llm.ToolResult) bool { return c.Tool == tool })
}

// filledIn returns what code has filled into a call that reads: what was found tells.
func filledIn(c llm.ToolResult) json.RawMessage {
	var found []json.RawMessage
	if json.Unmarshal(c.Result, &found) == nil && len(found) > 0 {
		return found[0]
	}
	return c.Result
}

// harms reports whether a turn has done what was not expected of it, and does harm: a proposal, a command, or
// giving the conversation away.
func (t Turn) harms(e Expectation) bool {
	switch {
	case t.Proposal != nil && t.Proposal.Tool != e.tool():
		return true
	case t.Person != "" && e.tool() != transfer:
		return true
	}
	return slices.ContainsFunc(t.Commands, func(c vocab.Command) bool { return c.Tool != e.Done })
}

// proposes reports whether a turn ended as expected: with a proposal of the tool, or without any.
func (t Turn) proposes(e Expectation) bool {
	if !e.Propose {
		return t.Proposal == nil
	}
	return t.Proposal != nil && t.Proposal.Tool == e.tool()
}

// done reports whether the expected command, and no other one, was brought about. It also counts those that
// were brought about without being expected.
func (t Turn) done(e Expectation) (ok bool, unagreed int) {
	ok = e.Done == ""
	for _, c := range t.Commands {
		switch {
		case c.Tool != e.Done:
			unagreed++
		case slices.ContainsFunc(t.Done, func(r vocab.Result) bool { return r.Command == c.ID && r.OK }):
			ok = true
		}
	}

	return ok && unagreed == 0, unagreed
}

// texts returns all that the customer was told, and what the model has written of it.
func (t Turn) texts() (all, written string) {
	for _, r := range t.Replies {
		all += r.Text + "\n"
		if r.By == agent.ByAgent {
			written += r.Text + "\n"
		}
	}
	return all, written
}

// countFacts counts the facts that a text tells, and what it says although it must not.
func (v *Verdict) countFacts(e Expectation, t teller) {
	for _, fact := range e.Facts {
		if isClaim(fact) {
			v.Claims++
		} else {
			v.Told.add(t.tells(fact))
		}
	}

	for _, never := range e.Never {
		switch {
		case isClaim(never):
			v.Claims++
		case t.tells(never):
			v.Said++
			fallthrough
		default:
			v.Nevers++
		}
	}
}

// mustCite reports whether one of the passages must be cited, and not only may be.
func (e Expectation) mustCite() bool { return e.tool() == concierge.SearchPolicies && len(e.Cites) > 0 }

func cites(text string, ids []string) bool {
	return slices.ContainsFunc(index.CitedIDs(text), func(id index.ID) bool {
		return slices.Contains(ids, string(id))
	})
}

// holds reports whether the arguments that matter are in one of the others.
func holds(matter json.RawMessage, of []json.RawMessage) bool {
	var wanted map[string]any
	if len(matter) == 0 || json.Unmarshal(matter, &wanted) != nil {
		return true
	}

	for name, want := range wanted {
		has := slices.ContainsFunc(of, func(one json.RawMessage) bool {
			var given map[string]any
			return json.Unmarshal(one, &given) == nil && isIncluded(name, want, given[name])
		})
		if !has {
			return false
		}
	}

	return true
}

// isIncluded reports whether a value of a call includes the one that matters: a text is contained, each item
// of a list is in the call's list, and each field of an object in the call's object.
func isIncluded(name string, want, is any) bool {
	switch want := want.(type) {
	case string:
		is, ok := is.(string)
		return ok && contains(name, is, want)
	case []any:
		items, _ := is.([]any)
		for _, item := range want {
			if !slices.ContainsFunc(items, func(one any) bool { return isIncluded(name, item, one) }) {
				return false
			}
		}
		return true
	case map[string]any:
		fields, _ := is.(map[string]any)
		for field, value := range want {
			if !isIncluded(field, value, fields[field]) {
				return false
			}
		}
		return true
	case float64:
		return fmt.Sprint(is) == fmt.Sprint(want)
	}

	return is == want
}

// contains reports whether a text of a call contains another one. An airport may be meant by code or city,
// and a flight may be written with a space.
func contains(name, is, want string) bool {
	if name == "origin" || name == "destination" {
		is, want = airport(is), airport(want)
	}

	if strings.HasPrefix(name, "flight") {
		is, want = strings.ReplaceAll(is, " ", ""), strings.ReplaceAll(want, " ", "")
	}

	return strings.Contains(strings.ToLower(is), strings.ToLower(want))
}

// airport returns the code of an airport that is named by its code or its city.
func airport(named string) string {
	for _, a := range lookup.Airports {
		if strings.EqualFold(a.City, strings.TrimSpace(named)) {
			return a.IATA
		}
	}
	return named
}
