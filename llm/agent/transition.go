package agent

import (
	"fmt"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/internal/text"
)

// An effect is an event that a transition causes. One of its fields is set.
type effect struct {
	Turn     *Turn
	Reply    *Reply
	Command  *Command
	Handover *Handover
}

// Bounds of what is remembered to recognize it when it comes again.
const (
	maxSeen    = 64  // ids of messages
	maxReasons = 256 // reasons for writing unasked
)

// A transition takes a conversation from one state to the next, and collects what that causes. Its methods
// change its own copy of the conversation: a slice or pointer that the old state shares is copied before it
// is changed.
type transition struct {
	Conversation

	name    string // of the agent
	key     string
	bounds  Bounds
	effects []effect
}

// receive takes in a message.
func (t *transition) receive(m Message) {
	if slices.Contains(t.Seen, m.ID) {
		return
	}

	if m.Kind == Occasion {
		t.receiveOccasion(m)
		return
	}

	t.Seen = newest(append(slices.Clone(t.Seen), m.ID), maxSeen)
	switch m.Kind {
	case Forget:
		t.forget(m)
	case TakeOver:
		t.takeOver(m)
	case HandBack:
		t.WithPerson = false
	case Person:
		t.receivePerson(m)
	default:
		t.accept(m)
	}
}

// receiveOccasion takes a reason to write unasked, if it is a new one and neither the customer nor a person
// objects.
func (t *transition) receiveOccasion(m Message) {
	if t.Quiet || t.WithPerson || slices.Contains(t.Reasons, m.ID) {
		return
	}

	t.Reasons = newest(append(slices.Clone(t.Reasons), m.ID), maxReasons)
	t.accept(m)
}

// receivePerson passes on what one of our people says. A yes that comes next answers them, so an open
// proposal lapses.
func (t *transition) receivePerson(m Message) {
	if t.Open != nil {
		t.Open, t.Lapsed = nil, t.Open
	}
	t.addLine(Line{Turn: t.Turns, By: ByPerson, Channel: m.Channel, Text: m.Text, Time: m.Time})
	t.reply(m, ByPerson, m.Text)
	t.condense()
}

// forget erases what was said. It keeps what must not happen again, and the commands whose results are
// still to be told.
func (t *transition) forget(m Message) {
	t.oweResult()
	t.Conversation = Conversation{
		Turns:      t.Turns,
		Seen:       t.Seen,
		Reasons:    t.Reasons,
		Quiet:      t.Quiet,
		WithPerson: t.WithPerson,
		Owed:       t.Owed,
	}
	t.reply(m, ByCode, "What we talked about is forgotten.")
}

// accept decides what becomes of a message that asks for an answer: a turn, a place among those that wait,
// or a person.
func (t *transition) accept(m Message) {
	switch {
	case t.WithPerson:
		t.addLine(Line{Turn: t.Turns, By: ByCustomer, Channel: m.Channel, Text: m.Text, Time: m.Time})
		t.emit(effect{Handover: &Handover{Turn: t.Turns, Message: m.ID, Text: m.Text, Time: m.Time}})
		t.condense()
	case t.Work != nil && t.Work.Sent != nil && m.Time.After(t.Work.Time.Add(t.bounds.Result)):
		t.Waiting = append(slices.Clone(t.Waiting), waiting{Message: m})
		t.handOver("no result of " + t.Work.Sent.Tool)
	case t.Work == nil && !t.mustWait(m):
		t.beginTurn(m, idOf(t.Open))
	case len(t.Waiting) < t.bounds.Waiting:
		t.Waiting = append(slices.Clone(t.Waiting), waiting{m, idOf(t.Open)})
	case m.Kind == Customer:
		t.reply(m, ByCode, "One moment please: I am still working on your earlier messages. "+
			"Please write this again when they are answered.")
	}
}

// mustWait reports whether a message is an occasion that comes while the customer is thinking about a
// proposal.
func (t *transition) mustWait(m Message) bool {
	return m.Kind == Occasion && t.Open != nil && !m.Time.After(t.Open.Expires)
}

// beginTurn opens a turn with a message. Its writer had been told the proposal with the id shown.
func (t *transition) beginTurn(m Message, shown string) {
	t.Turns++
	t.Work = &work{Turn: t.Turns, Step: 1, Message: m, Time: m.Time}

	by := ByCustomer
	if m.Kind == Occasion {
		by = ByOccasion
	}
	t.addLine(Line{Turn: t.Turns, By: by, Channel: m.Channel, Text: m.Text, Time: m.Time})

	open, answer := t.Open, NoAnswer
	t.Open = nil

	if m.Kind == Customer && open != nil && (m.Proposal == open.ID || m.Proposal == "" && shown == open.ID) {
		answer = ReadAnswer(m.Text)
	}

	switch {
	case answer == Yes && !m.Time.Before(open.Since) && !m.Time.After(open.Expires):
		t.sendCommand(open)
		return
	case answer == Yes:
		t.Work.Repeat = &open.Call
	case answer == No:
		t.Work.Note = "This refuses the proposal."
	case m.Proposal != "" && m.Proposal == idOf(t.Lapsed) && ReadAnswer(m.Text) == Yes:
		t.Work.Repeat = &t.Lapsed.Call
	case open != nil:
		t.Work.Note = "This neither accepts nor refuses the proposal, which is withdrawn: " +
			"propose again what they want."
	}

	if open != nil {
		t.Lapsed = open
	}
	t.requestStep()
}

