package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A babbler is a model that writes and calls whatever was found.
type babbler struct {
	mu     sync.Mutex
	rng    *rand.Rand
	texts  []string
	native bool
}

var (
	babbledTools = []string{"get_order", "refund_order", "refund_order", "foreign", "remember",
		"transfer_to_human_agents", "stop_unasked_messages", "", "no_such_tool", "\xff"}

	babbledArgs = []string{`{"order":"o-1"}`, `{"order":"o-2"}`, `{}`, `null`, `[]`, `{"order":1e999}`,
		`{"fact":"They like lamps."}`, `{"reason":"?"}`, `{"order":"o-1"`, ``, `"{\"order\":\"o-1\"}"`}

	babbledTexts = []string{"", "It is free.", "You have a lamp.", "<think>hm</think>", "<think>hm", "{",
		`<tool_call>{"name":"refund_order","arguments":{"order":"o-1"}}</tool_call>`, "\x00\x1b[2J",
		`{"reply":""}`, `{"tool":`, strings.Repeat("word ", 30_000),
		"```json\n{\"tool\":\"get_order\",\"arguments\":{\"order\":\"o-1\"}}\n```"}
)

func pick(rng *rand.Rand, some, others []string) string {
	if rng.IntN(3) == 0 {
		return others[rng.IntN(len(others))]
	}
	return some[rng.IntN(len(some))]
}

func (b *babbler) Chat(context.Context, llm.Request) (llm.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	r := llm.Reply{Message: llm.Message{Role: llm.Assistant}, Model: "babbler", TokensIn: 10, TokensOut: 10,
		Took: time.Millisecond, Overlong: b.rng.IntN(20) == 0}
	tool, args := pick(b.rng, babbledTools, b.texts), pick(b.rng, babbledArgs, b.texts)
	switch n := b.rng.IntN(12); {
	case n == 0:
		return llm.Reply{}, errors.New(pick(b.rng, babbledTexts, b.texts))
	case n == 1:
		panic(pick(b.rng, babbledTexts, b.texts))
	case n < 5:
		r.Message.Text = pick(b.rng, babbledTexts, b.texts)
	case n < 7:
		said, err := json.Marshal(map[string]string{"reply": pick(b.rng, babbledTexts, b.texts)})
		if err != nil {
			panic(err)
		}
		r.Message.Text = string(said)
	case b.native:
		for range 1 + b.rng.IntN(3) {
			call := llm.Call{ID: tool, Tool: tool, Args: json.RawMessage(args)}
			r.Message.Calls = append(r.Message.Calls, call)
		}
	default:
		r.Message.Text = fmt.Sprintf(`{"tool":%q,"arguments":%s}`, tool, args)
	}

	return r, nil
}

// oddShop is the shop with a babbler for a clerk, and a foreign tool with any schema that returns anything.
func oddShop(rng *rand.Rand, texts []string, schema, result string) *topology.Topology {
	var m llm.Model = &babbler{rng: rng, texts: texts, native: true}
	if rng.IntN(2) == 0 {
		m = llm.ToolsBySchema(&babbler{rng: rng, texts: texts})
	}

	foreign := agent.Tool{Tool: llm.Tool{
		Name: "foreign", Description: schema, Schema: json.RawMessage(schema),
		Run: func(_ context.Context, args json.RawMessage) (any, error) {
			switch len(args) % 4 {
			case 0:
				return nil, errors.New(result)
			case 1:
				panic(result)
			case 2:
				return json.RawMessage(result), nil
			}
			return result, nil
		},
	}}

	all := func(c agent.Case[CustomerID, Customer]) []agent.Tool { return append(tools(c)[:2:2], foreign) }

	return shopWith(m, agent.Bounds{Steps: 4, Lines: 8}, all)
}

