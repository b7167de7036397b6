package processors

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
)

// A Guarantee is what holds after a crash.
type Guarantee int

const (
	// ExactlyOnce: rows, outputs and positions of a stage are committed in one fenced Kafka transaction.
	ExactlyOnce Guarantee = iota
	// AtLeastOnce: they are written one after the other, without a transaction, so readers see outputs a
	// little earlier. An event may take effect again. A worker that was suspended and has lost its partitions
	// is not fenced: it may write its rows over those of its successor.
	AtLeastOnce
)

func (g Guarantee) String() string { return [...]string{"exactly once", "at least once"}[g] }

// Config says where a worker runs, and how. Brokers must be set; all else has a default.
type Config struct {
	// Brokers are the addresses, host:port, of some brokers of a Kafka cluster. They are required: for
	// development, start the embedded broker of package devkafka and name its address.
	Brokers []string
	// TLS of the connections to the brokers. Defaults to plain text.
	TLS *tls.Config
	// SASL logs the worker in to the brokers. Defaults to no login.
	SASL *SASL
	// Dir is the folder that keeps the rows between runs, for one worker at a time. Defaults to memory: the
	// rows are then recovered from Kafka at each start.
	Dir string
	// Listen is the host:port of the HTTP queries; see state.Handler. Other workers point to it for the rows
	// that this worker owns; if it has no host, as ":8080", they are told the machine's name. Defaults to no
	// HTTP.
	Listen string
	// Instance is the permanent name of this worker among those that run the same topologies. A worker that
	// comes back under its name takes up its partitions without a rebalance (static membership). Of two
	// workers of one name, the one that started first ends with a [FatalError]. Defaults to no name: a worker
	// that stops then tells the group so at once.
	Instance string
	// Guarantee defaults to ExactlyOnce.
	Guarantee Guarantee
	// Partitions is how many partitions a topic has that the worker creates. Defaults to 4. Such topics keep
	// their records permanently: create a topic yourself to give it a retention.
	Partitions int
	// Replication is the replication factor of topics that the worker creates. Defaults to 3, or to the
	// number of brokers if there are fewer.
	Replication int
	// CommitEvery is the shortest time between two commits of a stage under load. An idle stage commits at
	// once. Defaults to 20 ms.
	CommitEvery time.Duration
	// SessionTimeout is how long the brokers wait for a silent worker before its open transaction is aborted
	// and another worker takes its partitions. Defaults to 10 s.
	SessionTimeout time.Duration
	// StopTimeout is how long a worker that stops waits for calls under way before it cuts them off. They are
	// made again later. Defaults to 30 s.
	StopTimeout time.Duration
	// Waiting bounds how many events of one partition wait for answers. At the bound the partition is not
	// fetched, and the worker says so; up to 130 events that are on their way then are still taken in. They
	// are kept on disk, if the worker has a Dir; each key that waits takes about 200 bytes of memory. Defaults
	// to 1,000,000.
	Waiting int
	// WaitingBytes is the same bound by the bytes of the events. Defaults to 4 GB; without a Dir, to 512 MB.
	WaitingBytes int64
	// PassForeign has the worker pass over records in its own topics (changelogs and what waits) that it
	// can't have written, with a warning for each. Defaults to false: such a record stops its stage, which
	// names it.
	PassForeign bool
	// CachedRows is how many decoded rows a partition keeps in memory after a commit. Defaults to 50,000.
	CachedRows int
	// JournalFor is how long decisions stay on record in topics that the worker creates; see package journal.
	// Negative is permanently. Defaults to 30 days.
	JournalFor time.Duration
	// Logger defaults to slog.Default().
	Logger *slog.Logger
	// OnNotice is called for everything that those who operate workers may want to count: see [Notice]. Many
	// goroutines call it, those that handle events among them, so it must be quick. A panic in it
	// is logged, and the worker goes on. Defaults to nothing.
	OnNotice func(Notice)

	// Dialer makes the connections to the brokers, for tunnels and tests. Defaults to the network.
	Dialer Dialer
}

