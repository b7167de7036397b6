package agent

import (
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/llm"
)

// learn keeps a fact, once, and the newest of them.
func (c *change) learn(f Fact) {
	facts := slices.DeleteFunc(slices.Clone(c.Facts), func(old Fact) bool { return strings.EqualFold(old.Text, f.Text) })
	c.Facts = last(append(facts, f), c.bounds.Facts)
}

// condense, at the end of a turn, makes one line of each turn that is older than the lines that are kept. What tools
// returned is dropped: it was so then, and the next turn looks again.
func (c *change) condense() {
	c.Lines = slices.DeleteFunc(slices.Clone(c.Lines), func(l Line) bool { return l.By == ByTool })
	for len(c.Lines) > c.bounds.Lines {
		n := 1
		for n < len(c.Lines) && c.Lines[n].Turn == c.Lines[0].Turn {
			n++
		}
		c.Earlier = last(append(slices.Clip(c.Earlier), inShort(c.Lines[:n])), c.bounds.Earlier)
		c.Lines = c.Lines[n:]
	}
}

// inShort is a turn in a line: what was asked, and what the desks did.
func inShort(turn []Line) string {
	var parts []string
	for _, l := range turn {
		switch {
		case l.By == ByCustomer:
			parts = append(parts, "asked: "+llm.Quote(text.Truncate(l.Text, 120)))
		case l.By == ByDesk && l.Done.Error != "":
			parts = append(parts, "refused: "+text.Truncate(l.Done.Error, 120))
		case l.By == ByDesk:
			parts = append(parts, "done: "+text.Truncate(l.Text, 200))
		case l.By == ByPerson:
			parts = append(parts, "a person answered: "+llm.Quote(text.Truncate(l.Text, 120)))
		}
	}
	return turn[0].Time.Format("2006-01-02") + " " + strings.Join(parts, "; ")
}
