package agent

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// A Command is a proposal that was agreed to. It is an event of the topic Commands, under the conversation's key. Whoever
// acts on it must do so once for each ID.
type Command struct {
	ID        string          `json:"id"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
	Agreed    json.RawMessage `json:"agreed,omitempty"`
	By        string          `json:"by,omitempty"` // the agent's name
	Time      time.Time       `json:"time"`
}

// A Result is what became of a command. It is an event of the topic Results, under the conversation's key.
type Result struct {
	Command string          `json:"command"`
	OK      bool            `json:"ok"`
	Result  json.RawMessage `json:"result,omitempty"` // what the tool returns, if OK
	Error   string          `json:"error,omitempty"`  // why not, else
	Code    string          `json:"code,omitempty"`   // of the error, short and stable
	Text    string          `json:"text,omitempty"`   // the result, as the customer can be told it without a model
	Time    time.Time       `json:"time"`
}

// agree makes a command of a proposal. The turn waits for its result.
func (c *change) agree(p *Proposal) {
	c.Work.Sent = &Command{ID: c.key + "/" + p.ID, Tool: p.Tool, Arguments: p.Arguments, Agreed: p.Agreed, By: c.name, Time: c.Work.Time}
	c.Lapsed = nil
	c.effect(effect{Command: c.Work.Sent})
}

// result takes in what became of a command. What was done is told in the desk's words, which ends the turn; of a refusal
// the model makes what can be made. A person who has taken over is told either.
func (c *change) result(r Result) {
	line := Line{Turn: c.Turns, By: ByDesk, Text: r.Text, Time: r.Time}
	i := slices.IndexFunc(c.Owed, func(o Command) bool { return o.ID == r.Command })
	switch {
	case i >= 0:
		line.Done, c.Owed = r.of(&c.Owed[i]), slices.Delete(slices.Clone(c.Owed), i, i+1)
		c.owed(line, r)
	case c.Work != nil && c.Work.Sent != nil && c.Work.Sent.ID == r.Command:
		w := *c.Work
		c.Work = &w
		line.Done, w.Sent, w.Time = r.of(w.Sent), nil, later(w.Time, r.Time)
		c.line(line)
		if r.OK && r.Text != "" {
			c.tell(ByCode, r.Text, nil)
			return
		}
		c.next()
	}
}

// owed tells the result of a command whose turn is over: to the person who has the conversation, else the customer.
func (c *change) owed(line Line, r Result) {
	if c.WithPerson {
		c.line(line)
		c.effect(effect{Handover: &Handover{Turn: c.Turns, Why: "the result of a command", Lines: []Line{line}, Time: r.Time}})
		return
	}
	text := r.Text
	if !r.OK {
		text = "That could not be done: " + line.Done.Error
	}
	c.reply(Message{ID: r.Command, Time: r.Time}, ByCode, text, nil)
}

// of is the result as a call of the command's tool.
func (r Result) of(cmd *Command) *llm.ToolResult {
	d := &llm.ToolResult{Call: llm.Call{Tool: cmd.Tool, Args: cmd.Arguments}, Result: r.Result, Error: r.Error, AsOf: r.Time}
	if !r.OK && d.Error == "" {
		d.Error = "refused: " + r.Code
	}
	return d
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
