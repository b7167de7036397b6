package processors_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// charged makes one request for each claim, of at most 10 tokens, and uses as many as uses says.
func charged(requests *atomic.Int64,
	uses func(n int64) (tokens int, known bool)) topology.Operator[claim, claim] {
	return topology.Func[claim, claim](func(ctx context.Context, c claim) (claim, error) {
		r, err := budget.Reserve(ctx, budget.Request{Model: "m", Bytes: 4, Output: 5})
		if err != nil {
			return c, err
		}
		defer r.Close()

		if tokens, known := uses(requests.Add(1)); known {
			r.Settle(tokens, 0)
		}
		return c, nil
	})
}

// budgeted is a topology whose claims may use so many tokens.
func budgeted(op topology.Operator[claim, claim], limits ...budget.Limit) *topology.Topology {
	return adjusting("adjuster", op, topology.Policy[claim]{
		Budget: budget.Budget{Limits: limits, Template: 1},
		Tenant: func(c claim) string { return fmt.Sprint(c.N) },
	})
}

// Workers share a budget, also those that start later. What is not known to be used stays spent.
func TestWorkersShareABudget(t *testing.T) {
	b, requests := broker(t), new(atomic.Int64)
	unknown := func(int64) (int, bool) { return 0, false }
	start := func(name string, tokens int64) running {
		c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 4, Instance: name}
		c.Listen = "127.0.0.1:0"
		return run(t, c, budgeted(charged(requests, unknown), budget.Limit{Tokens: tokens},
			budget.Limit{Calls: 8, Per: budget.Tenant}))
	}
	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	one, two := start("one", 155), start("two", 155)
	var rs []topology.Record
	for i := range 40 {
		key, value := fmt.Sprintf("f-%d", i), fmt.Appendf(nil, `{"n":%d}`, i%3)
		rs = append(rs, topology.Record{Key: key, Value: value})
	}
	sendClaims(t, b, rs...)

	waiting := func(workers ...running) func() bool {
		return func() bool {
			n := 0
			for _, w := range workers {
				page, _, err := w.Waiting(t.Context(), "adjuster", "", 100)
				if err != nil {
					return false
				}
				for _, x := range page {
					if strings.Contains(x.Cause, "does not fit") {
						n++
					}
				}
			}
			return n == 25
		}
	}
	until(t, "25 wait for the budget", waiting(one, two))

	if n := requests.Load(); n != 15 {
		t.Errorf("%d requests of 10 tokens, of 155", n)
	}

	spent, err := k.Spent(t.Context(), "adjusting")
	if err != nil || len(spent.Balances) != 4 {
		t.Fatalf("%+v, %v", spent, err)
	}

	if all := spent.Balances[0]; all.Unknown != 150 || all.Left != 5 || all.Limit != 155 {
		t.Errorf("%+v", all)
	}

	if err := two.stop(); err != nil {
		t.Fatal(err)
	}
	three := start("three", 205) // a new version
	until(t, "5 more are asked", func() bool { return requests.Load() == 20 })

	resp, err := http.Get("http://" + three.Address() + "/budget?topology=adjusting")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", resp, err)
	}
}

// What a request has not used is free at once for those that wait, at any worker.
func TestWhatIsNotUsedIsFreeAgain(t *testing.T) {
	b, requests := broker(t), new(atomic.Int64)
	one := func(int64) (int, bool) { return 1, true }
	start := func(name string) running {
		c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 4, Instance: name}
		return run(t, c, budgeted(charged(requests, one), budget.Limit{Tokens: 40}))
	}
	start("one")
	start("two")

	var rs []topology.Record
	for i := range 60 {
		rs = append(rs, topology.Record{Key: fmt.Sprintf("f-%d", i), Value: []byte(`{"n":1}`)})
	}
	sendClaims(t, b, rs...)

	// After 31 requests, 9 tokens are left: too few for one more.
	until(t, "31 are asked", func() bool { return requests.Load() == 31 })
	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	until(t, "31 are spent", func() bool {
		s, err := k.Spent(t.Context(), "adjusting")
		return err == nil && s.Balances[0].Spent == 31 && s.Balances[0].Reserved == 0
	})
}

// A model that uses more than it can is stopped at all workers, and told of, until somebody allows it.
func TestAModelThatExceedsItsBoundIsStoppedEverywhere(t *testing.T) {
	b, requests := broker(t), new(atomic.Int64)
	var notices atomic.Int64
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, OnNotice: func(n processors.Notice) {
		if n.Kind == processors.ModelStopped {
			notices.Add(1)
		}
	}}
	first := func(n int64) (int, bool) { return map[bool]int{true: 11, false: 1}[n == 1], true }
	run(t, c, budgeted(charged(requests, first), budget.Limit{Tokens: 1000}))

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	sendClaims(t, b, topology.Record{Key: "a", Value: []byte(`{"n":1}`)})
	until(t, "the model is stopped", func() bool { return notices.Load() == 1 })
	sendClaims(t, b, topology.Record{Key: "b", Value: []byte(`{"n":1}`)})

	s, err := k.Spent(t.Context(), "adjusting")
	if err != nil || len(s.Stopped) != 1 || requests.Load() != 1 {
		t.Errorf("%+v, %v, %d requests", s, err, requests.Load())
	}

	if err := k.AllowModel(t.Context(), "adjusting", "m", "a test"); err != nil {
		t.Fatal(err)
	}
	until(t, "the model is asked again", func() bool { return requests.Load() == 2 })
}

// A ledger that the broker would shorten is refused.
func TestALedgerThatWouldBeShortenedIsRefused(t *testing.T) {
	b := broker(t)
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		d := &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}
		return a.CreateTopic("adjusting.budget", d, false)
	})

	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, Logger: quiet}
	w, err := processors.NewWorker(c,
		budgeted(charged(new(atomic.Int64), nil), budget.Limit{Tokens: 1}))
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.Run(ctx); err == nil || !strings.Contains(err.Error(), "the ledger of budgets") {
		t.Errorf("%v", err)
	}
}