// takeStep takes in a step of the turn. One of another turn is late, and changes nothing.
func (t *transition) takeStep(s Step) {
	if t.Work == nil || s.Turn != t.Work.Turn || s.Step != t.Work.Step {
		return
	}

	w := *t.Work
	t.Work = &w
	w.Tokens += s.Tokens
	w.Took += s.Took
	w.Repeat = nil

	t.Lines = withResults(t.Lines, w.Turn, s.Refreshed)
	for _, call := range s.Calls {
		t.addLine(Line{Turn: w.Turn, By: ByTool, Call: &call, Time: w.Time})
	}

	t.Quiet = t.Quiet || s.Quiet
	for _, text := range s.Learned {
		t.learn(Fact{Text: text, Source: w.Message.ID, Time: w.Time})
	}

	switch {
	case s.Person != "":
		t.handOver(s.Person)
	case s.Proposal != nil:
		t.Open, t.Lapsed = s.Proposal, nil
		t.endTurn(ByCode, s.Proposal.Text, s.Proposal)
	case s.Reply != "":
		t.endTurn(ByAgent, s.Reply, nil)
	default:
		t.nextStep()
	}
}

// nextStep asks for one more step, within bounds.
func (t *transition) nextStep() {
	t.Work.Step++
	switch w := t.Work; {
	case w.Step > t.bounds.Steps:
		t.handOver(fmt.Sprintf("no answer after %d steps", t.bounds.Steps))
	case w.Tokens > t.bounds.Tokens:
		t.handOver(fmt.Sprintf("no answer after %d tokens", w.Tokens))
	case w.Took > t.bounds.Time:
		t.handOver(fmt.Sprintf("no answer after %v in the model", w.Took.Round(time.Second)))
	default:
		t.requestStep()
	}
}

func (t *transition) requestStep() {
	t.emit(effect{Turn: &Turn{Turn: t.Work.Turn, Step: t.Work.Step, Time: t.Work.Time}})
}

// failStep takes in that a step has no answer.
func (t *transition) failStep(turn, step int, cause string) {
	if t.Work != nil && t.Work.Turn == turn && t.Work.Step == step {
		t.handOver(text.Truncate(cause, maxCause))
	}
}

// endTurn answers the message of the turn. The next message that waits begins another turn.
func (t *transition) endTurn(by, text string, proposal *Proposal) {
	t.say(t.Work.Message, t.Work.Turn, by, text, proposal)
	t.Work = nil
	t.condense()

	i := slices.IndexFunc(t.Waiting, func(w waiting) bool { return !t.mustWait(w.Message) })
	if i >= 0 {
		next := t.Waiting[i]
		t.Waiting = slices.Delete(slices.Clone(t.Waiting), i, i+1)
		t.beginTurn(next.Message, next.Shown)
	}
}

// handOver ends the turn and gives the conversation to a person, with all that waits.
func (t *transition) handOver(why string) {
	m, turn := t.Work.Message, t.Work.Turn
	t.oweResult()

	lines := slices.Clone(t.Lines)
	t.addWaiting()

	t.Work, t.WithPerson = nil, true
	if m.Kind != Occasion { // a customer who has not asked need not learn that we could not write to them
		t.say(m, turn, ByCode, "I am handing you over to one of our people, who will answer here.", nil)
	}

	t.emit(effect{Handover: &Handover{
		Turn:    turn,
		Why:     why,
		Message: m.ID,
		Text:    m.Text,
		Lines:   append(lines, t.Lines[len(lines):]...),
		Time:    m.Time,
	}})
	t.condense()
}

// takeOver gives the conversation to a person who wants it. They are told of all that has no answer yet.
func (t *transition) takeOver(m Message) {
	t.oweResult()
	t.addWaiting()

	var unanswered []Line
	for _, l := range t.Lines {
		if t.Work != nil && l.Turn == t.Work.Turn && l.By != ByOccasion {
			unanswered = append(unanswered, l)
		}
	}

	if len(unanswered) > 0 {
		t.emit(effect{Handover: &Handover{Turn: t.Turns, Why: "taken over", Lines: unanswered, Time: m.Time}})
	}

	t.Work, t.Open = nil, nil
	t.condense()
	t.WithPerson = true
}

// oweResult keeps the command that the turn waits for: its result is told although the turn is over.
func (t *transition) oweResult() {
	if t.Work != nil && t.Work.Sent != nil {
		t.Owed = append(slices.Clip(t.Owed), *t.Work.Sent)
	}
}

// addWaiting puts the messages that wait among the lines, for a person to read. It drops occasions.
func (t *transition) addWaiting() {
	for _, w := range t.Waiting {
		if m := w.Message; m.Kind != Occasion {
			t.addLine(Line{Turn: t.Turns, By: ByCustomer, Channel: m.Channel, Text: m.Text, Time: m.Time})
		}
	}
	t.Waiting = nil
}

// say answers a message within a turn. The answer becomes a line.
func (t *transition) say(m Message, turn int, by, text string, proposal *Proposal) {
	t.addLine(Line{Turn: turn, By: by, Channel: m.Channel, Text: text, Time: m.Time})
	t.emit(effect{Reply: &Reply{
		Turn:     turn,
		Message:  m.ID,
		By:       by,
		Channel:  m.Channel,
		Text:     text,
		Proposal: proposal,
		Time:     m.Time,
	}})
}

// reply answers a message outside of a turn.
func (t *transition) reply(m Message, by, text string) {
	t.emit(effect{Reply: &Reply{
		Turn:    t.Turns,
		Message: m.ID,
		By:      by,
		Channel: m.Channel,
		Text:    text,
		Time:    m.Time,
	}})
}

func (t *transition) addLine(l Line) { t.Lines = append(slices.Clip(t.Lines), l) }

func (t *transition) emit(e effect) { t.effects = append(t.effects, e) }

func idOf(p *Proposal) string {
	if p == nil {
		return ""
	}
	return p.ID
}

// newest returns the last n of s.
func newest[T any](s []T, n int) []T {
	return s[max(0, len(s)-n):]
}
