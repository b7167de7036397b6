package llmtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
)

// ToolUse checks the contract of a model that calls tools, by itself or by llm.ToolsBySchema. Such a model
// passes Conformance, too.
type ToolUse struct {
	// Model makes the model of one part. A scripted model gives these answers, each as in Script.Answer and
	// in the forms of llm.ToolsBySchema:
	//
	//	func(t *testing.T, answers ...string) llm.Model { return llm.ToolsBySchema(llmtest.Says(answers...)) }
	Model func(t *testing.T, answers ...string) llm.Model
	// Lenient is for models that choose their own words. It asserts only the form of what they do, and logs
	// whether that was right.
	Lenient bool
}

// Run runs the parts.
func (u ToolUse) Run(t *testing.T) {
	for _, p := range toolParts {
		t.Run(p.name, func(t *testing.T) { u.part(t, p) })
	}
	t.Run("leaves the request as it is", u.leavesTools)
	t.Run("several at once", u.severalTalks)
}

// A toolPart is a talk that ends with a reply.
type toolPart struct {
	name    string
	asked   []llm.Message
	answers []string // a binding is told before those that it must win over
	calls   []string // that should be made, in this order
	says    string   // in the reply
}

var toolParts = []toolPart{{
	name:  "one tool of two, and its result",
	asked: asking("Is flight HAT170 on time today?"),
	answers: []string{`for "minutes":45: {"reply":"It is 45 minutes late."}`,
		`{"tool":"get_flight_status","arguments":{"flight":"HAT170"}}`},
	calls: []string{`get_flight_status {"flight":"HAT170"}`},
	says:  "45",
}, {
	name:    "two at once",
	asked:   asking("Are the flights HAT170 and HAT009 on time today?"),
	answers: []string{`for HAT170 ... "minutes":45 ... HAT009 ... "minutes":0: {"reply":"The first is 45 minutes late."}`, `[{"tool":"get_flight_status","arguments":{"flight":"HAT170"}},{"tool":"get_flight_status","arguments":{"flight":"HAT009"}}]`},
	calls:   []string{`get_flight_status {"flight":"HAT170"}`, `get_flight_status {"flight":"HAT009"}`},
	says:    "45",
}, {
	name:  "an error is shown and recovered from",
	asked: asking("Is flight HAT17O on time today?"),
	answers: []string{`for "minutes":45: {"reply":"HAT170 is 45 minutes late."}`,
		`for did you mean HAT170: {"tool":"get_flight_status","arguments":{"flight":"HAT170"}}`, `{"tool":"get_flight_status","arguments":{"flight":"HAT17O"}}`},
	calls: []string{`get_flight_status {"flight":"HAT17O"}`, `get_flight_status {"flight":"HAT170"}`},
	says:  "45",
}, {
	name:  "arguments that don't hold are shown and mended",
	asked: asking("How late is flight HAT170?"),
	answers: []string{`for "minutes":45: {"reply":"It is 45 minutes late."}`,
		`for no argument "number": {"tool":"get_flight_status","arguments":{"flight":"HAT170"}}`, `{"tool":"get_flight_status","arguments":{"flight":"HAT170","number":170}}`},
	calls: []string{`get_flight_status {"flight":"HAT170","number":170}`,
		`get_flight_status {"flight":"HAT170"}`},
	says: "45",
}, {
	name:  "nested arguments and choices",
	asked: asking("Choose seats on HAT170: a window seat for Ann, an aisle seat for Bo."),
	answers: []string{`for "seats":2: {"reply":"Both have their seats."}`,
		`{"tool":"choose_seats","arguments":{"flight":"HAT170","seats":[{"passenger":"Ann","kind":"window"},{"passenger":"Bo","kind":"aisle"}]}}`},
	calls: []string{`choose_seats {"flight":"HAT170","seats":[{"kind":"window","passenger":"Ann"},{"kind":"aisle","passenger":"Bo"}]}`},
	says:  "seats",
}, {
	name:    "no tool is needed",
	asked:   asking("Hello!"),
	answers: []string{`{"reply":"Hello, how can I help?"}`},
	says:    "help",
}, {
	name:  "large numbers are exact, and shown as they were",
	asked: asking("Is order 9007199254740993 paid?"),
	answers: []string{`for 9007199254740993 ... 9007199254740993 ... "paid":true: {"reply":"It is paid."}`,
		`{"tool":"get_order","arguments":{"number":9007199254740993}}`},
	calls: []string{`get_order {"number":9007199254740993}`},
	says:  "paid",
}, {
	name: "earlier calls are known",
	asked: append(asking("Are the flights HAT170 and HAT009 on time today?"),
		llm.Message{Role: llm.Assistant, Calls: []llm.Call{status("1", "HAT170"), status("2", "HAT009")}},
		llm.Message{Role: llm.ToolRole, Calls: []llm.Call{status("1", "HAT170")}, Text: `{"minutes":45}`},
		llm.Message{Role: llm.ToolRole, Calls: []llm.Call{status("2", "HAT009")}, Text: `{"minutes":0}`},
		llm.Message{Role: llm.Assistant, Text: "HAT009 is."},
		llm.Message{Role: llm.User, Text: "How late is the other one?"}),
	answers: []string{`for get_flight_status ... HAT170 ... "minutes":45 ... HAT009 ... "minutes":0 ... HAT009 is. ... other one: {"reply":"45 minutes."}`},
	says:    "45",
}}

