// Package bench measures Slipstream beside its peers: both in one run, on one broker in a process of its own,
// so that their ratio means something on a noisy machine.
package bench

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/cockroachdb/pebble/v2"
	"github.com/lovoo/goka"
	"github.com/lovoo/goka/storage"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// A reading arrives, a profile of about 300 bytes of JSON is updated, a notice goes out.
type (
	customer string
	reading  struct {
		Customer, Flight, Text string
		Amount                 int
	}
	profile struct {
		Customer, Tier, Home, Name, Email, Flight, Text, Note string
		Count, Sum                                            int
		Flights                                               []string
	}
	notice struct {
		Customer, Flight string
		Count            int
	}
)

var blank = profile{Tier: "gold", Home: "EWR", Name: "Someone Anybody", Email: "someone.anybody@example.org",
	Note:    "prefers the aisle, no stopovers, vegetarian meal",
	Flights: []string{"UA1124.2013-03-08", "UA0400.2013-03-09", "B60731.2013-03-11"}}

func (p profile) with(r reading) (profile, []notice) {
	if p.Tier == "" {
		p = blank
	}
	p.Customer, p.Flight, p.Text = r.Customer, r.Flight, r.Text
	p.Count++
	p.Sum += r.Amount
	return p, []notice{{p.Customer, p.Flight, p.Count}}
}

const (
	readings topology.Topic[customer, reading] = "readings"
	notices  topology.Topic[customer, notice]  = "notices"
	profiles topology.Table[customer, profile] = "profiles"
	parts                                      = 4
	keys                                       = 20_000
)

// Each iteration is one update with one output. Run it with `make bench`: it prints both rates and their
// ratio.
func BenchmarkUpdateAndEmit(b *testing.B) {
	peers := []struct {
		name string
		run  func(b *testing.B, brokers []string, done func())
	}{{"slipstream-exactly-once", slipstream(processors.ExactlyOnce)}, {"goka-at-least-once",
		plainGoka}, {"slipstream-at-least-once", slipstream(processors.AtLeastOnce)}}
	rates := map[string]float64{}
	for _, p := range peers {
		b.Run(p.name, func(b *testing.B) {
			brokers := broker(b)
			fill(b, brokers, b.N)
			var n atomic.Int64
			all := make(chan struct{})
			before := cpu()
			b.ResetTimer()
			p.run(b, brokers, func() {
				if n.Add(1) == int64(b.N) {
					close(all)
				}
			})
			<-all
			committed(b, brokers, p.name, int64(b.N))
			b.StopTimer()
			rates[p.name] = float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rates[p.name], "updates/s")
			b.ReportMetric((cpu()-before)*1e6/float64(b.N), "cpu-s/M")
		})
	}
	fmt.Printf("slipstream, exactly once: %.2f times the rate of plain goka, at least once\n",
		rates["slipstream-exactly-once"]/rates["goka-at-least-once"])
}

var groups = map[string]string{"goka-at-least-once": "plain", "slipstream-exactly-once": "bench.profiles",
	"slipstream-at-least-once": "bench.profiles"}

func slipstream(g processors.Guarantee) func(*testing.B, []string, func()) {
	return func(b *testing.B, brokers []string, done func()) {
		t := topology.New("bench")
		topology.Apply(profiles, topology.From(t, readings), func(p profile, r reading) (profile, []notice) {
			defer done()
			return p.with(r)
		}).To(notices)
		w, err := processors.NewWorker(processors.Config{Brokers: brokers, Dir: b.TempDir(), Guarantee: g,
			Partitions: parts, Logger: quiet}, t)
		must(b, err)

		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		b.Cleanup(func() { stop(); must(b, <-ended) })
	}
}

// plainGoka is the same with goka alone: JSON codecs, pebble, acks of all replicas, the default emitter.
func plainGoka(b *testing.B, brokers []string, done func()) {
	c := goka.DefaultConfig()
	c.Version = sarama.V2_8_0_0
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Compression = sarama.CompressionNone
	c.Producer.Flush.Frequency = 2 * time.Millisecond
	tc := goka.NewTopicManagerConfig()
	tc.Table.Replication, tc.Stream.Replication = 1, 1
	g := goka.DefineGroup("plain", goka.Persist(jsonCodec[profile]{}),
		goka.Output(goka.Stream(notices), jsonCodec[notice]{}),
		goka.Input(goka.Stream(readings), jsonCodec[reading]{}, func(ctx goka.Context, m any) {
			p := profile{}
			if x, ok := ctx.Value().(*profile); ok {
				p = *x
			}
			p, out := p.with(*m.(*reading))
			ctx.SetValue(&p)
			ctx.Emit(goka.Stream(notices), ctx.Key(), &out[0])
			done()
		}))
	p, err := goka.NewProcessor(brokers, g,
		goka.WithHasher(murmur2.New),
		goka.WithLogger(log.New(io.Discard, "", 0)),
		goka.WithTopicManagerBuilder(goka.TopicManagerBuilderWithConfig(clone(c), tc)),
		goka.WithConsumerGroupBuilder(goka.ConsumerGroupBuilderWithConfig(clone(c))),
		goka.WithConsumerSaramaBuilder(goka.SaramaConsumerBuilderWithConfig(clone(c))),
		goka.WithProducerBuilder(goka.ProducerBuilderWithConfig(clone(c))),
		goka.WithStorageBuilder(func(topic string, part int32) (storage.Storage, error) {
			db, err := pebble.Open(filepath.Join(b.TempDir(), fmt.Sprint(topic, part)),
				&pebble.Options{Logger: noLog{}})
			return &store{db}, err
		}))
	must(b, err)

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	b.Cleanup(func() { stop(); must(b, <-ended) })
}

