package processors

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// connections are all of one owner: an incarnation, a worker or a client. Cutting them ends at once whatever
// waits for the network. sarama can't do that: if a network swallows everything, each of its requests waits
// for a time-out of its own, retries multiply these, and a stop takes minutes.
type connections struct {
	dialer  Dialer
	timeout time.Duration // of a dial; a Dialer may have none

	down chan struct{} // closed by cut

	mu   sync.Mutex // guards what follows
	open []net.Conn
}

var errCut = errors.New("processors: the connections have been closed")

func (c Config) connections() *connections {
	l := &connections{dialer: c.Dialer, timeout: c.patience(), down: make(chan struct{})}
	if l.dialer == nil {
		l.dialer = &net.Dialer{Timeout: l.timeout}
	}
	return l
}

// Dial implements Dialer. It also returns when the connections are cut, and after the time-out, whatever the
// dialer underneath does.
func (l *connections) Dial(network, address string) (net.Conn, error) {
	type dialed struct {
		conn net.Conn
		err  error
	}
	done, given := make(chan dialed), make(chan struct{})
	defer close(given)

	go func() {
		conn, err := l.dialer.Dial(network, address)

		select {
		case done <- dialed{conn, err}:
		case <-given:
			if err == nil {
				_ = conn.Close()
			}
		}
	}()

	select {
	case d := <-done:
		if d.err != nil {
			return nil, d.err
		}
		return l.keep(d.conn)
	case <-l.down:
		return nil, errCut
	case <-time.After(l.timeout):
		late := fmt.Errorf("no connection to %s within %v", address, l.timeout)
		return nil, &net.OpError{Op: "dial", Net: network, Err: late}
	}
}

// keep remembers a connection until it is closed.
func (l *connections) keep(c net.Conn) (net.Conn, error) {
	if _, ok := c.(syscall.Conn); !ok {
		c = &trackedConn{Conn: c}
	}
	l.mu.Lock()
	defer l.mu.Unlock()

	select {
	case <-l.down:
		_ = c.Close()
		return nil, errCut
	default:
	}
	l.open = append(slices.DeleteFunc(l.open, isClosed), c)

	return c, nil
}

// cut closes them all. No other can be opened.
func (l *connections) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()

	select {
	case <-l.down:
		return
	default:
	}
	close(l.down)

	for _, c := range l.open {
		_ = c.Close()
	}
	l.open = nil
}

// pause returns how long to wait before a retry: not at all if nothing can come of it.
func (l *connections) pause(usual time.Duration) time.Duration {
	select {
	case <-l.down:
		return 0
	default:
		return usual
	}
}

// cutAfter cuts the connections when ctx has ended and the grace is over, unless cancel is called before.
func (l *connections) cutAfter(ctx context.Context, grace time.Duration) (cancel func()) {
	released, release := context.WithCancel(context.Background())
	context.AfterFunc(ctx, func() {
		select {
		case <-time.After(grace):
			l.cut()
		case <-released.Done():
		}
	})
	return release
}

// A trackedConn is a connection that can tell whether it is closed. Those of the operating system can anyway.
// They are not wrapped, since sarama looks whether the other side has closed them before it writes.
type trackedConn struct {
	net.Conn
	closed atomic.Bool
}

func (l *trackedConn) Close() error {
	l.closed.Store(true)
	return l.Conn.Close()
}

func isClosed(c net.Conn) bool {
	if l, ok := c.(*trackedConn); ok {
		return l.closed.Load()
	}

	raw, err := c.(syscall.Conn).SyscallConn()
	return err != nil || raw.Control(func(uintptr) {}) != nil
}
