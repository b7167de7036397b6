package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// A workload is a topology of one table whose events are counted, and decided if Decide is set.
type workload struct {
	Brokers    []string
	Dir        string
	Partitions int
	Session    time.Duration
	Decide     bool
	Answer     time.Duration // that the model takes
	InFlight   int
}

type (
	alert struct {
		Sent int64  `json:"sent"` // Unix nanoseconds
		Text string `json:"text"`
	}
	tally struct {
		Count int `json:"count"`
	}
	verdict struct {
		Sent int64 `json:"sent"`
	}
)

const (
	alerts    topology.Topic[customer, alert]   = "alerts"
	counts    topology.Topic[customer, alert]   = "counts"
	verdicts  topology.Topic[customer, verdict] = "verdicts"
	tallies   topology.Table[customer, tally]   = "tallies"
	waitGroup                                   = "waiting.tallies"
)

func (w workload) topology() *topology.Topology {
	t := topology.New("waiting")
	heard := topology.Fold(tallies, topology.From(t, alerts), func(r tally, _ alert) tally {
		r.Count++
		return r
	})
	if !w.Decide {
		heard.To(counts)
		return t
	}

	model := topology.Func[alert, verdict](func(ctx context.Context, a alert) (verdict, error) {
		select {
		case <-time.After(w.Answer):
			return verdict{a.Sent}, nil
		case <-ctx.Done():
			return verdict{}, ctx.Err()
		}
	})
	settled, _ := topology.Async(heard, "ask", model, topology.Policy[alert]{
		InFlight: w.InFlight,
		Timeout:  24 * time.Hour,
	})
	settled.To(verdicts)

	return t
}

func (w workload) config() processors.Config {
	c := processors.Config{
		Brokers:        w.Brokers,
		Dir:            w.Dir,
		Partitions:     w.Partitions,
		SessionTimeout: w.Session,
		StopTimeout:    time.Second,
		Waiting:        2_000_000,
	}
	setIfThere(&c, "WaitingPerKey", 2_000_000)

	return c
}

// prepare creates the topics.
func (w workload) prepare(b *testing.B) {
	b.Helper()

	admin, done := admin(b, w.Brokers)
	defer done()

	for _, topic := range []string{string(alerts), string(counts), string(verdicts)} {
		detail := &sarama.TopicDetail{NumPartitions: int32(w.Partitions), ReplicationFactor: 1}
		must(b, admin.CreateTopic(topic, detail, false))
	}
}

func admin(b *testing.B, brokers []string) (a sarama.ClusterAdmin, done func()) {
	b.Helper()

	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	a, err := sarama.NewClusterAdmin(brokers, c)
	must(b, err)

	return a, func() { _ = a.Close() }
}

// send sends n events. key names the key of each.
func (w workload) send(b *testing.B, n int, text string, key func(i int) string) {
	b.Helper()

	k, err := processors.Dial(processors.Config{Brokers: w.Brokers, Logger: quiet})
	must(b, err)
	defer k.Close()

	for i := 0; i < n; i += 10_000 {
		var rs []topology.Record
		for j := i; j < min(i+10_000, n); j++ {
			rs = append(rs, event(key(j), text))
		}
		must(b, k.Send(b.Context(), rs...))
	}
}

func event(key, text string) topology.Record {
	v, _ := json.Marshal(alert{Sent: time.Now().UnixNano(), Text: text})
	return topology.Record{Topic: string(alerts), Key: key, Value: v}
}

// position is how many events the worker has handled and committed.
func (w workload) position(b *testing.B, a sarama.ClusterAdmin) (n int64) {
	b.Helper()

	parts := make([]int32, w.Partitions)
	for i := range parts {
		parts[i] = int32(i)
	}
	r, err := a.ListConsumerGroupOffsets(waitGroup, map[string][]int32{string(alerts): parts})
	must(b, err)

	for _, p := range parts {
		if block := r.GetBlock(string(alerts), p); block != nil {
			n += max(block.Offset, 0)
		}
	}

	return n
}

// awaitHandled waits until n events are handled and committed. It returns how many are if that takes longer
// than patience, or if nothing moves for stuck.
func (w workload) awaitHandled(b *testing.B, n int64, patience, stuck time.Duration) (handled int64) {
	b.Helper()

	a, done := admin(b, w.Brokers)
	defer done()

	moved := time.Now()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		now := w.position(b, a)
		if now > handled {
			handled, moved = now, time.Now()
		}

		if handled >= n || time.Since(moved) > stuck {
			break
		}
	}

	return handled
}

// A decision is one that a reader of committed records has seen.
type decision struct {
	key  string
	took time.Duration // since its event was sent
	at   time.Time
}

// A reader reads the decisions of all partitions as they are committed.
type reader struct {
	decisions chan decision
	close     func()
}

func (w workload) read(b *testing.B) *reader {
	b.Helper()

	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	c.Consumer.IsolationLevel = sarama.ReadCommitted
	c.Consumer.MaxWaitTime = 50 * time.Millisecond
	consumer, err := sarama.NewConsumer(w.Brokers, c)
	must(b, err)

	r := &reader{decisions: make(chan decision, 1<<20)}
	var readers []sarama.PartitionConsumer
	for part := range int32(w.Partitions) {
		p, err := consumer.ConsumePartition(string(verdicts), part, sarama.OffsetOldest)
		must(b, err)
		readers = append(readers, p)

		go func() {
			for m := range p.Messages() {
				var v verdict
				_ = json.Unmarshal(m.Value, &v)
				now := time.Now()
				r.decisions <- decision{string(m.Key), now.Sub(time.Unix(0, v.Sent)), now}
			}
		}()
	}

	r.close = sync.OnceFunc(func() {
		for _, p := range readers {
			_ = p.Close()
		}
		_ = consumer.Close()
	})
	b.Cleanup(r.close)

	return r
}

// next waits for n decisions of keys that begin with prefix, for as long as patience. It returns fewer if
// there are no more by then.
func (r *reader) next(n int, prefix string, patience time.Duration) (ds []decision) {
	end := time.After(patience)
	for len(ds) < n {
		select {
		case d := <-r.decisions:
			if strings.HasPrefix(d.key, prefix) {
				ds = append(ds, d)
			}
		case <-end:
			return ds
		}
	}

	return ds
}

// quantile returns the smallest value that at least a share q of the values don't exceed.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func median(values []float64) float64 { return quantile(values, 0.5) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// numbered returns a function that spreads events over n keys in turn.
func numbered(prefix string, n int) func(int) string {
	return func(i int) string { return fmt.Sprint(prefix, i%n) }
}
