package agent_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// What would be ordered is told with its price by code, and ordered on a yes. The order is an
// agent.Command, for a desk that reads the topic "commands".
func ExampleAgent() {
	type table string
	type seated struct {
		Talk agent.Conversation `json:"talk"`
	}
	type dish struct {
		Dish string `json:"dish"`
	}
	order := func(_ context.Context, d dish) (agent.Terms, error) {
		return agent.Terms{Text: d.Dish + " is 12 dollars. Shall I bring it?"}, nil
	}

	t := topology.New("diner")
	agent.Agent[table, seated]{
		Name:         "waiter",
		Table:        "tables",
		Talk:         func(s *seated) *agent.Conversation { return &s.Talk },
		Model:        llm.ToolsBySchema(llmtest.Says(`{"tool":"order","arguments":{"dish":"Pasta"}}`)),
		Instructions: "You are a waiter.",
		Tools: func(agent.Case[table, seated]) []agent.Tool {
			return []agent.Tool{agent.Write("order", "Order a dish.", order)}
		},
	}.Declare(t)

	e := topologytest.Memory(quiet{}, t)
	for _, text := range []string{"Pasta, please.", "Yes!"} {
		topologytest.Send(e, "messages", table("7"), agent.Message{Text: text})
	}
	fmt.Println(topologytest.Sent(e, topology.Topic[table, agent.Reply]("replies"))[0].Value.Text)
	fmt.Println(string(topologytest.Sent(e, topology.Topic[table, agent.Command]("commands"))[0].Value.Arguments))
	// Output:
	// Pasta is 12 dollars. Shall I bring it?
	// {"dish":"Pasta"}
}

// quiet stands for the test that an engine belongs to, where there is none.
type quiet struct{ testing.TB }

func (quiet) Cleanup(func()) {}

func ExampleReadAnswer() {
	fmt.Println(agent.ReadAnswer("Yes, please!") == agent.Yes)
	fmt.Println(agent.ReadAnswer("nein danke") == agent.No)
	fmt.Println(agent.ReadAnswer("yes, but the later one") == agent.NoAnswer)
	// Output:
	// true
	// true
	// true
}

// A tool that reads is called inside a step. Its error is for the model to read.
func ExampleRead() {
	type city struct {
		City string `json:"city"`
	}
	weather := agent.Read("get_weather", "The weather in a city.",
		func(_ context.Context, c city) (string, error) {
			if c.City != "Boston" {
				return "", errors.New("only Boston has weather")
			}
			return "snow", nil
		})

	fmt.Println(weather.Call(context.Background(), []byte(`{"city":"Paris"}`)))
	result, err := weather.Call(context.Background(), []byte(`{"city":"Boston"}`))
	fmt.Println(string(result), err)
	// Output:
	// [] only Boston has weather
	// "snow" <nil>
}

// A tool that writes returns what it would do, and does nothing.
func ExampleWrite() {
	type seat struct {
		Seat string `json:"seat"`
	}
	take := agent.Write("take_seat", "Take a seat.", func(_ context.Context, s seat) (agent.Terms, error) {
		return agent.Terms{Text: "I can give you seat " + s.Seat + ". Shall I?"}, nil
	})

	terms, err := take.Run(context.Background(), []byte(`{"seat":"12A"}`))
	fmt.Println(terms.(agent.Terms).Text, err)
	// Output: I can give you seat 12A. Shall I? <nil>
}

// A channel checks what it sends. The topology does so, too, and makes a dead letter of what is not valid.
func ExampleMessage_Valid() {
	fmt.Println(agent.Message{Text: "hello"}.Valid())
	fmt.Println(agent.Message{Kind: agent.TakeOver}.Valid())
	fmt.Println(agent.Message{}.Valid())
	// Output:
	// <nil>
	// <nil>
	// agent: a message without text
}