func asking(text string) []llm.Message {
	return []llm.Message{
		{Role: llm.System, Text: "You help passengers of an airline. Use the tools; say what they told you in a short sentence."},
		{Role: llm.User, Text: text},
	}
}

func status(id, flight string) llm.Call {
	return llm.Call{ID: id, Tool: "get_flight_status", Args: json.RawMessage(`{"flight":"` + flight + `"}`)}
}

type (
	statusArgs struct {
		Flight string `json:"flight" jsonschema:"its number"`
	}
	orderArgs struct {
		Number int64 `json:"number"`
	}
	seatArgs struct {
		Flight string `json:"flight" jsonschema:"its number"`
		Seats  []struct {
			Passenger string `json:"passenger"`
			Kind      string `json:"kind" enum:"window,aisle"`
		} `json:"seats"`
	}
)

var toolsInUse = []llm.Tool{
	llm.NewTool("get_flight_status", "How late is a flight today?",
		func(_ context.Context, a statusArgs) (map[string]int, error) {
			minutes, ok := map[string]int{"HAT170": 45, "HAT009": 0}[a.Flight]
			if !ok {
				return nil, errors.New("there is no flight " + llm.Quote(a.Flight) + ": did you mean HAT170?")
			}
			return map[string]int{"minutes": minutes}, nil
		}),
	llm.NewTool("get_order", "Is an order paid?",
		func(_ context.Context, a orderArgs) (map[string]bool, error) {
			return map[string]bool{"paid": a.Number == 1<<53+1}, nil
		}),
	llm.NewTool("choose_seats", "Give each passenger a seat of their choice.",
		func(_ context.Context, a seatArgs) (map[string]int, error) {
			return map[string]int{"seats": len(a.Seats)}, nil
		}),
}

// part talks until there is a reply, and judges what was done.
func (u ToolUse) part(t *testing.T, p toolPart) {
	made, said, err := talk(t, u.Model(t, p.answers...), p)
	if u.Lenient && errors.Is(err, llm.ErrInvalid) {
		t.Logf("not what was hoped for: %v", err) // it may be cut off
		return
	} else if err != nil {
		t.Fatal(err)
	}

	if slices.Equal(made, p.calls) && strings.Contains(said, p.says) {
		return
	}

	judge := t.Errorf
	if u.Lenient {
		judge = t.Logf
	}
	judge("calls %q, then %q; want %q, then something with %q", made, said, p.calls, p.says)
}

// talk returns the calls that were made, and the reply, which is empty if there was none in time.
func talk(t *testing.T, m llm.Model, p toolPart) (made []string, said string, err error) {
	const steps = 5
	messages := slices.Clone(p.asked)
	for range steps {
		reply, err := m.Chat(t.Context(), llm.Request{Messages: messages, Tools: toolsInUse, MaxTokens: 200})
		if err != nil {
			return made, "", err
		}

		if reply.Message.Role != llm.Assistant || reply.TokensIn <= 0 {
			t.Errorf("role %q, %d tokens in", reply.Message.Role, reply.TokensIn)
		}

		if len(reply.Message.Calls) == 0 {
			return made, reply.Message.Text, nil
		}

		messages = append(messages, reply.Message)
		for _, r := range llm.RunTools(t.Context(), toolsInUse, reply.Message.Calls) {
			made = append(made, callKey(r.Call))
			messages = append(messages, r.Message())
		}
	}

	return made, "", nil
}

// callKey is the same for equal calls: the arguments are in one order.
func callKey(c llm.Call) string {
	d := json.NewDecoder(bytes.NewReader(c.Args))
	d.UseNumber() // order numbers may be large

	var args any
	if d.Decode(&args) != nil {
		return c.Tool + " " + string(c.Args)
	}
	b, _ := json.Marshal(args) // it was JSON
	return c.Tool + " " + string(b)
}

func (u ToolUse) leavesTools(t *testing.T) {
	p := toolParts[len(toolParts)-1] // it has all kinds of messages
	r := llm.Request{Messages: slices.Clone(p.asked), Tools: toolsInUse, MaxTokens: 200}
	before := fmt.Sprintf("%+v", r.Messages)
	if _, err := u.Model(t, p.answers...).Chat(t.Context(), r); err != nil &&
		!(u.Lenient && errors.Is(err, llm.ErrInvalid)) {
		t.Fatal(err)
	}

	if after := fmt.Sprintf("%+v", r.Messages); after != before || len(r.Tools) != len(toolsInUse) {
		t.Errorf("the request was changed to %s", after)
	}
}

func (u ToolUse) severalTalks(t *testing.T) {
	p := toolParts[0]
	m := u.Model(t, p.answers...)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if _, _, err := talk(t, m, p); err != nil && !(u.Lenient && errors.Is(err, llm.ErrInvalid)) {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
