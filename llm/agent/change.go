package agent

import (
	"fmt"
	"slices"
	"time"
)

// An effect of a change.
type effect struct {
	Turn     *Turn
	Reply    *Reply
	Command  *Command
	Handover *Handover
}

// What is remembered to know it when it comes again: ids of messages, and reasons for writing unasked.
const (
	heardIDs = 64
	reasons  = 256
)

// change is a conversation on its way, with what that causes. Its methods modify its own copy.
type change struct {
	Conversation
	name    string // of the agent
	key     string
	bounds  Bounds
	effects []effect
}

// hear takes in a message.
func (c *change) hear(m Message) {
	if slices.Contains(c.Heard, m.ID) {
		return
	}
	if m.Kind == Occasion {
		c.notice(m)
		return
	}
	c.Heard = last(append(slices.Clone(c.Heard), m.ID), heardIDs)
	switch m.Kind {
	case Forget:
		c.forget(m)
	case TakeOver:
		c.leave(m)
		c.WithPerson = true
	case HandBack:
		c.WithPerson = false
	case Person:
		c.withdraw() // a yes that comes next is to what they say
		c.line(Line{Turn: c.Turns, By: ByPerson, Channel: m.Channel, Text: m.Text, Time: m.Time})
		c.reply(m, ByPerson, m.Text, nil)
		c.condense()
	default:
		c.listen(m)
	}
}

// forget keeps nothing of what was said: only what must not happen again, and a command whose result is still to be told.
func (c *change) forget(m Message) {
	c.owe()
	c.Conversation = Conversation{Turns: c.Turns, Heard: c.Heard, Reasons: c.Reasons, Quiet: c.Quiet, WithPerson: c.WithPerson, Owed: c.Owed}
	c.reply(m, ByCode, "What we talked about is forgotten.", nil)
}

// notice takes a reason to write unasked, if it is a new one, and nobody is in the way.
func (c *change) notice(m Message) {
	if c.Quiet || c.WithPerson || slices.Contains(c.Reasons, m.ID) {
		return
	}
	c.Reasons = last(append(slices.Clone(c.Reasons), m.ID), reasons)
	c.listen(m)
}

// listen is for what asks for an answer.
func (c *change) listen(m Message) {
	switch {
	case c.WithPerson:
		c.line(Line{Turn: c.Turns, By: ByCustomer, Channel: m.Channel, Text: m.Text, Time: m.Time})
		c.effect(effect{Handover: &Handover{Turn: c.Turns, Message: m.ID, Text: m.Text, Time: m.Time}})
		c.condense()
	case c.Work != nil && c.Work.Sent != nil && m.Time.After(c.Work.Time.Add(c.bounds.Result)):
		c.Waiting = append(slices.Clone(c.Waiting), waiting{Message: m})
		c.handOver("no result of " + c.Work.Sent.Tool)
	case c.Work == nil && !c.interrupts(m):
		c.begin(m, openID(c.Open))
	case len(c.Waiting) < c.bounds.Waiting:
		c.Waiting = append(slices.Clone(c.Waiting), waiting{m, openID(c.Open)})
	case m.Kind == Says:
		c.reply(m, ByCode, "One moment please: I am still working on your earlier messages. Please write this again when they are answered.", nil)
	}
}

// interrupts: what nobody asked for does not take away the proposal that the customer is just thinking about.
func (c *change) interrupts(m Message) bool {
	return m.Kind == Occasion && c.Open != nil && !m.Time.After(c.Open.Expires)
}

// withdraw closes the proposal that is open. It can still be named.
func (c *change) withdraw() {
	if c.Open != nil {
		c.Open, c.Lapsed = nil, c.Open
	}
}

// begin opens a turn with a message whose writer had been told the proposal of that id.
func (c *change) begin(m Message, shown string) {
	c.Turns++
	c.Work = &work{Turn: c.Turns, Step: 1, Message: m, Time: m.Time}
	by := ByCustomer
	if m.Kind == Occasion {
		by = ByNobody
	}
	c.line(Line{Turn: c.Turns, By: by, Channel: m.Channel, Text: m.Text, Time: m.Time})
	open, answer := c.Open, Neither
	c.Open = nil
	if m.Kind == Says && open != nil && (m.Answers == "" && shown == open.ID || m.Answers == open.ID) {
		answer = Answers(m.Text)
	}
	switch {
	case answer == Yes && !m.Time.Before(open.Since) && !m.Time.After(open.Expires):
		c.agree(open)
		return
	case answer == Yes:
		c.Work.Again = &open.Call
	case answer == No:
		c.Work.Note = "This refuses the proposal."
	case m.Answers != "" && c.Lapsed != nil && m.Answers == c.Lapsed.ID && Answers(m.Text) == Yes:
		c.Work.Again = &c.Lapsed.Call
	case open != nil:
		c.Work.Note = "This neither accepts nor refuses the proposal, which is withdrawn: propose again what they want."
	}
	if open != nil {
		c.Lapsed = open
	}
	c.ask()
}