func clone(c *sarama.Config) *sarama.Config { d := *c; return &d }

type jsonCodec[T any] struct{}

func (jsonCodec[T]) Encode(v any) ([]byte, error) { return json.Marshal(v) }
func (jsonCodec[T]) Decode(b []byte) (any, error) { v := new(T); return v, json.Unmarshal(b, v) }

// store is goka's storage on pebble.
type store struct{ db *pebble.DB }

func (s *store) Open() error { return nil }
func (s *store) Has(k string) (bool, error) {
	v, err := s.Get(k)
	return v != nil, err
}
func (s *store) Get(k string) ([]byte, error) {
	v, c, err := s.db.Get([]byte(k))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}

	if err != nil {
		return nil, err
	}
	defer c.Close()

	return append([]byte{}, v...), nil
}
func (s *store) Set(k string, v []byte) error { return s.db.Set([]byte(k), v, pebble.NoSync) }
func (s *store) Delete(k string) error        { return s.db.Delete([]byte(k), pebble.NoSync) }
func (s *store) SetOffset(o int64) error {
	return s.db.Set([]byte("\x00"), binary.BigEndian.AppendUint64(nil, uint64(o)), pebble.NoSync)
}
func (s *store) GetOffset(def int64) (int64, error) {
	if v, err := s.Get("\x00"); v != nil || err != nil {
		return int64(binary.BigEndian.Uint64(v)), err
	}
	return def, nil
}
func (s *store) MarkRecovered() error                { return nil }
func (s *store) Close() error                        { return s.db.Close() }
func (s *store) Iterator() (storage.Iterator, error) { return nil, errors.ErrUnsupported }
func (s *store) IteratorWithRange(_, _ []byte) (storage.Iterator, error) {
	return nil, errors.ErrUnsupported
}

type noLog struct{}

func (noLog) Infof(string, ...any)  {}
func (noLog) Errorf(string, ...any) {}
func (noLog) Fatalf(f string, a ...any) {
	panic(fmt.Sprintf(f, a...))
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func fill(b *testing.B, brokers []string, n int) {
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	admin, err := sarama.NewClusterAdmin(brokers, c)
	must(b, err)

	defer admin.Close()

	for _, topic := range []string{string(readings), string(notices)} {
		must(b, admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: parts, ReplicationFactor: 1},
			false))
	}
	k, err := processors.Dial(processors.Config{Brokers: brokers, Logger: quiet})
	must(b, err)

	defer k.Close()

	for i := 0; i < n; i += 10_000 {
		var rs []topology.Record
		for j := i; j < min(i+10_000, n); j++ {
			key := fmt.Sprint("customer-", j*7919%keys)
			v, _ := json.Marshal(reading{key, "UA1124.2013-03-08", "get me home tonight please", j})
			rs = append(rs, topology.Record{Topic: string(readings), Key: key, Value: v})
		}
		must(b, k.Send(b.Context(), rs...))
	}
}

// committed waits until the group's positions are at the end: work that is not committed is not done.
func committed(b *testing.B, brokers []string, peer string, n int64) {
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	admin, err := sarama.NewClusterAdmin(brokers, c)
	must(b, err)

	defer admin.Close()

	want := map[string][]int32{string(readings): {0, 1, 2, 3}}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r, err := admin.ListConsumerGroupOffsets(groups[peer], want)
		must(b, err)

		sum := int64(0)
		for p := range int32(parts) {
			sum += max(r.GetBlock(string(readings), p).Offset, 0)
		}

		if sum == n {
			return
		}
	}
	b.Fatalf("%s: %d updates were not committed within a minute", peer, n)
}

func cpu() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func must(b *testing.B, err error) {
	b.Helper()

	if err != nil {
		b.Fatal(err)
	}
}
