package processorstest_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// A request is one of Kafka's protocol, by its API key.
type request int16

const (
	produce            request = 0
	initProducerID     request = 22
	addPartitionsToTxn request = 24
	addOffsetsToTxn    request = 25
	endTxn             request = 26
	txnOffsetCommit    request = 28
)

// A delay is a network that holds up one request. For the client its connection breaks. The request itself is
// still on its way, and reaches the broker later.
type delay struct {
	mu    sync.Mutex
	hold  request       // to be held up next, if holds is not nil
	holds chan struct{} // closed when it is
	conn  net.Conn      // of the request that is held up
	bytes []byte        // the request
	next  request       // the request before which it goes on, if went is not nil
	went  chan error    // gets one error or nil when it has
}

// holdUp holds up the next request of a kind. The channel is closed when that has happened.
func (d *delay) holdUp(r request) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.hold, d.holds = r, make(chan struct{})
	return d.holds
}

// goOnBefore lets the request that is held up reach the broker right before the next request of a kind. The
// channel gets an error or nil when the broker has answered.
func (d *delay) goOnBefore(r request) <-chan error {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.next, d.went = r, make(chan error, 1)
	return d.went
}

// Dial implements processors.Dialer.
func (d *delay) Dial(network, addr string) (net.Conn, error) {
	c, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	return &delayed{Conn: c, d: d, broken: make(chan struct{})}, nil
}

// takes reports whether it holds up the request, which is in the whole of b.
func (d *delay) takes(r request, c net.Conn, b []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()

	if d.holds == nil || r != d.hold {
		return false
	}

	close(d.holds)
	d.holds = nil
	d.conn, d.bytes = c, slices.Clone(b)

	return true
}

// goOn sends what is held up if its time has come.
func (d *delay) goOn(r request) {
	d.mu.Lock()
	defer d.mu.Unlock()

	if d.went == nil || r != d.next {
		return
	}

	d.went <- exchange(d.conn, d.bytes)
	d.went = nil
	_ = d.conn.Close()
}

// exchange sends a request and awaits its answer, whatever it says.
func exchange(c net.Conn, request []byte) error {
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	_, err := c.Write(request)

	size := make([]byte, 4)
	_, e := io.ReadFull(c, size)
	_, e2 := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(size)))

	return errors.Join(err, e, e2)
}

// A delayed connection breaks when a request on it is held up. sarama writes each request at once.
type delayed struct {
	net.Conn
	d      *delay
	broken chan struct{}
}

func (c *delayed) Write(b []byte) (int, error) {
	if len(b) > 6 {
		r := request(binary.BigEndian.Uint16(b[4:]))
		if c.d.takes(r, c.Conn, b) {
			close(c.broken)
			return len(b), nil
		}
		c.d.goOn(r)
	}

	return c.Conn.Write(b)
}

func (c *delayed) Read(b []byte) (int, error) {
	if c.isBroken() {
		return 0, io.EOF
	}
	return c.Conn.Read(b)
}

// Close leaves the connection to the delay if it has broken.
func (c *delayed) Close() error {
	if c.isBroken() {
		return nil
	}
	return c.Conn.Close()
}

func (c *delayed) isBroken() bool {
	select {
	case <-c.broken:
		return true
	default:
		return false
	}
}
