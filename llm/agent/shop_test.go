package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A shop whose assistant knows orders and can have them refunded: the desk is the row of the order.
type (
	CustomerID string
	OrderID    string

	Order struct {
		Customer CustomerID `json:"customer"`
		Item     string     `json:"item"`
		Price    int        `json:"price"`
		State    string     `json:"state"`
		Stock    int        `json:"stock,omitempty"`
	}
	Customer struct {
		Name string             `json:"name,omitempty"`
		Talk agent.Conversation `json:"talk,omitzero"`
	}
	Wanted struct {
		Order OrderID `json:"order"`
	}
	Ticket struct {
		Customer CustomerID    `json:"customer"`
		Command  agent.Command `json:"command"`
	}
)

const (
	OrderEvents topology.Topic[OrderID, Order]            = "order-events"
	Names       topology.Topic[CustomerID, string]        = "names"
	Tickets     topology.Topic[OrderID, Ticket]           = "tickets"
	Refunds     topology.Topic[CustomerID, agent.Result]  = "results"
	Commands    topology.Topic[CustomerID, agent.Command] = "commands"
	Orders      topology.Table[OrderID, Order]            = "orders"
	Customers   topology.Table[CustomerID, Customer]      = "customers"
)

func shop(m llm.Model, b agent.Bounds) *topology.Topology {
	return shopWith(llm.ToolsBySchema(m), b, tools)
}

func shopWith(m llm.Model, b agent.Bounds,
	tools func(agent.Case[CustomerID, Customer]) []agent.Tool) *topology.Topology {
	t := topology.New("shop")
	topology.Fold(Orders, topology.From(t, OrderEvents), func(_ Order, o Order) Order { return o })
	topology.Fold(Customers, topology.From(t, Names),
		func(c Customer, name string) Customer { c.Name = name; return c })
	agent.Agent[CustomerID, Customer]{
		Name: "clerk", Table: Customers, Talk: func(c *Customer) *agent.Conversation { return &c.Talk },
		Model: m, Instructions: "You are the shop's clerk.", Bounds: b,
		Facts: func(_ context.Context, c agent.Case[CustomerID, Customer]) (string, error) {
			return "Customer: " + c.Row.Name, nil
		},
		Tools:   tools,
		Reads:   []topology.Readable{Orders},
		Changed: func(asked, now Customer) bool { return asked.Name != now.Name },
		Check: func(_ context.Context, _ agent.Case[CustomerID, Customer], s agent.Step) error {
			if s.Reply == "It is free." {
				return errors.New("nothing is free")
			}
			return nil
		},
	}.Declare(t)

	tickets := topology.Rekey(topology.Events(topology.From(t, Commands)), Tickets,
		func(e topology.Event[CustomerID, agent.Command], k CustomerID) (OrderID, Ticket) {
			var w Wanted
			_ = json.Unmarshal(e.Value.Arguments, &w) // the tool has checked it
			return w.Order, Ticket{k, e.Value}
		})
	topology.Rekey(topology.Apply(Orders, tickets, Order.refund), Refunds,
		func(r refunded, _ OrderID) (CustomerID, agent.Result) { return r.Customer, r.Result })

	return t
}

type refunded struct {
	Customer CustomerID
	Result   agent.Result
}

// refund is the desk.
func (o Order) refund(t Ticket) (Order, []refunded) {
	if o.State == "lost" { // the desk takes its time: the story sends the result
		return o, nil
	}

	r := agent.Result{Command: t.Command.ID, Time: t.Command.Time}
	if o.State != "delivered" {
		r.Error, r.Code = "the order is "+o.State, "not_delivered"
		return o, []refunded{{t.Customer, r}}
	}
	o.State = "refunded"
	r.OK, r.Text = true, fmt.Sprintf("$%d for the %s are on their way to you.", o.Price, o.Item)

	return o, []refunded{{t.Customer, r}}
}

func tools(c agent.Case[CustomerID, Customer]) []agent.Tool {
	look := func(ctx context.Context, w Wanted) (Order, error) {
		o, err := topology.Get(ctx, Orders, w.Order)
		if err == nil && o.Customer != c.Key {
			err = fmt.Errorf("you have no order %s", w.Order)
		}
		return o, err
	}
	order := agent.Read("get_order", "An order of the customer.", look)
	order.Stale = func(was, is json.RawMessage) bool { return string(was) != string(is) }
	refund := agent.Write("refund_order", "Give the money of an order back.",
		func(ctx context.Context, w Wanted) (agent.Terms, error) {
			o, err := look(ctx, w)
			if err != nil {
				return agent.Terms{}, err
			}
			return agent.Terms{Text: fmt.Sprintf("I can refund $%d for the %s. Shall I?", o.Price, o.Item)}, nil
		})
	hang := agent.Read("ask_warehouse", "What the warehouse says.",
		func(ctx context.Context, _ struct{}) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
	hang.Timeout = 50 * time.Millisecond

	catalog := agent.Read("read_catalog", "All that we sell.",
		func(context.Context, struct {
			Page int `json:"page,omitempty"`
		}) (string, error) {
			return strings.Repeat("<lamp> ", 100_000), nil
		})
	catalog.MaxResult = 5 << 20

	return []agent.Tool{order, refund, hang, catalog}
}

func play(b agent.Bounds) func(*topologytest.Script) *topology.Topology {
	return func(s *topologytest.Script) *topology.Topology {
		return shop(llmtest.SpecModel(s), b)
	}
}

// How an agent talks, as stories, each on every engine.
func TestTalks(t *testing.T) {
	processorstest.Run(t, "testdata/*.spec", play(agent.Bounds{Steps: 4, Lines: 8, Waiting: 2}))
}
