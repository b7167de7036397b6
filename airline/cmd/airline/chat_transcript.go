package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	agents "github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/verb"
)

// A transcript prints a conversation as it is heard. Topics are read side by side, so a reply can be read
// before the steps that led to it: it is held back for them, or for a short grace, since not all replies are
// made by steps.
type transcript struct {
	screen   *screen
	channel  string // ours
	zone     *time.Location
	answered func(message string)

	turn    int // the last turn whose last step was printed
	waiting []agents.Reply
	grace   <-chan time.Time
}

const grace = 400 * time.Millisecond

// hear takes in a record of one of the agent's topics. One that can't be read is somebody else's mistake.
func (t *transcript) hear(r topology.Record) {
	switch r.Topic {
	case stepsTopic:
		take(r.Value, func(s agents.Step) { t.step(s, r.Headers["ce_"+llm.DecidedBy]) })
	case repliesTopic:
		take(r.Value, func(m agents.Reply) {
			t.waiting = append(t.waiting, m)
			t.grace = time.After(grace)
			t.settle()
		})
	case commandsTopic:
		take(r.Value, func(c agents.Command) { t.dim("%s is with the desks", c.Tool) })
	case resultsTopic:
		take(r.Value, t.result)
	case handoversTopic:
		take(r.Value, t.handover)
	}
}

func take[V any](b []byte, do func(V)) {
	var v V
	if json.Unmarshal(b, &v) == nil {
		do(v)
	}
}

// step prints what the model took, and the calls that it made.
func (t *transcript) step(s agents.Step, by string) {
	took := fmt.Sprintf("%.1f s, %d tokens", s.Took.Seconds(), s.Tokens)
	if by != "" && by != llm.ByModel {
		took += ", by " + by
	}

	for _, d := range s.Calls {
		t.dim("%s: %s", took, call(d, s.Proposal))
		took = "and"
	}

	if len(s.Calls) == 0 {
		t.dim("%s", took)
	}

	if s.Reply != "" || s.Proposal != nil || s.Person != "" {
		t.turn = s.Turn
		t.settle()
	}
}

// call is a tool call in a line: its name, its arguments, and what it returned.
func call(d llm.ToolResult, p *agents.Proposal) string {
	line := d.Tool + named(d.Args)
	switch {
	case d.Error != "":
		line += " → error: " + llm.Truncate(d.Error, 100)
	case p != nil && p.Call.Tool == d.Tool && bytes.Equal(p.Call.Args, d.Args):
		line += " → proposed"
	default:
		line += " → " + brief(d.Result)
	}

	return fmt.Sprintf("%s (%d ms)", line, d.Took.Milliseconds())
}

// settle prints the replies whose steps have been.
func (t *transcript) settle() {
	for len(t.waiting) > 0 && t.waiting[0].Turn <= t.turn {
		t.reply(t.waiting[0])
		t.waiting = t.waiting[1:]
	}
}

// release prints the replies that have waited for long.
func (t *transcript) release() {
	for _, m := range t.waiting {
		t.reply(m)
	}
	t.waiting, t.grace = nil, nil
}

func (t *transcript) reply(m agents.Reply) {
	text := strings.TrimSpace(m.Text)
	if m.By == agents.ByPerson {
		text = "(one of our people) " + text
	}

	if m.Channel != t.channel && m.Channel != "" {
		text = "[" + m.Channel + "] " + text
	}

	t.screen.print(safe(text))

	if p := m.Proposal; p != nil {
		agreed := ""
		if len(p.Agreed) > 0 {
			agreed = ", agreed" + named(p.Agreed)
		}
		t.screen.print(t.screen.dim(safe(fmt.Sprintf("  ? a yes before %s does: %s%s%s",
			p.Expires.In(t.zone).Format("15:04"), p.Tool, named(p.Arguments), agreed))))
	}
	t.answered(m.Message)
}

func (t *transcript) result(r agents.Result) {
	switch {
	case !r.OK:
		t.dim("refused: %s", cmp.Or(r.Error, r.Code))
	case r.Text != "": // which is the reply
		t.dim("done")
	default:
		t.dim("done: %s", brief(r.Result))
	}
}

func (t *transcript) handover(h agents.Handover) {
	if h.Why != "" {
		t.dim("handed to a person: %s", h.Why)
	} else {
		t.dim("a person has read this")
	}
	t.answered(h.Message)
}

func (t *transcript) dim(format string, args ...any) {
	t.screen.print(t.screen.dim(safe("  · " + fmt.Sprintf(format, args...))))
}

// safe is what models, customers and desks have written, as a terminal may show it, line by line.
func safe(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = verb.Escape(line)
	}
	return strings.Join(lines, "\n")
}

// named are the arguments of a call in short: each as name=value.
func named(args json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(args))
	if first, _ := d.Token(); first != json.Delim('{') {
		return ""
	}

	var b strings.Builder
	for d.More() {
		var v json.RawMessage
		name, err := d.Token()
		if err != nil || d.Decode(&v) != nil {
			break
		}
		fmt.Fprintf(&b, " %v=%s", name, strings.Trim(llm.Truncate(string(v), 60), `"`))
	}

	return b.String()
}

// brief is a result in short.
func brief(result json.RawMessage) string {
	var text string
	if json.Unmarshal(result, &text) == nil {
		return llm.Truncate(strings.Join(strings.Fields(text), " "), 100)
	}

	var many []json.RawMessage
	if json.Unmarshal(result, &many) == nil {
		return fmt.Sprintf("%d: %s", len(many), llm.Truncate(string(result), 90))
	}

	return llm.Truncate(string(result), 100)
}
