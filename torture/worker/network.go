package worker

import (
	"errors"
	"net"
	"sync"
	"time"
)

// A network is what lies between a worker and its brokers. It can break, and it can swallow everything for a
// while. Connections are relayed through it, so a deadline of the worker ends a call on a network that is
// silent.
type network struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
	works chan struct{} // closed while it works
}

// dialTime bounds how long a dial waits: as the kernel's, but shorter.
const dialTime = 5 * time.Second

func newNetwork() *network {
	n := &network{conns: map[net.Conn]bool{}, works: make(chan struct{})}
	close(n.works)
	return n
}

// Dial implements processors.Dialer.
func (n *network) Dial(kind, address string) (net.Conn, error) {
	select {
	case <-n.working():
	case <-time.After(dialTime):
		return nil, errors.New("the network is silent")
	}

	out, err := net.DialTimeout(kind, address, dialTime)
	if err != nil {
		return nil, err
	}
	near, far := net.Pipe()

	n.mu.Lock()
	n.conns[out] = true
	n.mu.Unlock()

	go n.relay(out, far)
	go n.relay(far, out)

	return near, nil
}

// relay passes on what comes, once the network works. It closes both ends when either is closed.
func (n *network) relay(to, from net.Conn) {
	defer n.forget(to, from)

	for b := make([]byte, 64<<10); ; {
		size, err := from.Read(b)
		<-n.working()

		if size > 0 { // a pipe would wait for a reader of nothing
			if _, err := to.Write(b[:size]); err != nil {
				return
			}
		}

		if err != nil {
			return
		}
	}
}

func (n *network) forget(both ...net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()

	for _, c := range both {
		_ = c.Close()
		delete(n.conns, c)
	}
}

func (n *network) working() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.works
}

// cut breaks all connections.
func (n *network) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()

	for c := range n.conns {
		_ = c.Close()
	}
}

// swallow holds back everything until the network is mended.
func (n *network) swallow() {
	n.mu.Lock()
	defer n.mu.Unlock()

	select {
	case <-n.works:
		n.works = make(chan struct{})
	default: // it does already
	}
}

// mend lets everything pass again, beginning with what was held back.
func (n *network) mend() {
	n.mu.Lock()
	defer n.mu.Unlock()

	select {
	case <-n.works:
	default:
		close(n.works)
	}
}
