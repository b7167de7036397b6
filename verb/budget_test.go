package verb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/verb"
)

// thrift is a shop whose adviser may use 1,000 tokens. It asks a model that uses as many as an order has tea,
// where 10 are the most that it can use.
func thrift() verb.Program {
	t := topology.New("thrift")
	advise := func(ctx context.Context, o order) (advice, error) {
		r, err := budget.Reserve(ctx, budget.Request{Model: "m", Bytes: 4, Output: 5})
		if err != nil {
			return advice{}, err
		}
		defer r.Close()
		r.Settle(o.Tea, 0)
		return advice{"drink"}, nil
	}
	op := topology.Func[order, advice](advise)
	advised, failed := topology.Async(topology.From(t, orders), "advise", op,
		topology.Policy[order]{Budget: budget.Budget{
			Limits:   []budget.Limit{{Tokens: 1000}, {Calls: 100, Every: time.Hour, Per: budget.Key}},
			Template: 1,
		}})
	advised.To(advices)
	failed.To(topology.Topic[customerID, topology.Failure[order]]("unadvised"))

	return verb.Program{Name: "thrift", Topologies: []*topology.Topology{t}}
}

// What is spent is printed, and a model that has used too much is asked again once somebody allows it.
func TestBudget(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	p := thrift()
	worker := startOf(t, p, "run", "--brokers", broker(t), "--instance", "one")
	worker.until("ready: ")
	t.Cleanup(func() { worker.end() })

	shop := func(line string, more ...string) (out string) {
		status, out, errs := runOf(t, p, "", append(strings.Fields(line), more...)...)
		return fmt.Sprint(status, "\n", out, errs)
	}
	until := func(line, want string) {
		t.Helper()
		for end := time.Now().Add(waiting); ; time.Sleep(10 * time.Millisecond) {
			out := shop(line)
			if strings.Contains(strings.Join(strings.Fields(out), " "), want) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: no %q in\n%s", line, want, out)
			}
		}
	}

	out := shop("budget allow m")
	if !strings.HasPrefix(out, "2\n") || !strings.Contains(out, "is not stopped") {
		t.Errorf("a model that is asked: %s", out)
	}

	shop("send orders ann", `{"tea":7}`)
	until("budget list", "thrift advise all tokens 1000 - 7 0 0 993 -")
	until("budget list", "thrift advise key ann calls 100 1h0m0s 1 0 0 99 ")
	until("budget list --json", `"limit":1000,"spent":7,`)

	shop("send orders ann", `{"tea":70}`)
	until("budget list", "thrift: stopped since")

	out = shop("budget allow m --why", "the template is longer")
	if out != "0\nthrift: model m is asked again\n" {
		t.Errorf("allowed: %s", out)
	}
	shop("send orders bob", `{"tea":3}`)
	until("budget list", "thrift advise all tokens 1000 - 80 ")
	if out := shop("budget list"); strings.Contains(out, "stopped") {
		t.Errorf("it is still stopped: %s", out)
	}
}
