package processorstest

import (
	"net"
	"sync"
)

// A wire is the network of one worker.
type wire struct {
	mu    sync.Mutex
	conns []net.Conn
	dead  bool
}

// Dial implements processors.Dialer.
func (w *wire) Dial(network, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()

	if w.dead {
		return nil, errCrash
	}

	c, err := net.Dial(network, addr)
	if err == nil {
		w.conns = append(w.conns, c)
	}

	return c, err
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.dead = true
	for _, c := range w.conns {
		_ = c.Close()
	}
}
