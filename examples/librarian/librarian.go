// Command librarian talks with the readers of a library, and extends their loans. It is the README's "Build your own
// agent".
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
)

// A reader's row has their loans, by title, and what was said.
type (
	ReaderID string
	Loan     struct {
		Book  string `json:"book"`
		Weeks int    `json:"weeks"` // for which it is lent
	}
	Reader struct {
		Loans map[string]int     `json:"loans,omitempty"` // weeks
		Talk  agent.Conversation `json:"talk,omitzero"`
	}
)

const (
	Loans    topology.Topic[ReaderID, Loan]          = "loans"
	Commands topology.Topic[ReaderID, agent.Command] = "commands"
	Results  topology.Topic[ReaderID, agent.Result]  = "results"
	Readers  topology.Table[ReaderID, Reader]        = "readers"
)

func library(m llm.Model) *topology.Topology {
	t := topology.New("library")
	topology.Fold(Readers, topology.From(t, Loans), Reader.with)
	agent.Agent[ReaderID, Reader]{
		Name: "librarian", Table: Readers, Talk: func(r *Reader) *agent.Conversation { return &r.Talk },
		Model: llm.ToolsBySchema(m), Instructions: "You are a librarian. Answer briefly. To extend a loan call extend_loan.",
		Facts: func(_ context.Context, c agent.Case[ReaderID, Reader]) (string, error) {
			return fmt.Sprintf("Lent to them, for how many weeks: %v", c.Row.Loans), nil
		},
		Tools: func(c agent.Case[ReaderID, Reader]) []agent.Tool {
			return []agent.Tool{agent.Write("extend_loan", "Extend the loan of a book.", c.Row.propose)}
		},
	}.Declare(t)
	topology.Apply(Readers, topology.From(t, Commands), Reader.do).To(Results) // the desk

	return t
}

// propose returns what a yes would do, or why it can't be done.
func (r Reader) propose(_ context.Context, l Loan) (agent.Terms, error) {
	if weeks, lent := r.Loans[l.Book]; !lent || weeks+l.Weeks > 8 {
		return agent.Terms{}, fmt.Errorf("of %v, none can be extended beyond 8 weeks, and no other book",
			r.Loans)
	}
	return agent.Terms{Text: fmt.Sprintf("I can extend %q by %d weeks. It costs nothing. Shall I?", l.Book,
		l.Weeks)}, nil
}

// do is the desk: it acts on what was agreed to, if that is still right.
func (r Reader) do(c agent.Command) (Reader, []agent.Result) {
	var l Loan
	_ = json.Unmarshal(c.Arguments, &l)
	if _, err := r.propose(context.Background(), l); err != nil {
		return r, []agent.Result{{Command: c.ID, Error: err.Error(), Time: c.Time}}
	}
	r = r.with(Loan{l.Book, r.Loans[l.Book] + l.Weeks})
	return r, []agent.Result{{Command: c.ID, OK: true,
		Text: fmt.Sprintf("%q is yours for %d weeks.", l.Book, r.Loans[l.Book]), Time: c.Time}}
}

// with is the row with a loan, in a map of its own.
func (r Reader) with(l Loan) Reader {
	loans := map[string]int{l.Book: l.Weeks}
	for book, weeks := range r.Loans {
		if book != l.Book {
			loans[book] = weeks
		}
	}
	r.Loans = loans
	return r
}

func main() {
	model := llm.Resilient(llm.Ollama("qwen2.5-coder:1.5b"), llm.ResilientConfig{})
	slipstream.Main(library(model), devkafka.Verb)
}
