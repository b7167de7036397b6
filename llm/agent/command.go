package agent

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// A Command is a proposal that was agreed to. It is an event of the topic Commands, under the
// conversation's key. A desk acts once on each ID.
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
	Result  json.RawMessage `json:"result,omitempty"` // of the tool, if OK
	Error   string          `json:"error,omitempty"`  // why not, otherwise
	Code    string          `json:"code,omitempty"`   // of the error, short and stable
	Text    string          `json:"text,omitempty"`   // the result in the words of the desk
	Time    time.Time       `json:"time"`
}

// sendCommand makes a command of a proposal. The turn waits for its result.
func (t *transition) sendCommand(p *Proposal) {
	t.Work.Sent = &Command{
		ID:        t.key + "/" + p.ID,
		Tool:      p.Tool,
		Arguments: p.Arguments,
		Agreed:    p.Agreed,
		By:        t.name,
		Time:      t.Work.Time,
	}
	t.Lapsed = nil
	t.emit(effect{Command: t.Work.Sent})
}

// takeResult takes in what became of a command. The desk's words about what it did end the turn; a refusal
// leads to another step, so that the model can respond to it.
func (t *transition) takeResult(r Result) {
	r = r.within(t.bounds)
	if i := slices.IndexFunc(t.Owed, func(c Command) bool { return c.ID == r.Command }); i >= 0 {
		call := r.asCall(t.Owed[i])
		t.Owed = slices.Delete(slices.Clone(t.Owed), i, i+1)
		t.tellOwed(r, call)
		return
	}

	if t.Work == nil || t.Work.Sent == nil || t.Work.Sent.ID != r.Command {
		return
	}

	w := *t.Work
	t.Work = &w
	t.addLine(t.resultLine(r, r.asCall(*w.Sent)))

	w.Sent = nil
	if r.Time.After(w.Time) {
		w.Time = r.Time
	}

	if r.OK && r.Text != "" {
		t.endTurn(ByCode, r.Text, nil)
		return
	}
	t.nextStep()
}

// tellOwed tells the result of a command whose turn is over: to the person who has the conversation, or to
// the customer.
func (t *transition) tellOwed(r Result, call *llm.ToolResult) {
	if t.WithPerson {
		line := t.resultLine(r, call)
		t.addLine(line)
		t.emit(effect{Handover: &Handover{
			Turn:  t.Turns,
			Why:   "the result of a command",
			Lines: []Line{line},
			Time:  r.Time,
		}})

		return
	}

	text := r.Text
	if !r.OK {
		text = "That could not be done: " + call.Error
	}
	t.reply(Message{ID: r.Command, Time: r.Time}, ByCode, text)
}

func (t *transition) resultLine(r Result, call *llm.ToolResult) Line {
	return Line{Turn: t.Turns, By: ByDesk, Text: r.Text, Call: call, Time: r.Time}
}

// asCall is the result as that of a call of the command's tool.
func (r Result) asCall(c Command) *llm.ToolResult {
	call := &llm.ToolResult{
		Call:   llm.Call{Tool: c.Tool, Args: c.Arguments},
		Result: r.Result,
		Error:  r.Error,
		AsOf:   r.Time,
	}
	if !r.OK && call.Error == "" {
		call.Error = "refused: " + r.Code
	}

	return call
}
