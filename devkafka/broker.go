// Package devkafka is an embedded Kafka broker for development and for tests: one node, in this process.
//
//	b, err := devkafka.Start(devkafka.Config{})
//	...
//	defer b.Close()
//	w, err := processors.NewWorker(processors.Config{Brokers: []string{b.Addr()}}, topologies...)
//
// It speaks Kafka's own protocol (groups, transactions, fencing, SASL, TLS), so a worker does not know that
// it is not a real cluster. Underneath it is [kfake], which calls itself a testing fake. It is never for
// production, and nothing starts it by default:
//
//   - It has no replicas, and it listens on loopback only.
//   - With a Dir, a clean Close and a kill of its process keep every acknowledged record. But a transaction
//     that is being committed when the process is killed may be kept in half of its partitions, and a
//     transaction that was left open never ends. So tests that kill workers run the broker in a process of
//     its own.
//   - Compacted topics are never compacted, and no record is ever deleted: kfake's compaction replaces a log
//     in place, so that a kill in between loses it, and does not respect open transactions. Topics grow until
//     their Dir is removed.
package devkafka

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Config says where a broker listens and what it keeps. Its zero value works.
type Config struct {
	// Addr is the host:port to listen on. The host must be a loopback address; port 0 is any free one.
	// Defaults to 127.0.0.1:0.
	Addr string

	// Dir is the folder of the logs. One broker at a time may use it. Defaults to memory: Close then forgets
	// everything.
	Dir string

	// MinSessionTimeout is the shortest session timeout that a group member may ask for. Defaults to 1 s.
	// Tests of takeovers want 100 ms.
	MinSessionTimeout time.Duration

	// Users are those who may log in. Defaults to none: then every process on this machine has access without
	// a login.
	Users []User

	// TLS wraps every connection. Defaults to plain text.
	TLS *tls.Config

	// Logger is told what the broker could not do. Defaults to silence.
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

// Start returns a broker that listens. Its errors name the address or the folder that can't be used, and who
// uses it.
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

// Cluster is the fake underneath, with which tests inject faults. It must not be used after Close.
func (b *Broker) Cluster() *kfake.Cluster { return b.cluster }

// Close ends all connections and saves what is in Dir. Closing twice is the same as closing once.
func (b *Broker) Close() error {
	b.cluster.Close()
	return b.dir.release()
}

func options(c Config, addr string) []kfake.Opt {
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID("slipstream-development"),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) { return net.Listen(network, addr) }),
		kfake.GroupMinSessionTimeout(cmp.Or(c.MinSessionTimeout, time.Second)),
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

// settings are those of the broker. kfake does not delay a group's first rebalance, and does not create
// topics that are asked for.
var settings = map[string]string{
	"default.replication.factor": "1",
	"log.retention.ms":           "-1",                                 // retention would delete from compacted topics, too
	"offsets.retention.minutes":  strconv.Itoa(10 * 365 * 24 * 60),     // a project goes on where it was, however long it has rested
	"log.cleaner.backoff.ms":     strconv.Itoa(10 * 365 * 24 * 3600e3), // never: see the package's doc
	"log.segment.bytes":          strconv.Itoa(8 << 20),                // memory is allocated a segment at a time
}

// loopback checks that addr can't be reached from other machines, and returns it with a numeric host.
func loopback(addr string) (string, error) {
	addr = cmp.Or(addr, "127.0.0.1:0")

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

// logger passes on errors. What kfake warns of, such as a transaction that took a while to end, is nothing
// that the user can act upon.
type logger struct{ to *slog.Logger }

func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	if level == kfake.LogLevelError {
		l.to.Error("broker: " + fmt.Sprintf(format, args...))
	}
}
