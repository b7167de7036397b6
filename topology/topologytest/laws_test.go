package topologytest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

type (
	key     string
	wish    struct{ N int }
	account struct {
		Limit, Granted, Version int
		Log                     []int
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

// bank grants wishes within a limit: slow, with a row of its own key and one of another's.
func bank(op topology.Operator[plea, verdict], p topology.Policy[plea]) *topology.Topology {
	t := topology.New("bank")
	topology.Fold(accounts, topology.From(t, limits),
		func(a account, n int) account { a.Limit = n; return a })
	topology.Fold(rateRows, topology.From(t, rates), topology.Latest)
	pleas := topology.Join(topology.From(t, wishes), accounts,
		func(w wish, a account) plea { return plea{Wish: w, Account: a} })
	pleas = topology.Lookup(pleas, rateRows, func(plea) key { return "base" },
		func(p plea, r int) plea { p.Rate = r; return p })
	settled, _ := topology.Async(pleas, "judge", op, p)
	settled.To(verdicts)
	topology.Fold(accounts, settled, func(a account, v verdict) account {
		a.Log = append(a.Log[:len(a.Log):len(a.Log)], v.N)
		a.Granted += v.N
		return a
	})

	return t
}

// slow answers after a second with what it was asked.
type slow struct {
	topology.Func[plea, verdict]
	calls *int
}

func slowly(calls *int) slow {
	return slow{func(ctx context.Context, p plea) (verdict, error) {
		*calls++

		select {
		case <-time.After(time.Second):
			return verdict{p.Wish.N, p.Rate}, nil
		case <-ctx.Done():
			return verdict{}, ctx.Err()
		}
	}, calls}
}

func (slow) Check(_ context.Context, p plea, v verdict) error {
	if v.N > p.Account.Limit {
		return errors.New("over the limit")
	}
	return nil
}

func TestAnswersSettleInOrderPerKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		e := topologytest.Memory(t, bank(slowly(&calls), topology.Policy[plea]{}))
		topologytest.Send(e, limits, "a", 10)
		topologytest.Send(e, limits, "b", 10)

		for n := 1; n <= 3; n++ {
			topologytest.Send(e, wishes, "a", wish{n})
		}
		topologytest.Send(e, wishes, "b", wish{9})
		e.Advance(time.Second)

		if got := topologytest.Sent(e, verdicts); len(got) != 2 {
			t.Fatalf("after a second: %v, want one verdict of each key", got)
		}
		e.Advance(2 * time.Second)

		a, _ := state.Of(e, accounts).Get(t.Context(), "a")
		if fmt.Sprint(a.Log) != "[1 2 3]" {
			t.Errorf("order of a: %v", a.Log)
		}
	})
}

func TestAnswerThatNoLongerHoldsIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		e := topologytest.Memory(t, bank(slowly(&calls),
			topology.Policy[plea]{Changed: func(a, b plea) bool { return a.Rate != b.Rate }}))
		topologytest.Send(e, limits, "a", 10)
		topologytest.Send(e, wishes, "a", wish{5})
		topologytest.Send(e, rates, "base", 3)
		e.Advance(time.Second)

		if got := topologytest.Sent(e, verdicts); len(got) != 0 {
			t.Fatalf("an answer to an old question took effect: %v", got)
		}
		e.Advance(time.Second)

		got := topologytest.Sent(e, verdicts)
		if len(got) != 1 || got[0].Value.Rate != 3 || got[0].Headers["ce_attempts"] != "2" ||
			got[0].Headers["ce_rows"] != "accounts/a@1,rate-rows/base@1" {
			t.Errorf("%+v", got)
		}
		topologytest.Send(e, wishes, "a", wish{8})
		topologytest.Send(e, limits, "a", 1)
		e.Advance(10 * time.Second)

		if dead := e.Sent("bank.dead-letters"); len(dead) != 1 || calls != 2+3 {
			t.Errorf("after %d calls: %d dead letters, want 1 after 3 calls", calls-2, len(dead))
		}
	})
}

func TestCrashAtEachStepLosesAndDoublesNothing(t *testing.T) {
	for _, when := range []string{"", "before ", "after "} {
		for _, step := range []string{"pending", "commit", "dispatch", "answer", "settle"} {
			t.Run(when+step, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					calls := 0
					e := topologytest.Memory(t, bank(slowly(&calls), topology.Policy[plea]{}))
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
					e.Advance(5 * time.Second)

					a, _ := state.Of(e, accounts).Get(t.Context(), "a")
					if got := topologytest.Sent(e, verdicts); fmt.Sprint(a.Log) != "[1 2 3]" ||
						len(got) != 3 {
						t.Errorf("row %v, %d verdicts", a.Log, len(got))
					}

					if calls > 4 {
						t.Errorf("%d calls", calls)
					}
				})
			})
		}
	}
}
