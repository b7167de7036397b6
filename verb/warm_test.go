package verb_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/verb"
)

// A sleeper is an operator that has to be warmed up first.
type sleeper struct {
	topology.Func[order, advice]
	warm func() error
}

func (s sleeper) Warm(context.Context) error { return s.warm() }

// A worker builds what it runs, warms it up, runs it and closes it, in this order. A model that does not warm up is told, and
// stops nothing.
func TestBuildWarmRunClose(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	for _, cold := range []error{nil, errors.New("the model is asleep")} {
		var mu sync.Mutex
		var did []string
		do := func(what string) {
			mu.Lock()
			defer mu.Unlock()

			did = append(did, what)
		}

		p := shop()
		p.Build = func(context.Context, *cli.Command) (verb.Built, error) {
			do("build")
			d := topology.New("shop")
			topology.Async(topology.From(d, orders), "advise",
				sleeper{warm: func() error { do("warm"); return cold }}, topology.Policy[order]{})

			return verb.Built{
				Topologies: []*topology.Topology{d},
				By:         "a sleeper",
				Close:      func() error { do("close"); return nil },
			}, nil
		}
		worker := startOf(t, p, "run", "--brokers", broker(t), "--instance", "one")
		worker.until("decided by a sleeper")
		do("run")

		if s := worker.end(); s != verb.StatusOK {
			t.Errorf("status %d", s)
		}

		if want := []string{"build", "warm", "run", "close"}; !slices.Equal(did, want) {
			t.Errorf("did %v, want %v", did, want)
		}

		if told := strings.Contains(worker.errs.text(), "a model did not warm up"); told != (cold != nil) {
			t.Errorf("%v is told: %v", cold, told)
		}
	}
}

// What can't be built is an error, and nothing runs.
func TestBuildFails(t *testing.T) {
	p := shop()
	p.Build = func(context.Context, *cli.Command) (verb.Built, error) {
		return verb.Built{}, errors.New("there is no such model")
	}
	if s, out, errs := runOf(t, p, "", "run", "--brokers", broker(t)); s != verb.StatusFailed ||
		!strings.Contains(errs, "shop: there is no such model") {
		t.Errorf("status %d: %s%s", s, out, errs)
	}
}
