package processorstest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

type (
	key     string
	wish    struct{ N int }
	account struct {
		Limit, Granted int
		Log            []int
	}
	plea struct {
		Wish    wish
		Account account
		Rate    int
	}
	verdict struct{ N, Rate int }
)

const (
	wishes   topology.Topic[key, wish]    = "wishes"
	limits   topology.Topic[key, int]     = "limits"
	rates    topology.Topic[key, int]     = "rates"
	verdicts topology.Topic[key, verdict] = "verdicts"
	accounts topology.Table[key, account] = "accounts"
	rateRows topology.Table[key, int]     = "rate-rows"
)

func bank(op topology.Operator[plea, verdict], p topology.Policy[plea]) *topology.Topology {
	t := topology.New("bank")
	topology.Fold(accounts, topology.From(t, limits), func(a account, n int) account { a.Limit = n; return a })
	topology.Fold(rateRows, topology.From(t, rates), topology.Latest)
	pleas := topology.Join(topology.From(t, wishes), accounts, func(w wish, a account) plea { return plea{Wish: w, Account: a} })
	pleas = topology.Lookup(pleas, rateRows, func(plea) key { return "base" }, func(p plea, r int) plea { p.Rate = r; return p })
	settled, _ := topology.Async(pleas, "judge", op, p)
	settled.To(verdicts)
	topology.Fold(accounts, settled, func(a account, v verdict) account {
		a.Log = append(a.Log[:len(a.Log):len(a.Log)], v.N)
		a.Granted += v.N
		return a
	})
	return t
}

type slow struct {
	topology.Func[plea, verdict]
}

func slowly(d time.Duration) slow {
	return slow{func(ctx context.Context, p plea) (verdict, error) {
		select {
		case <-time.After(d):
			return verdict{p.Wish.N, p.Rate}, nil
		case <-ctx.Done():
			return verdict{}, ctx.Err()
		}
	}}
}

func (slow) Check(p plea, v verdict) error {
	if v.N > p.Account.Limit {
		return errors.New("over the limit")
	}
	return nil
}

func TestCrashAtEachStep(t *testing.T) {
	for _, when := range []string{"", "before ", "after "} {
		for _, step := range []string{"pending", "commit", "dispatch", "answer", "settle"} {
			t.Run(when+step, func(t *testing.T) {
				e := engineUnderTest(t, bank(slowly(20*time.Millisecond), topology.Policy[plea]{}))
				topologytest.Send(e, limits, "a", 10)
				if when != "" {
					if err := e.Fault("crash " + when + step); err != nil {
						t.Fatal(err)
					}
				}
				for n := 1; n <= 3; n++ {
					topologytest.Send(e, wishes, "a", wish{n})
				}
				if when == "" {
					_ = e.Fault("crash")
				}
				e.Advance(500 * time.Millisecond)
				a, err := state.Of(e, accounts).Get(t.Context(), "a")
				if got := topologytest.Sent(e, verdicts); fmt.Sprint(a.Log) != "[1 2 3]" || len(got) != 3 {
					t.Errorf("row %v, %d verdicts, %v", a.Log, len(got), err)
				}
			})
		}
	}
}

func engineUnderTest(t *testing.T, top *topology.Topology) topologytest.Engine {
	if os.Getenv(processorstest.KafkaEnv) != "" {
		return processorstest.Kafka(t, top)
	}
	return processorstest.Embedded(t, top)
}