// step takes in what a step came to.
func (c *change) step(s Step) {
	if c.Work == nil || s.Turn != c.Work.Turn || s.Step != c.Work.Step {
		return
	}
	w := *c.Work
	c.Work = &w
	w.Tokens, w.Took, w.Again = w.Tokens+s.Tokens, w.Took+s.Took, nil
	c.Lines = renewed(c.Lines, w.Turn, s.Fresh)
	for _, done := range s.Calls {
		c.line(Line{Turn: w.Turn, By: ByTool, Done: &done, Time: w.Time})
	}
	c.Quiet = c.Quiet || s.Quiet
	for _, text := range s.Learned {
		c.learn(Fact{Text: text, Source: w.Message.ID, Time: w.Time})
	}
	switch {
	case s.Person != "":
		c.handOver(s.Person)
	case s.Proposal != nil:
		c.Open, c.Lapsed = s.Proposal, nil
		c.tell(ByCode, s.Proposal.Text, s.Proposal)
	case s.Reply != "":
		c.tell(ByAgent, s.Reply, nil)
	default:
		c.next()
	}
}

// next asks for one more step, within bounds.
func (c *change) next() {
	c.Work.Step++
	switch w := c.Work; {
	case w.Step > c.bounds.Steps:
		c.handOver(fmt.Sprintf("no answer after %d steps", c.bounds.Steps))
	case w.Tokens > c.bounds.Tokens:
		c.handOver(fmt.Sprintf("no answer after %d tokens", w.Tokens))
	case w.Took > c.bounds.Time:
		c.handOver(fmt.Sprintf("no answer after %v in the model", w.Took.Round(time.Second)))
	default:
		c.ask()
	}
}

// fail takes in that a step has no answer.
func (c *change) fail(turn, step int, cause string) {
	if c.Work != nil && c.Work.Turn == turn && c.Work.Step == step {
		c.handOver(cause)
	}
}

// handOver ends the turn and gives the conversation to a person, with all that waits.
func (c *change) handOver(why string) {
	m, turn := c.Work.Message, c.Work.Turn
	c.owe()
	lines := slices.Clone(c.Lines)
	c.unheard()
	c.Work, c.WithPerson = nil, true
	if m.Kind != Occasion { // whoever did not ask need not be told that nobody could write to them
		c.say(m, turn, ByCode, "I am handing you over to one of our people, who will answer here.", nil)
	}
	c.effect(effect{Handover: &Handover{Turn: turn, Why: why, Message: m.ID, Text: m.Text, Lines: append(lines, c.Lines[len(lines):]...), Time: m.Time}})
	c.condense()
}

// leave ends a turn without an answer: whoever takes over gives it, and is told of all that has none.
func (c *change) leave(m Message) {
	c.owe()
	c.unheard()
	unanswered := func(l Line) bool { return c.Work != nil && l.Turn == c.Work.Turn && l.By != ByNobody }
	if lines := slices.DeleteFunc(slices.Clone(c.Lines), func(l Line) bool { return !unanswered(l) }); len(lines) > 0 {
		c.effect(effect{Handover: &Handover{Turn: c.Turns, Why: "taken over", Lines: lines, Time: m.Time}})
	}
	c.Work, c.Open = nil, nil
	c.condense()
}

// owe keeps the command that the turn waits for: its result is to be told, though the turn is over.
func (c *change) owe() {
	if c.Work != nil && c.Work.Sent != nil {
		c.Owed = append(slices.Clip(c.Owed), *c.Work.Sent)
	}
}

// unheard takes the messages that wait among the lines. What nobody asked for is dropped.
func (c *change) unheard() {
	for _, w := range c.Waiting {
		if m := w.Message; m.Kind != Occasion {
			c.line(Line{Turn: c.Turns, By: ByCustomer, Channel: m.Channel, Text: m.Text, Time: m.Time})
		}
	}
	c.Waiting = nil
}

// tell answers the message of the turn, which ends it; the next message that waits begins another.
func (c *change) tell(by, text string, offers *Proposal) {
	c.say(c.Work.Message, c.Work.Turn, by, text, offers)
	c.Work = nil
	c.condense()
	if i := slices.IndexFunc(c.Waiting, func(w waiting) bool { return !c.interrupts(w.Message) }); i >= 0 {
		next := c.Waiting[i]
		c.Waiting = slices.Delete(slices.Clone(c.Waiting), i, i+1)
		c.begin(next.Message, next.Shown)
	}
}

func (c *change) say(m Message, turn int, by, text string, offers *Proposal) {
	c.line(Line{Turn: turn, By: by, Channel: m.Channel, Text: text, Time: m.Time})
	c.effect(effect{Reply: &Reply{Turn: turn, Message: m.ID, By: by, Channel: m.Channel, Text: text, Offers: offers, Time: m.Time}})
}

// reply answers a message outside of a turn.
func (c *change) reply(m Message, by, text string, offers *Proposal) {
	c.effect(effect{Reply: &Reply{Turn: c.Turns, Message: m.ID, By: by, Channel: m.Channel, Text: text, Offers: offers, Time: m.Time}})
}

func (c *change) ask() {
	c.effect(effect{Turn: &Turn{Turn: c.Work.Turn, Step: c.Work.Step, Time: c.Work.Time}})
}

func (c *change) line(l Line)     { c.Lines = append(slices.Clip(c.Lines), l) }
func (c *change) effect(e effect) { c.effects = append(c.effects, e) }

func openID(p *Proposal) string {
	if p == nil {
		return ""
	}
	return p.ID
}

// last keeps the newest n.
func last[T any](s []T, n int) []T {
	return s[max(0, len(s)-n):]
}
