// Command personalization answers customers with what they have said before in mind: the row is the memory.
package main

import (
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

const (
	Messages topology.Topic[CustomerID, Message]                = "messages"
	Replies  topology.Topic[CustomerID, Reply]                  = "replies"
	Handover topology.Topic[CustomerID, topology.Failure[Turn]] = "handover"
	People   topology.Table[CustomerID, Person]                 = "people"
)

func personalization(m llm.Model) *topology.Topology {
	t := topology.New("personalization")

	// Fold returns its events as they are after the change, so the turn has the message in it.
	heard := topology.Fold(People, topology.From(t, Messages), Person.Hear)
	turns := topology.Join(heard, People, NewTurn)

	agent := llm.Operator[Turn, Reply]{Model: m, Instructions: "Answer the customer in one friendly sentence.", Prompt: Turn.Facts}
	replies, lost := topology.Async(turns, "reply", agent, topology.Policy[Turn]{})
	replies.To(Replies)
	lost.To(Handover)

	// What was said is in the row before the customer's next message is answered.
	topology.Fold(People, replies, Person.Say)

	return t
}

// Events, rows and cases.
type (
	CustomerID string
	Message    struct {
		Text string `json:"text"`
	}
	Reply struct {
		Text string `json:"text"`
	}
	Person struct {
		Lines []string `json:"lines"` // the newest last
	}
	Turn struct {
		Lines []string `json:"lines"`
	}
)

// kept bounds a row: law 7 holds for memories, too.
const kept = 20

// Hear and Say remember a line each.
func (p Person) Hear(m Message) Person { return p.with("customer: " + llm.Quote(m.Text)) }
func (p Person) Say(r Reply) Person    { return p.with("assistant: " + llm.Quote(r.Text)) }

// with copies the lines: a step never modifies what its argument points to.
func (p Person) with(line string) Person {
	lines := append(slices.Clone(p.Lines), line)
	return Person{lines[max(0, len(lines)-kept):]}
}

// NewTurn is what the model is shown: the conversation so far.
func NewTurn(_ Message, p Person) Turn { return Turn(p) }

// Facts is the prompt.
func (t Turn) Facts() string { return strings.Join(t.Lines, "\n") }

func main() {
	slipstream.Main(personalization(llm.Ollama("qwen2.5-coder:1.5b")), devkafka.Verb)
}