// chat sends messages of some customers, each after the answer to the one before, and judges the answers.
func chat(t *testing.T, e topologytest.Engine, rng *rand.Rand, customers int, texts []string) {
	t.Helper()

	send := func(topic, key string, v any) {
		b, err := json.Marshal(v)
		if err == nil {
			err = e.Send(topic, key, b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	for i, id := range []string{"o-1", "o-2"} {
		customer := CustomerID(fmt.Sprint("c-", i))
		send(string(OrderEvents), id, Order{Customer: customer, Item: "lamp", Price: 5, State: "delivered"})
	}

	proposed, agreed := map[string]bool{}, map[string]int{}
	for i := range 6 {
		asked := map[string]string{} // of this round: the id of each customer's message
		for c := range customers {
			key := fmt.Sprint("c-", c)
			send("messages", key, agent.Message{ID: fmt.Sprint(key, " back ", i), Kind: agent.HandBack})
			text := pick(rng, []string{"yes", "refund o-1", "hello", "no"}, texts)
			if proposed[key] && rng.IntN(2) == 0 {
				text = "yes"
			}
			if (agent.Message{Text: text}).Valid() != nil { // it would be a dead letter, and nothing else
				text = "hello"
			}
			if agent.ReadAnswer(text) == agent.Yes {
				agreed[key]++
			}
			asked[key] = fmt.Sprint(key, " ", i)
			send("messages", key, agent.Message{ID: asked[key], Text: text})
		}
		proposed = judgeAnswers(t, e, asked)
	}

	for _, r := range e.Sent("commands") {
		if agreed[r.Key]--; agreed[r.Key] < 0 {
			t.Errorf("%s: a command that was not agreed to: %s", r.Key, r.Value)
		}
	}
	for _, r := range e.Sent("shop.dead-letters") {
		t.Errorf("dead: %.1000s %.1000q", r.Value, r.Headers)
	}
}

// judgeAnswers fails if a message has no answer, or its turn no end. It returns to whom something is
// proposed.
func judgeAnswers(t *testing.T, e topologytest.Engine,
	asked map[string]string) (proposed map[string]bool) {
	t.Helper()

	proposed = map[string]bool{}
	answers := map[string]int{}
	handovers := map[string]int{}
	unanswered := func(key string) bool { return answers[asked[key]]+handovers[asked[key]] == 0 }
	for patience := time.Now().Add(30 * time.Second); ; e.Advance(5 * time.Millisecond) {
		for _, r := range e.Sent("replies") {
			reply := decode[agent.Reply](t, r)
			tellable(t, reply)
			answers[reply.Message]++
			proposed[r.Key] = reply.Proposal != nil
		}

		for _, r := range e.Sent("handovers") {
			handovers[decode[agent.Handover](t, r).Message]++
		}

		if !slices.ContainsFunc(slices.Collect(maps.Keys(asked)), unanswered) || time.Now().After(patience) {
			break
		}
	}

	e.Advance(time.Millisecond) // and the rows are stored
	for key, id := range asked {
		if unanswered(key) || answers[id] > 1 || handovers[id] > 1 {
			t.Errorf("%q has %d answers and was handed over %d times", id, answers[id], handovers[id])
		}

		var c Customer
		if _, err := e.Row(t.Context(), string(Customers), key, &c); err != nil {
			t.Fatal(err)
		}
		if c.Talk.Work != nil || len(c.Talk.Waiting) > 0 {
			t.Errorf("%q: the turn has no end: %+v", id, c.Talk)
		}
	}

	return proposed
}

func decode[V any](t *testing.T, r topology.Record) (v V) {
	if err := json.Unmarshal(r.Value, &v); err != nil {
		t.Errorf("%s of %s: %.1000s: %v", r.Topic, r.Key, r.Value, err)
	}
	return v
}

// tellable fails if a reply must not be told to a customer.
func tellable(t *testing.T, r agent.Reply) {
	marked := strings.Contains(r.Text, "<think>") || strings.Contains(r.Text, "<tool_call>")
	if r.Text == "" || r.By == agent.ByAgent && marked {
		t.Errorf("they are told %.1000q", r.Text)
	}
}

// Whatever a model writes and a tool returns, each message is answered once or given to a person, each turn
// ends, and nothing is done without a yes.
//
//	go test -fuzz FuzzTurn ./llm/agent
func FuzzTurn(f *testing.F) {
	f.Add(uint64(47), "I see.", "", `{}`, "\x00")
	for seed := range uint64(20) {
		f.Add(seed, "I see.", "What?", `{"type":"object","properties":{"a":{"type":"string"}}}`, `{"a":1}`)
	}

	f.Fuzz(func(t *testing.T, seed uint64, one, other, schema, result string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		rng, texts := rand.New(rand.NewPCG(seed, 2)), []string{one, other}
		e, err := topologytest.NewMemory(ctx, oddShop(rng, texts, schema, result))
		if err != nil {
			t.Fatal(err)
		}
		chat(t, e, rand.New(rand.NewPCG(seed, 3)), 2, texts)
	})
}

// The same on a broker.
func TestTurnsOfABabbler(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs a broker")
	}

	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	raw := make([]byte, rng.IntN(2000))
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}

	texts := []string{string(raw), "What?"}
	e := processorstest.Embedded(t, oddShop(rng, texts, `{"type":"object"}`, string(raw)))
	chat(t, e, rand.New(rand.NewPCG(seed, 3)), 20, texts)
}
