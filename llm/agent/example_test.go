package agent_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology"
)

// A waiter who takes orders. What would be ordered is told with its price by code, and ordered on a yes: then it is an
// agent.Command, for a desk that reads the topic "commands".
func ExampleAgent_Declare() {
	type table string
	type seated struct {
		Talk agent.Conversation `json:"talk"`
	}
	type dish struct {
		Dish string `json:"dish"`
	}
	t := topology.New("diner")
	agent.Agent[table, seated]{
		Name: "waiter", Table: "tables", Talk: func(s *seated) *agent.Conversation { return &s.Talk },
		Model:        llm.ToolsBySchema(llmtest.Says(`{"reply":"Good evening."}`)), // or llm.Ollama(...)
		Instructions: "You are a waiter.",
		Tools: func(agent.Case[table, seated]) []agent.Tool {
			return []agent.Tool{agent.Write("order", "Order a dish.", func(_ context.Context, d dish) (agent.Terms, error) {
				return agent.Terms{Text: d.Dish + " is 12 dollars. Shall I bring it?"}, nil
			})}
		},
		Bounds: agent.Bounds{Steps: 3},
	}.Declare(t)
	fmt.Println(t.Validate())
	// Output: <nil>
}

func ExampleAnswers() {
	fmt.Println(agent.Answers("Yes, please!") == agent.Yes)
	fmt.Println(agent.Answers("nein danke") == agent.No)
	fmt.Println(agent.Answers("yes, but the later one") == agent.Neither)
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
	weather := agent.Read("get_weather", "The weather in a city.", func(_ context.Context, c city) (string, error) {
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

// A tool that writes says what it would do: that is all it does.
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

// A channel checks what it sends; the topology does, too, and puts what is not valid with the dead letters.
func ExampleMessage_Valid() {
	fmt.Println(agent.Message{Text: "hello"}.Valid())
	fmt.Println(agent.Message{Kind: agent.TakeOver}.Valid())
	fmt.Println(agent.Message{}.Valid())
	// Output:
	// <nil>
	// <nil>
	// agent: a message without text
}
