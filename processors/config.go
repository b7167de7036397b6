package processors

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"golang.org/x/net/proxy"
)

// A Guarantee is what holds after a crash.
type Guarantee int

const (
	// ExactlyOnce: rows, outputs and positions of a stage are committed in one fenced Kafka transaction.
	ExactlyOnce Guarantee = iota
	// AtLeastOnce: they are written one after the other, so an event may take effect again, and a worker that was suspended
	// and has lost its partitions is not fenced: it may write rows over its successor's. It needs no transactions, and
	// readers see outputs a little earlier.
	AtLeastOnce
)

func (g Guarantee) String() string { return [...]string{"exactly once", "at least once"}[g] }

// Config says where a worker runs, and how. Brokers must be set; all else has a default.
type Config struct {
	// Brokers are the addresses, host:port, of some brokers of a Kafka cluster. They are required: for development, start
	// the embedded broker of package devkafka and name its address.
	Brokers []string
	// TLS of the connections to the brokers. Defaults to plain text.
	TLS *tls.Config
	// SASL proves who the worker is. Defaults to not asked.
	SASL *SASL
	// Dir keeps local state between runs, for one worker at a time. Defaults to memory: rows are recovered at each
	// start.
	Dir string
	// Listen is the host:port of the HTTP queries, see state.Handler. Others are pointed to it for the rows of this worker;
	// of ":8080", to the host's name. Defaults to none.
	Listen string
	// Instance names this worker among those of its topologies, for good: one that comes back under its name takes up
	// its partitions without a rebalance (static membership). No two may have one name. Defaults to none, and a stop is
	// then told to the group at once.
	Instance string
	// Guarantee defaults to ExactlyOnce.
	Guarantee Guarantee
	// Partitions of topics that must be created. Defaults to 4. They keep their records for good: create a topic yourself
	// to give it a retention.
	Partitions int
	// Replication of topics that must be created. Defaults to 3, or to the number of brokers if these are fewer.
	Replication int
	// CommitEvery is the shortest time between two commits of a stage under load; an idle one commits at once.
	// Defaults to 20 ms.
	CommitEvery time.Duration
	// SessionTimeout is how long the brokers wait for a silent worker, before another takes its partitions and its
	// open transaction is aborted. Defaults to 10 s.
	SessionTimeout time.Duration
	// StopTimeout is from the end of Run's context to the calls under way being cut off; these are made again later.
	// Defaults to 30 s.
	StopTimeout time.Duration
	// Waiting bounds the events of one partition that wait for answers; at it, the partition is not fetched.
	// Defaults to 1024.
	Waiting int
	// WaitingPerKey is the same for one key. Defaults to 64; 300 kB of events are as many.
	WaitingPerKey int
	// CachedRows is how many decoded rows a partition keeps in memory after a commit. Defaults to 50,000.
	CachedRows int
	// JournalFor is how long decisions stay on record, if the topics of that must be created: see package journal.
	// Defaults to 30 days; negative: for good.
	JournalFor time.Duration
	// Logger defaults to slog.Default().
	Logger *slog.Logger

	// Dialer makes the connections to the brokers, for tunnels and for tests. Defaults to the network.
	Dialer proxy.Dialer
}

// SASL proves who a worker is.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.
	Mechanism string
	// User is the name; OAUTHBEARER needs none.
	User string
	// Secret is the password or token, and is never printed. SCRAM and OAUTHBEARER fetch it for each connection; for PLAIN,
	// sarama wants it in advance, so it is fetched for each client and kept while that lives.
	Secret func(context.Context) (string, error)
}

// errNoBrokers names both remedies: a worker without brokers must not run on one that forgets everything.
var errNoBrokers = errors.New("Brokers is empty: set the brokers of your Kafka cluster, as host:port; for development, \"dev\" and package devkafka run an embedded broker")

