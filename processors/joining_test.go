package processors_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors"
)

// mortal is the network of a worker that dies when it has asked to join a group: its connections close, and
// none opens.
type mortal struct {
	mu    sync.Mutex
	conns []net.Conn
	died  chan struct{}
}

var errDead = errors.New("the worker is dead")

func (m *mortal) Dial(network, addr string) (net.Conn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if m.isDead() {
		return nil, errDead
	}

	c, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	m.conns = append(m.conns, c)

	return mortalConn{c, m}, nil
}

func (m *mortal) isDead() bool {
	select {
	case <-m.died:
		return true
	default:
		return false
	}
}

func (m *mortal) die() {
	m.mu.Lock()
	defer m.mu.Unlock()

	if m.isDead() {
		return
	}
	close(m.died)

	for _, c := range m.conns {
		_ = c.Close()
	}
}

type mortalConn struct {
	net.Conn
	m *mortal
}

func (c mortalConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if len(b) > 6 && binary.BigEndian.Uint16(b[4:]) == joinGroup {
		c.m.die()
		return 0, errDead
	}
	return n, err
}

// A worker that is killed while it joins its group holds up the others for a rebalance time-out at most. On
// the embedded broker that needs names: a member without one that dies then blocks its group permanently.
func TestWorkersKilledWhileJoiningHoldUpNobody(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, Instance: "a", Logger: quiet}
	a := run(t, c, counter(nil))

	for range 2 {
		m := &mortal{died: make(chan struct{})}
		dying := c
		dying.Instance, dying.Dialer = "b", m

		w, err := processors.NewWorker(dying, counter(nil))
		if err != nil {
			t.Fatal(err)
		}

		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		<-m.died
		stop()
		<-done
	}

	send(t, b, 10, 1)

	// Each member that died may hold up the group for a rebalance time-out, which is 15 s.
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()

	if err := a.Settle(ctx); err != nil {
		t.Fatal(err)
	}

	if n := len(read(t, b, string(echoes))); n != 10 {
		t.Errorf("%d events of 10 passed", n)
	}
}
