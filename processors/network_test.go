package processors_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// A network relays what its connections say, late by delay. While it is a black hole, it swallows everything
// and answers nothing, as one does whose cable is cut: no connection ends, none opens.
type network struct {
	delay time.Duration

	mu   sync.Mutex
	hole chan struct{} // closed when the black hole ends; nil: there is none
}

func (n *network) swallow(t *testing.T) {
	n.mu.Lock()
	defer n.mu.Unlock()

	hole := make(chan struct{})
	n.hole = hole
	t.Cleanup(func() { close(hole) })
}

// pass returns when there is no black hole.
func (n *network) pass() {
	n.mu.Lock()
	hole := n.hole
	n.mu.Unlock()

	if hole != nil {
		<-hole
	}
}

// Dial implements processors.Dialer.
func (n *network) Dial(network, address string) (net.Conn, error) {
	n.pass()

	there, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}

	here, relayed := net.Pipe() // has deadlines, which a black hole must not break
	go n.relay(relayed, there)
	go n.relay(there, relayed)

	return here, nil
}

func (n *network) relay(to io.WriteCloser, from io.ReadCloser) {
	defer to.Close()
	defer from.Close()

	type chunk struct {
		bytes []byte
		at    time.Time
	}
	underway := make(chan chunk, 1024)

	go func() {
		defer close(underway)

		for {
			b := make([]byte, 64<<10)
			k, err := from.Read(b)
			if err != nil {
				return
			}
			underway <- chunk{b[:k], time.Now().Add(n.delay)}
		}
	}()

	for c := range underway {
		time.Sleep(time.Until(c.at))
		n.pass()

		if _, err := to.Write(c.bytes); err != nil {
			return
		}
	}
}

// A worker without a network keeps its rows, and another worker changes them. Without a proof that it still
// owns them, it tells old rows as those of now.
func TestFreshnessWithoutANetwork(t *testing.T) {
	t.Parallel()
	b, cable := broker(t), &network{}
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, SessionTimeout: time.Second}
	severed := c
	severed.Dialer = cable
	severed.StopTimeout = time.Millisecond

	first := begin(t, severed, counter(nil))
	first.awaitReady(t)
	send(t, b, 1, 1)
	settle(t, first.running)

	row, err := state.Of(first, guests).Row(t.Context(), "g-0")
	if err != nil || row.Value.Count != 1 || time.Since(row.AsOf) > time.Hour {
		t.Fatalf("with a network, the row is %+v, %v", row, err)
	}

	cable.swallow(t)

	second := run(t, c, counter(nil))
	send(t, b, 1, 1)
	settle(t, second)
	changed := time.Now()

	for silent := new(state.NotHereError); !errors.As(err, &silent); {
		row, err = state.Of(first, guests).Row(t.Context(), "g-0")
		if err == nil && row.AsOf.After(changed) {
			t.Fatalf("the row of before is told as of %v after it was changed", row.AsOf.Sub(changed))
		}
	}

	for _, err := range state.Of(first, guests).All(t.Context()) {
		if err == nil {
			t.Error("a worker that has no network lists the rows of another")
		}
	}
}

// A commit takes longer than the lease lasts if each round trip takes long. Were commits the only proof, no
// call would ever be made.
func TestCallsOnASlowNetwork(t *testing.T) {
	t.Parallel()
	b, far := broker(t), &network{delay: 100 * time.Millisecond}
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, SessionTimeout: 2 * time.Second,
		Dialer: far}

	asked := make(chan struct{}, 1)
	w := begin(t, c, counter(topology.Func[visit, visit](func(_ context.Context, v visit) (visit, error) {
		select {
		case asked <- struct{}{}:
		default:
		}
		return v, nil
	})))
	w.awaitReady(t)
	send(t, b, 1, 1)

	select {
	case <-asked:
	case <-time.After(time.Minute):
		t.Error("no call is made")
	}
}

// A worker in a black hole stops. Each request of sarama waits for its time-out there, and retries multiply
// these to minutes.
func TestStopInABlackHole(t *testing.T) {
	t.Parallel()
	b, cable := broker(t), &network{}
	c := processors.Config{Brokers: []string{b.Addr()}, SessionTimeout: time.Second,
		StopTimeout: time.Millisecond, Dialer: cable}

	w := begin(t, c, counter(nil))
	w.awaitReady(t)
	cable.swallow(t)
	send(t, b, 8, 1) // it is in the middle of something
	w.stop()

	select {
	case <-w.ended:
	case <-time.After(time.Minute): // the grace is 5 s
		t.Error("the worker has not stopped")
	}
}

// Neither a worker nor a client waits for brokers that are silent when it is told to stop before it has
// begun.
func TestStartInABlackHole(t *testing.T) {
	t.Parallel()
	cable := &network{}
	cable.swallow(t)
	c := processors.Config{Brokers: []string{"127.0.0.1:1"}, SessionTimeout: time.Hour, Dialer: cable,
		Logger: quiet}

	for what, start := range map[string]func(context.Context) error{
		"worker": func(ctx context.Context) error {
			w, err := processors.NewWorker(c, counter(nil))
			if err != nil {
				return err
			}
			return w.Run(ctx)
		},
		"client": func(ctx context.Context) error {
			_, err := processors.DialContext(ctx, c)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)

		if err := start(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A begun worker has been started and may end as it likes.
type begun struct {
	running
	ended chan error
}

// begin starts a worker that may lose its brokers, so that nothing is expected of its end.
func begin(t *testing.T, c processors.Config, top *topology.Topology) begun {
	t.Helper()
	c.Logger = quiet

	w, err := processors.NewWorker(c, top)
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	r := begun{ended: make(chan error, 1)}
	r.running = running{w, func() error { cancel(); return nil }}
	go func() { r.ended <- w.Run(ctx) }()
	t.Cleanup(cancel)

	return r
}

func (b begun) awaitReady(t *testing.T) {
	t.Helper()

	select {
	case <-b.Ready():
	case err := <-b.ended:
		t.Fatalf("the worker ended: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the worker does not get ready")
	}
}
