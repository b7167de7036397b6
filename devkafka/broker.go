// Package devkafka is the embedded Kafka broker: one node, in this process, for
// development and for tests. `make run` and the specs use it by default.
//
// It speaks Kafka's own protocol (groups, transactions, fencing, SASL, TLS), so
// nothing else in this module knows that it is not a real one. It is [kfake]
// underneath, which is labelled a testing fake, and it is never production:
//
//   - It has no replicas, and it listens on loopback only.
//   - A clean Close, and a kill of its process, keep every acknowledged record
//     (with a Dir). A transaction that is committing while the process is killed
//     may be kept in half of its partitions, and a transaction left open is never
//     ended. So whoever kills workers runs the broker as a process of its own.
//   - Compacted topics are never compacted, and nothing is ever deleted: kfake's
//     compaction replaces a log in place (a kill in between loses it) and does
//     not see open transactions. Topics grow until their Dir is removed.
package devkafka

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Config says where a broker listens and what it keeps. The zero value works.
type Config struct {
	// Addr is the host:port to listen on: a loopback address, port 0 for any
	// free one. Defaults to 127.0.0.1:0.
	Addr string

	// Dir is the folder of the logs; one broker at a time may have it.
	// Defaults to memory: all is gone with Close.
	Dir string

	// MinSessionTimeout is the shortest session that a group member may ask
	// for. Defaults to 1s. Tests of takeovers want 100ms.
	MinSessionTimeout time.Duration

	// Users may log in; with any, nobody else may. Defaults to none: open to all on this machine.
	Users []User

	// TLS wraps every connection. Defaults to plain text.
	TLS *tls.Config

	// Logger hears of what the broker could not do. Defaults to silence.
	Logger *slog.Logger
}

// A User logs in by SASL.
type User struct {
	Mechanism string // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	Name      string
	Password  string
}

// A Broker runs until it is closed. Its methods may be called by any goroutine.
type Broker struct {
	addr    string
	cluster *kfake.Cluster
	dir     *claim // nil: in memory
}

// Start returns a broker that listens. Errors name the address or the folder that can't be had, and by whom it is.
func Start(c Config) (*Broker, error) {
	addr, err := loopback(c.Addr)
	if err != nil {
		return nil, err
	}
	dir, err := claimDir(c.Dir)
	if err != nil {
		return nil, err
	}
	cluster, err := kfake.NewCluster(options(c, addr)...)
	if err != nil {
		dir.release()
		return nil, fmt.Errorf("devkafka: start on %s: %w", addr, err)
	}
	b := &Broker{addr: cluster.ListenAddrs()[0], cluster: cluster, dir: dir}
	dir.sign(b.addr)
	return b, nil
}

// Addr is the host:port that clients connect to.
func (b *Broker) Addr() string { return b.addr }

// Cluster is the fake underneath: tests inject faults with it. It must not be used after Close.
func (b *Broker) Cluster() *kfake.Cluster { return b.cluster }

// Close ends all connections and saves what is in Dir. Closing twice is one close.
func (b *Broker) Close() error {
	b.cluster.Close()
	return b.dir.release()
}

func options(c Config, addr string) []kfake.Opt {
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID("slipstream-development"),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) { return net.Listen(network, addr) }),
		kfake.GroupMinSessionTimeout(orElse(c.MinSessionTimeout, time.Second)),
		kfake.BrokerConfigs(settings),
	}
	if c.Dir != "" {
		opts = append(opts, kfake.DataDir(c.Dir))
	}
	if c.TLS != nil {
		opts = append(opts, kfake.TLS(c.TLS))
	}
	if c.Logger != nil {
		opts = append(opts, kfake.WithLogger(logger{c.Logger}))
	}
	if len(c.Users) > 0 {
		opts = append(opts, kfake.EnableSASL())
	}
	for _, u := range c.Users {
		opts = append(opts, kfake.Superuser(u.Mechanism, u.Name, u.Password))
	}
	return opts
}

// settings are the broker's own. A group's first rebalance has no delay in kfake, and topics are not created by asking.
var settings = map[string]string{
	"default.replication.factor": "1",
	"log.retention.ms":           "-1",                                 // retention would delete from compacted topics too
	"offsets.retention.minutes":  strconv.Itoa(10 * 365 * 24 * 60),     // a project taken up again goes on where it was
	"log.cleaner.backoff.ms":     strconv.Itoa(10 * 365 * 24 * 3600e3), // compaction: never
	"log.segment.bytes":          strconv.Itoa(8 << 20),                // memory is taken a segment at a time
}

// loopback checks that nobody else on the network can reach addr.
func loopback(addr string) (string, error) {
	addr = orElse(addr, "127.0.0.1:0")
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("devkafka: address: %w", err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", fmt.Errorf("devkafka: address %s is not a loopback address: this broker is for development only", addr)
	}
	return net.JoinHostPort(host, port), nil
}

func orElse[T comparable](v, otherwise T) T {
	if v == *new(T) {
		return otherwise
	}
	return v
}

// logger passes on what the user can act upon.
type logger struct{ to *slog.Logger }

func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	switch level {
	case kfake.LogLevelError:
		l.to.Error("broker: " + fmt.Sprintf(format, args...))
	case kfake.LogLevelWarn:
		l.to.Warn("broker: " + fmt.Sprintf(format, args...))
	}
}
