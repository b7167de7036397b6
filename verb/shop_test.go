package verb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/rollout"
	"github.com/slipstream-go/slipstream/verb"
)

// A shop counts what its customers order, and advises them: the program of these tests.
type (
	customerID string
	order      struct {
		Tea int `json:"tea"`
	}
	total struct {
		Tea    int    `json:"tea"`
		Advice string `json:"advice,omitempty"`
	}
	advice struct {
		Say string `json:"say"`
	}
)

const (
	orders  topology.Topic[customerID, order]  = "orders"
	advices topology.Topic[customerID, advice] = "advice"
	totals  topology.Table[customerID, total]  = "totals"
)

func shop() verb.Program {
	return verb.Program{Name: "shop", Topologies: []*topology.Topology{shopOf("thank you for %d")}}
}

// shopOf is the topology of a shop that has a saying for how much tea somebody has ordered in all.
func shopOf(saying string) *topology.Topology {
	t := topology.New("shop")
	valid := topology.From(t, orders).Check(func(o order) error {
		if o.Tea <= 0 {
			return errors.New("an order is of some tea")
		}
		return nil
	})
	ordered := topology.Fold(totals, valid, func(r total, o order) total { r.Tea += o.Tea; return r })
	cases := topology.Join(ordered, totals, func(_ order, r total) total { return r })
	advise := func(_ context.Context, r total) (advice, error) { return advice{fmt.Sprintf(saying, r.Tea)}, nil }
	brief := func(context.Context, total) (advice, error) { return advice{"thanks"}, nil }
	adviser := rollout.Operator[total, advice]{
		Operator: topology.Func[total, advice](advise),
		Others:   map[string]topology.Operator[total, advice]{"brief": topology.Func[total, advice](brief)},
	}
	advised, _ := topology.Async(cases, "advise", adviser, topology.Policy[total]{Record: true})
	advised.To(advices)
	topology.Fold(totals, advised, func(r total, a advice) total { r.Advice = a.Say; return r })

	return t
}

// broker starts a broker for development, and returns its address.
func broker(t *testing.T) string {
	t.Helper()

	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b.Addr()
}

// open starts a shop, which commands find by themselves, and returns the address of its broker.
func open(t *testing.T) string {
	t.Helper()
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	addr := broker(t)
	worker := start(t, "run", "--brokers", addr, "--instance", "one")
	worker.until("ready: ")
	t.Cleanup(func() {
		if s := worker.end(); s != verb.StatusOK {
			t.Errorf("an interrupted worker ends with %d: %s", s, worker.errs.text())
		}
	})

	return addr
}
