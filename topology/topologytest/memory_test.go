package topologytest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

const (
	questions topology.Topic[string, int] = "questions"
	doubled   topology.Topic[string, int] = "doubled"
)

func doubling(decide topology.Func[int, int]) *topology.Topology {
	t := topology.New("doubling")
	answers, _ := topology.Async(topology.From(t, questions), "double", decide, topology.Policy[int]{})
	answers.To(doubled)
	return t
}

// Without a test the engine works like the one of tests: each event is finished when it is sent.
func TestNewMemory(t *testing.T) {
	e, err := topologytest.NewMemory(t.Context(),
		doubling(func(_ context.Context, n int) (int, error) { return 2 * n, nil }))
	if err != nil {
		t.Fatal(err)
	}
	topologytest.Send(e, questions, "a", 21)

	if out := topologytest.Sent(e, doubled); len(out) != 1 || out[0].Value != 42 {
		t.Errorf("twice 21 is %+v", out)
	}
}

// Its context ends it, even while a call is under way; it takes no more events then.
func TestNewMemoryStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())

	e, err := topologytest.NewMemory(ctx, doubling(func(ctx context.Context, n int) (int, error) {
		stop()
		<-ctx.Done()
		return 0, ctx.Err()
	}))
	if err != nil {
		t.Fatal(err)
	}

	for range 2 {
		if err := e.Send("questions", "a", []byte("21")); !errors.Is(err, context.Canceled) {
			t.Errorf("after its context has ended, an event is taken: %v", err)
		}
	}
}

// A topology that is not valid is an error.
func TestNewMemoryInvalid(t *testing.T) {
	if _, err := topologytest.NewMemory(t.Context(), topology.New("")); err == nil {
		t.Error("a topology without a name is run")
	}
}
