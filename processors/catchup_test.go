package processors_test

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// A narrowNetwork takes only so many bytes a second from each connection. Small requests, such as heartbeats,
// pass at once.
type narrowNetwork struct{ bytesPerSecond int }

const smallRequest = 1 << 10

// Dial implements processors.Dialer.
func (n narrowNetwork) Dial(network, address string) (net.Conn, error) {
	c, err := net.Dial(network, address)
	return narrowConn{c, n}, err
}

type narrowConn struct {
	net.Conn
	narrowNetwork
}

func (c narrowConn) Write(b []byte) (int, error) {
	if len(b) > smallRequest {
		time.Sleep(time.Duration(len(b)) * time.Second / time.Duration(c.bytesPerSecond))
	}
	return c.Conn.Write(b)
}

// A rebuildCount counts how often a log tells that a stage was rebuilt.
type rebuildCount struct{ atomic.Int64 }

// Write implements io.Writer.
func (r *rebuildCount) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("rebuilt")) {
		r.Add(1)
	}
	return len(line), nil
}

// A worker that catches up commits in transactions that fit into its session, however much there is to
// commit. All at once, these events would take twice as long as a session: no transaction would ever end.
func TestCatchingUpFitsIntoSessions(t *testing.T) {
	const parts, events, session = 16, 40_000, 3 * time.Second

	b := broker(t)
	for _, topic := range []string{string(visits), string(echoes)} {
		create(t, b, topic, sarama.TopicDetail{NumPartitions: parts, ReplicationFactor: 1})
	}
	send(t, b, events, 1)

	var rebuilt rebuildCount
	w := run(t, processors.Config{
		Brokers:        []string{b.Addr()},
		Partitions:     parts,
		SessionTimeout: session,
		Dialer:         narrowNetwork{1_500_000},
		Logger:         slog.New(slog.NewTextHandler(&rebuilt, nil)),
	}, told())

	if err := w.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}

	if n := rebuilt.Load(); n > 0 {
		t.Errorf("the stage was rebuilt %d times", n)
	}
}

// told is the counter with echoes of more than 100 bytes.
func told() *topology.Topology {
	type echo struct{ Text string }

	t := topology.New("counter")
	heard := topology.Fold(guests, topology.From(t, visits),
		func(s seen, v visit) seen { s.Count++; s.Sum += v.N; return s })
	topology.Map(heard, func(v visit) echo { return echo{strings.Repeat("x", 100)} }).
		To(topology.Topic[id, echo](echoes))

	return t
}
