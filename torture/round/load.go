package round

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/torture/check"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A load is a client that sends inputs, good ones and bad ones.
type load struct {
	r      *round
	client *kgo.Client
	rng    *rand.Rand
	asked  chan surge

	sending sync.Mutex // guards rng, and what is sent without a pause
}

// A surge is a number of entries that are sent as fast as possible, of one account or of all.
type surge struct {
	entries int
	hot     bool // of one account
}

// ask has a surge sent soon. It does nothing when many are asked for already, or when the load is over.
func (l *load) ask(s surge) {
	select {
	case l.asked <- s:
	default:
	}
}

func (r *round) newLoad() (*load, error) {
	c, err := kgo.NewClient(
		kgo.SeedBrokers(r.brokers...),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerLinger(linger),
		kgo.RecordPartitioner(misrouted{kgo.StickyKeyPartitioner(nil)}),
	)
	return &load{r: r, client: c, rng: rand.New(rand.NewPCG(r.Seed, 2)), asked: make(chan surge, 8)}, err
}

// surgeAfter has a surge follow something without another event in between. Workers have had time to take
// what came before.
func (l *load) surgeAfter(s surge, first func()) {
	l.sending.Lock()
	defer l.sending.Unlock()

	time.Sleep(5 * linger)
	first()
	l.surge(s)
}

// linger is how long events are collected: those of a surge arrive together.
const linger = 20 * time.Millisecond

// run sends events, evenly over the time that the round takes, and surges when they are asked for.
func (l *load) run() {
	began := time.Now()
	for i := range l.r.Events {
		due := began.Add(l.r.Length * time.Duration(i) / time.Duration(l.r.Events))
		if ahead := time.Until(due); ahead > 10*time.Millisecond {
			time.Sleep(ahead)
		}

		l.next()
	}
}

// close returns when all events are acknowledged.
func (l *load) close() {
	defer l.client.Close()
	if err := l.client.Flush(context.Background()); err != nil {
		l.r.bad.Add("harness", "send: %v", err)
	}
}

// next sends a surge if one is asked for, and one more record.
func (l *load) next() {
	l.sending.Lock()
	defer l.sending.Unlock()

	select {
	case s := <-l.asked:
		l.surge(s)
	default:
	}
	l.one()
}

// account draws one; some are drawn more often than others.
func (l *load) account() string {
	const accounts = 240
	return fmt.Sprintf("a%03d", min(l.rng.IntN(accounts), l.rng.IntN(accounts)))
}

func (l *load) surge(s surge) {
	account := l.account()
	for range s.entries {
		if !s.hot {
			account = l.account()
		}
		l.entry(account)
	}
}

// one sends one record. Of a thousand, fifteen are bad, in five ways, thirty are rates, and a hundred are
// terms.
func (l *load) one() {
	topics, account := l.r.topics, l.account()
	entry := kgo.Record{Topic: topics.Entries(), Key: []byte(account)}

	switch n := l.rng.IntN(1000); {
	case n < 3:
		entry.Value = []byte(`{"Account":`)
		l.bad(entry, "half a record")
	case n < 6:
		l.bad(entry, "a tombstone has no number")
	case n < 9:
		entry.Value = value(check.Entry{Account: account, Seq: 1})
		entry.Headers = []kgo.RecordHeader{{Key: misroute}}
		l.bad(entry, "in the partition of another key")
	case n < 12:
		entry.Key, entry.Value = nil, value(check.Entry{Account: account, Seq: 1})
		l.bad(entry, "no key")
	case n < 15:
		entry.Value = value(check.Entry{Account: account, Seq: -1})
		l.bad(entry, "refused by a check")
	case n < 45:
		r := l.r.sent.NextRate(check.RateIDs[l.rng.IntN(len(check.RateIDs))])
		l.send(kgo.Record{Topic: topics.Rates(), Key: []byte(r.ID), Value: value(r)}, func(check.Place) {})
	case n < 145:
		t := l.r.sent.NextTerm(account)
		l.send(kgo.Record{Topic: topics.Terms(), Key: []byte(account), Value: value(t)}, func(check.Place) {})
	default:
		l.entry(account)
	}
}

func (l *load) entry(account string) {
	e := l.r.sent.NextEntry(account, l.rng.IntN(1000))
	l.send(kgo.Record{Topic: l.r.topics.Entries(), Key: []byte(account), Value: value(e)},
		func(p check.Place) { l.r.sent.At(p, e) })
}

func (l *load) bad(r kgo.Record, why string) {
	l.send(r, func(p check.Place) { l.r.sent.Bad(p, why) })
}

func (l *load) send(r kgo.Record, arrived func(check.Place)) {
	l.client.Produce(context.Background(), &r, func(r *kgo.Record, err error) {
		if err != nil {
			l.r.bad.Add("harness", "send: %v", err)
			return
		}
		arrived(check.Place{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset})
	})
}

func value(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers
	}
	return b
}

// misroute is a header of records that go to another partition than that of their key.
const misroute = "misroute"

type misrouted struct{ kgo.Partitioner }

func (m misrouted) ForTopic(topic string) kgo.TopicPartitioner {
	return misroutedTopic{m.Partitioner.ForTopic(topic)}
}

type misroutedTopic struct{ kgo.TopicPartitioner }

func (m misroutedTopic) Partition(r *kgo.Record, n int) int {
	p := m.TopicPartitioner.Partition(r, n)
	if len(r.Headers) > 0 {
		p = (p + 1) % n
	}
	return p
}
