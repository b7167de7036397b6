package processors_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// chain has three stages, so that two workers of one name can fence each other in different ones.
func chain() *topology.Topology {
	const (
		second topology.Topic[id, visit] = "second"
		third  topology.Topic[id, visit] = "third"
	)
	t := topology.New("chain")
	count := func(s seen, v visit) seen { s.Count++; s.Sum += v.N; return s }
	topology.Fold(guests, topology.From(t, visits), count).To(second)
	topology.Fold(topology.Table[id, seen]("hosts"), topology.From(t, second), count).To(third)
	topology.Fold(topology.Table[id, seen]("staff"), topology.From(t, third), count)

	return t
}

// A twin is one of two workers of one name.
type twin struct {
	*processors.Worker
	ended chan error
}

func startTwin(t *testing.T, c processors.Config) *twin {
	t.Helper()

	w, err := processors.NewWorker(c, chain())
	if err != nil {
		t.Fatal(err)
	}

	return &twin{w, make(chan error, 1)}
}

// run runs the twin until the test ends.
func (w *twin) run(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		w.ended <- w.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
}

// settles checks that the twin goes on after the other has ended.
func (w *twin) settles(t *testing.T) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	settled := make(chan error, 1)
	go func() { settled <- testhook.Settle(ctx, w.Worker) }()

	select {
	case err := <-settled:
		if err != nil {
			t.Errorf("the other one of two twins does not settle: %v", err)
		}
	case err := <-w.ended:
		t.Errorf("both of two twins have ended, the second with: %v", err)
	}
}

func isTwinError(err error) bool {
	var fatal *processors.FatalError
	return errors.As(err, &fatal) && strings.Contains(err.Error(), `instance "same"`)
}

// A gate is a network that holds up those who join the group of one stage.
type gate struct {
	group  string
	shut   atomic.Bool
	came   chan struct{} // gets one when someone is held up
	opened chan struct{}
}

func (g *gate) Dial(network, addr string) (net.Conn, error) {
	c, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	return gatedConn{c, g}, nil
}

type gatedConn struct {
	net.Conn
	g *gate
}

const joinGroup = 11 // its API key

func (c gatedConn) Write(b []byte) (int, error) {
	joins := len(b) > 6 && binary.BigEndian.Uint16(b[4:]) == joinGroup
	if joins && strings.Contains(string(b), c.g.group) && c.g.shut.CompareAndSwap(true, false) {
		c.g.came <- struct{}{}
		<-c.g.opened
	}
	return c.Conn.Write(b)
}

// Of two workers of one name that fence each other, each in another stage, exactly one ends: the older one.
// Here a stage of the older one was about to join its group when the younger one started, and joins after it.
func TestOlderTwinEndsThoughItFencesTheYounger(t *testing.T) {
	skipRace(t)
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Instance: "same", Partitions: 2, Logger: quiet,
		SessionTimeout: 3 * time.Second}

	g := &gate{group: "chain.hosts", came: make(chan struct{}, 1), opened: make(chan struct{})}
	gated := c
	gated.Dialer = g

	older := startTwin(t, gated)
	var crash atomic.Bool
	testhook.OnPhase(older.Worker, func(stage, phase string) error {
		if stage == g.group && phase == "before commit" && crash.CompareAndSwap(true, false) {
			return errors.New("crash")
		}
		return nil
	})
	older.run(t)
	<-older.Ready()

	g.shut.Store(true)
	crash.Store(true)
	send(t, b, 4, 1)
	<-g.came

	younger := startTwin(t, c)
	younger.run(t)
	<-younger.Ready()
	close(g.opened)

	onlyYoungerSurvives(t, older, younger)
}

// The same under load, as it comes.
func TestExactlyOneOfTwoTwinsEnds(t *testing.T) {
	skipRace(t)

	for range 4 {
		b := broker(t)
		c := processors.Config{Brokers: []string{b.Addr()}, Instance: "same", Partitions: 2, Logger: quiet,
			SessionTimeout: 3 * time.Second}

		older, younger := startTwin(t, c), startTwin(t, c)
		older.run(t)
		<-older.Ready()

		younger.run(t)
		send(t, b, 10, 20)

		onlyYoungerSurvives(t, older, younger)
	}
}

// onlyYoungerSurvives waits until the older twin has ended, and the younger has done all work.
func onlyYoungerSurvives(t *testing.T, older, younger *twin) {
	t.Helper()

	select {
	case err := <-older.ended:
		if !isTwinError(err) {
			t.Errorf("the older twin ended with: %v", err)
		}
	case err := <-younger.ended:
		t.Fatalf("the younger twin ended: %v", err)
	case <-time.After(30 * time.Second):
		t.Fatal("both twins go on")
	}
	younger.settles(t)
}

func skipRace(t *testing.T) {
	if raceDetector {
		t.Skip("sarama races with itself when a producer is fenced; runs without the race detector")
	}
}