// A Dialer makes connections, as net.Dialer does.
type Dialer interface {
	Dial(network, address string) (net.Conn, error)
}

// SASL logs a worker in to the brokers.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.
	Mechanism string
	// User is the name to log in with. OAUTHBEARER needs none.
	User string
	// Secret returns the password or token, which is never printed. SCRAM and OAUTHBEARER call it for each
	// connection. PLAIN calls it once for each client, which keeps the password as long as it lives: sarama
	// wants it in advance.
	Secret func(context.Context) (string, error)
}

// errNoBrokers names both remedies. A worker whose brokers were forgotten must not run on a broker that
// forgets everything.
var errNoBrokers = errors.New("Brokers is empty: set the brokers of your Kafka cluster, as host:port; " +
	"for development, \"dev\" and package devkafka run an embedded broker")

// normal returns the config with its defaults, and all that is wrong with it.
func (c Config) normal() (Config, error) {
	err := errors.Join(append(c.checkNumbers(), c.checkBrokers(), c.checkListen(), c.SASL.check())...)

	c.Partitions = cmp.Or(c.Partitions, 4)
	c.CommitEvery = cmp.Or(c.CommitEvery, 20*time.Millisecond)
	c.SessionTimeout = cmp.Or(c.SessionTimeout, 10*time.Second)
	c.StopTimeout = cmp.Or(c.StopTimeout, 30*time.Second)
	c.Waiting = cmp.Or(c.Waiting, 1_000_000)
	c.WaitingBytes = cmp.Or(c.WaitingBytes, waitingBytes(c.Dir))
	c.CachedRows = cmp.Or(c.CachedRows, 50_000)
	c.JournalFor = cmp.Or(c.JournalFor, 30*24*time.Hour)
	c.Logger = cmp.Or(c.Logger, slog.Default())

	if err != nil {
		return c, fmt.Errorf("processors: config: %w", err)
	}

	return c, nil
}

// waitingBytes is the default of Config.WaitingBytes.
func waitingBytes(dir string) int64 {
	if dir == "" {
		return 512 << 20
	}
	return 4 << 30
}

func (c Config) checkNumbers() (errs []error) {
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"Partitions", int64(c.Partitions)},
		{"Replication", int64(c.Replication)},
		{"Waiting", int64(c.Waiting)},
		{"WaitingBytes", c.WaitingBytes},
		{"CachedRows", int64(c.CachedRows)},
		{"CommitEvery", int64(c.CommitEvery)},
		{"SessionTimeout", int64(c.SessionTimeout)},
		{"StopTimeout", int64(c.StopTimeout)},
	} {
		if f.value < 0 {
			errs = append(errs, fmt.Errorf("%s is negative", f.name))
		}
	}

	if c.Guarantee != ExactlyOnce && c.Guarantee != AtLeastOnce {
		errs = append(errs, fmt.Errorf("Guarantee %d is neither ExactlyOnce nor AtLeastOnce", c.Guarantee))
	}

	return errs
}

func (c Config) checkBrokers() error {
	if len(c.Brokers) == 0 {
		return errNoBrokers
	}

	var errs []error
	for _, b := range c.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			errs = append(errs, fmt.Errorf("Brokers: %q is not host:port", b))
		}
	}

	return errors.Join(errs...)
}

func (c Config) checkListen() error {
	if c.Listen == "" {
		return nil
	}

	_, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}

	if err != nil {
		return fmt.Errorf("the address %q of Listen is not host:port, such as localhost:8080 or :8080: %w",
			c.Listen, err)
	}

	return nil
}

func (s *SASL) check() error {
	switch {
	case s == nil:
		return nil
	case scramOf[s.Mechanism] == nil && s.Mechanism != sarama.SASLTypePlaintext &&
		s.Mechanism != sarama.SASLTypeOAuth:
		return fmt.Errorf("SASL.Mechanism is %q: use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER",
			s.Mechanism)
	case s.Secret == nil:
		return errors.New("SASL.Secret is missing")
	case s.User == "" && s.Mechanism != sarama.SASLTypeOAuth:
		return errors.New("SASL.User is missing")
	}

	return nil
}