// normal returns the config with its defaults, and all that is wrong with it.
func (c Config) normal() (Config, error) {
	var errs []error
	for _, f := range []struct {
		name string
		v    int
	}{{"Partitions", c.Partitions}, {"Replication", c.Replication}, {"Waiting", c.Waiting}, {"WaitingPerKey", c.WaitingPerKey}, {"CachedRows", c.CachedRows},
		{"CommitEvery", int(c.CommitEvery)}, {"SessionTimeout", int(c.SessionTimeout)}, {"StopTimeout", int(c.StopTimeout)}} {
		if f.v < 0 {
			errs = append(errs, fmt.Errorf("%s is negative", f.name))
		}
	}
	if c.Guarantee != ExactlyOnce && c.Guarantee != AtLeastOnce {
		errs = append(errs, fmt.Errorf("Guarantee %d is none", c.Guarantee))
	}
	if len(c.Brokers) == 0 {
		errs = append(errs, errNoBrokers)
	}
	for _, b := range c.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			errs = append(errs, fmt.Errorf("Brokers: %q is not host:port", b))
		}
	}
	errs = append(errs, c.SASL.check())
	def(&c.Partitions, 4)
	def(&c.CommitEvery, 20*time.Millisecond)
	def(&c.SessionTimeout, 10*time.Second)
	def(&c.StopTimeout, 30*time.Second)
	def(&c.Waiting, 1024)
	def(&c.WaitingPerKey, 64)
	def(&c.CachedRows, 50_000)
	def(&c.JournalFor, 30*24*time.Hour)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if err := errors.Join(errs...); err != nil {
		return c, fmt.Errorf("processors: config: %w", err)
	}
	return c, nil
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (s *SASL) check() error {
	switch {
	case s == nil:
		return nil
	case scramOf[s.Mechanism] == nil && s.Mechanism != sarama.SASLTypePlaintext && s.Mechanism != sarama.SASLTypeOAuth:
		return fmt.Errorf("SASL.Mechanism %q is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER", s.Mechanism)
	case s.Secret == nil:
		return errors.New("SASL.Secret is missing")
	case s.User == "" && s.Mechanism != sarama.SASLTypeOAuth:
		return errors.New("SASL.User is missing")
	}
	return nil
}

// sarama is the configuration of one client. goka's own defaults lose data: newest offsets, one ack, no idempotence.
func (c Config) sarama(client string) *sarama.Config {
	s := sarama.NewConfig()
	s.ClientID = client
	s.Version = sarama.V2_8_0_0 // topic ids; members and generations in transactions
	s.Consumer.Return.Errors = true
	s.Consumer.IsolationLevel = sarama.ReadCommitted // sarama then asks for stable offsets, too
	s.Consumer.Offsets.Initial = sarama.OffsetOldest
	s.Consumer.Offsets.AutoCommit.Enable = false
	s.Consumer.MaxWaitTime = 100 * time.Millisecond
	s.Consumer.Group.Session.Timeout = c.SessionTimeout
	s.Consumer.Group.Heartbeat.Interval = c.SessionTimeout / 5
	s.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{goka.CopartitioningStrategy}
	s.Consumer.Group.InstanceId = c.Instance
	s.Metadata.Retry.Max, s.Metadata.Retry.Backoff = 3, 50*time.Millisecond
	s.Producer.Idempotent = true
	s.Producer.RequiredAcks = sarama.WaitForAll
	s.Producer.Partitioner = sarama.NewManualPartitioner
	s.Producer.Return.Successes, s.Producer.Return.Errors = true, true
	s.Producer.Flush.Frequency, s.Producer.Flush.Bytes = 2*time.Millisecond, 256<<10
	s.Producer.Retry.Max, s.Producer.Retry.Backoff = 10, 50*time.Millisecond
	s.Producer.Transaction.Timeout = c.SessionTimeout
	// sarama multiplies these retries by those of the metadata: without a broker a stage gives up within seconds, and is
	// rebuilt, rather than being stuck, also when it is told to stop.
	s.Producer.Transaction.Retry.Max, s.Producer.Transaction.Retry.Backoff = 20, 30*time.Millisecond
	s.Net.MaxOpenRequests = 1
	c.security(s)
	if c.Dialer != nil {
		s.Net.Proxy.Enable, s.Net.Proxy.Dialer = true, c.Dialer
	}
	return s
}
