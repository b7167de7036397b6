package concierge

import (
	"context"
	_ "embed"
	"errors"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/topology"
)

// The topics of the conversations, beside the airline's Commands and Results.
const (
	Messages                                                   = vocab.Messages
	Replies   topology.Topic[vocab.CustomerID, agent.Reply]    = "replies"
	Handovers topology.Topic[vocab.CustomerID, agent.Handover] = "handovers"
	Steps     topology.Topic[vocab.CustomerID, agent.Step]     = "steps"
)

// A Config sets up a concierge. Only Model is required.
type Config struct {
	// Model answers. It must use tools: by itself, or wrapped in llm.ToolsBySchema.
	Model llm.Model

	// Tools names the tools to offer. Defaults to all; a small model does better with few.
	Tools []string

	// Handbook has the airline's policies as passages, which the concierge looks up and cites. Defaults to
	// none.
	Handbook *index.Index

	// Bounds limit each turn. Defaults to those of package agent.
	Bounds agent.Bounds
}

// New returns the concierge as a part of the airline's topology.
func New(c Config) airline.Part {
	return func(t *topology.Topology) {
		if c.Handbook != nil {
			c.Handbook.Declare(t)
		}
		c.agent().Declare(t)
	}
}

func (c Config) agent() agent.Agent[vocab.CustomerID, journeys.Customer] {
	a := agent.Agent[vocab.CustomerID, journeys.Customer]{
		Name:  "concierge",
		Table: journeys.Table,
		Talk:  func(c *journeys.Customer) *agent.Conversation { return &c.Talk },
		Topics: agent.Topics[vocab.CustomerID]{
			Messages:  Messages,
			Results:   vocab.Results,
			Replies:   Replies,
			Commands:  vocab.Commands,
			Handovers: Handovers,
			Steps:     Steps,
		},
		Model:        c.Model,
		Instructions: instructions,
		Facts:        facts,
		Tools:        c.tools,
		Reads:        reads,
		Check:        c.check,
		Changed:      changed,
		Forget:       forget,
		Bounds:       c.Bounds,
		Record:       true,
	}

	if c.Handbook != nil {
		a.Reads = append(slices.Clip(reads), c.Handbook.Reads())
	}

	return a
}

// A stepCase is one step of a conversation, with the customer's row.
type stepCase = agent.Case[vocab.CustomerID, journeys.Customer]

// changed reports whether the customer's flights are different ones, or stand differently, than when the
// model was asked.
func changed(asked, now journeys.Customer) bool { return asked.Standing() != now.Standing() }

// forget erases the note that the customer wrote outside of the conversation.
func forget(c journeys.Customer) journeys.Customer {
	c.Note, c.Reading = "", nil
	return c
}

//go:embed instructions.md
var instructionsFile string

// instructions are the system prompt. Its examples have the form of llm.ToolsBySchema: small models need
// them, others ignore them. The text is part of each recorded decision: an edit makes a new version of the
// prompt.
var instructions = strings.TrimSuffix(instructionsFile, "\n")

// facts returns what the rows say now about the customer and their journeys.
func facts(ctx context.Context, c stepCase) (string, error) {
	b := &brief{ctx: ctx, tables: liveTables(ctx), desk: desk{c}}
	return b.text()
}

// withNames returns the tools with these names, in the order of the names.
func withNames(tools []agent.Tool, names []string) (some []agent.Tool) {
	for _, name := range names {
		for _, t := range tools {
			if t.Name == name {
				some = append(some, t)
			}
		}
	}
	return some
}

// tools returns the tools for a case.
func (c Config) tools(k stepCase) []agent.Tool {
	d := desk{k}
	tools := append(d.readTools(), d.writeTools()...)
	if c.Handbook != nil {
		about := "What the airline's rules say about something: bags, refunds, delays, pets, children, ..."
		tools = append(tools, agent.Read(SearchPolicies, about, c.policies(k)))
	}

	if c.Tools == nil {
		return tools
	}

	return withNames(tools, c.Tools)
}

var errNoReservation = errors.New("the customer has no reservation")
