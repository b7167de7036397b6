package agent

import (
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/llm"
)

// learn keeps a fact once, and the newest facts.
func (t *transition) learn(f Fact) {
	facts := slices.DeleteFunc(slices.Clone(t.Facts), func(old Fact) bool {
		return strings.EqualFold(old.Text, f.Text)
	})
	t.Facts = newest(append(facts, f), t.bounds.Facts)
}

// condense runs at the end of a turn. It drops what tools returned, because the next turn looks again, and
// makes one line of each turn that is older than the lines that are kept.
func (t *transition) condense() {
	t.Lines = slices.DeleteFunc(slices.Clone(t.Lines), func(l Line) bool { return l.By == ByTool })

	for len(t.Lines) > t.bounds.Lines {
		n := 1
		for n < len(t.Lines) && t.Lines[n].Turn == t.Lines[0].Turn {
			n++
		}
		t.Earlier = newest(append(slices.Clip(t.Earlier), summarize(t.Lines[:n])), t.bounds.Earlier)
		t.Lines = t.Lines[n:]
	}
}

// summarize makes a line of a turn: what was asked, and what the desks did.
func summarize(turn []Line) string {
	var parts []string
	for _, l := range turn {
		switch {
		case l.By == ByCustomer:
			parts = append(parts, "asked: "+llm.Quote(text.Truncate(l.Text, 120)))
		case l.By == ByDesk && l.Call.Error != "":
			parts = append(parts, "refused: "+text.Truncate(l.Call.Error, 120))
		case l.By == ByDesk:
			parts = append(parts, "done: "+text.Truncate(l.Text, 200))
		case l.By == ByPerson:
			parts = append(parts, "a person answered: "+llm.Quote(text.Truncate(l.Text, 120)))
		}
	}

	return turn[0].Time.Format("2006-01-02") + " " + strings.Join(parts, "; ")
}