// sarama returns the configuration of one client, which connects through l. goka's own defaults lose data:
// they begin at the newest offsets, wait for one acknowledgement, and send without idempotence.
func (c Config) sarama(client string, l *connections) *sarama.Config {
	s := sarama.NewConfig()
	s.ClientID = client
	s.Version = sarama.V2_8_0_0 // has topic ids, and members and generations in transactions
	s.Metadata.Retry.Max = 3
	s.Metadata.Retry.Backoff = 50 * time.Millisecond

	s.Consumer.Return.Errors = true
	s.Consumer.IsolationLevel = sarama.ReadCommitted // sarama then asks for stable offsets, too
	s.Consumer.Offsets.Initial = sarama.OffsetOldest
	s.Consumer.Offsets.AutoCommit.Enable = false
	s.Consumer.MaxWaitTime = 100 * time.Millisecond
	s.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{goka.CopartitioningStrategy}
	s.Consumer.Group.InstanceId = c.Instance

	s.Producer.Idempotent = true
	s.Producer.RequiredAcks = sarama.WaitForAll
	s.Producer.Partitioner = sarama.NewManualPartitioner
	s.Producer.Return.Successes = true
	s.Producer.Return.Errors = true
	s.Producer.Flush.Frequency = 2 * time.Millisecond
	s.Producer.Flush.Bytes = 256 << 10
	s.Producer.Retry.Max = 10
	s.Producer.Retry.Backoff = 50 * time.Millisecond
	s.Net.MaxOpenRequests = 1 // idempotence needs it

	// sarama multiplies these retries by those of the metadata. Without a broker, a stage then gives up
	// within seconds and is rebuilt; with more of them it would be stuck, even when it is told to stop.
	s.Producer.Transaction.Retry.Max = 30
	s.Producer.Transaction.Retry.Backoff = retryTxnEvery

	s.Metadata.Retry.BackoffFunc = func(int, int) time.Duration { return l.pause(s.Metadata.Retry.Backoff) }
	s.Producer.Transaction.Retry.BackoffFunc = func(int, int) time.Duration {
		return l.pause(s.Producer.Transaction.Retry.Backoff)
	}

	c.timeouts(s)
	c.security(s)

	s.Net.Proxy.Enable = true
	s.Net.Proxy.Dialer = l

	return s
}

// shortestPatience is for sessions of a second or so: a broker that is merely busy must not count as gone.
const shortestPatience = 5 * time.Second

// patience is how long a broker may be silent within a request. One that is silent for as long as a session
// lasts is of no use to it: the partitions are another worker's by then.
func (c Config) patience() time.Duration { return max(c.SessionTimeout, shortestPatience) }

// timeouts sets every time-out of a client. All follow from the session's.
func (c Config) timeouts(s *sarama.Config) {
	s.Consumer.Group.Session.Timeout = c.SessionTimeout
	s.Consumer.Group.Heartbeat.Interval = c.SessionTimeout / 5
	s.Producer.Transaction.Timeout = c.SessionTimeout

	s.Net.DialTimeout = c.patience()
	s.Net.WriteTimeout = c.patience()
	s.Net.ReadTimeout = c.patience()
	s.Producer.Timeout = c.patience() * 2 / 3 // the brokers give up a write first, and say so

	// A member that is told of a rebalance makes its last commit first, for which it has as long as a
	// transaction may take, after one that is under way.
	s.Consumer.Group.Rebalance.Timeout = 3 * c.patience()
}

// joining gives a client that joins a group the time that joining takes: the brokers answer a JoinGroup when
// every other member has joined, too, or when the rebalance time-out is over. The embedded broker counts that
// from the last JoinGroup, so members that gave up and asked again would put it off for ever.
func joining(s *sarama.Config) *sarama.Config {
	s.Net.ReadTimeout += 3 * s.Consumer.Group.Rebalance.Timeout
	return s
}
