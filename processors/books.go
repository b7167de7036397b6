package processors

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// # Budgets
//
// The ledger of a topology's budgets is the topic <topology>.budget, of one partition. A worker appends a
// reservation, and sends its request once it has read the reservation back and found that all records before
// it leave room for it. Each worker reads the same records in the same order, and so comes to the same
// verdicts: see internal/ledger. No worker owns the ledger, so none has to be fenced, and no clock of a
// worker counts: windows are those of the broker's time of each record.
//
// Only this process settles what it has reserved. A reservation of a worker that was killed stays charged, so
// it does not matter whether that worker is dead or asleep: its request is paid for.

// books are the ledger of one topology. They are the stage.Ledger of its stages.
type books struct {
	w     *Worker
	plan  *plan.Plan
	topic string
	book  *ledger.Book

	prefix string // of the ids of this process
	last   atomic.Int64
	next   int64                  // the offset to read from; of the reader alone
	told   map[string]ledger.Stop // models whose stop is told; of the reader alone
	ahead  atomic.Int64           // how far the broker's clock is ahead of this one's at most, in nanoseconds
	more   chan struct{}          // capacity 1: there is something to append

	mu      sync.Mutex // guards what follows
	waiting map[string]awaited
	queue   []ledger.Record // to append
}

// awaited is who waits for a verdict, and since when.
type awaited struct {
	verdict chan ledger.Verdict // capacity 1
	since   time.Time
}

func newBooks(w *Worker, p *plan.Plan) *books {
	return &books{
		w:       w,
		plan:    p,
		topic:   plan.BudgetOf(p.Name),
		book:    ledger.NewBook(),
		prefix:  rand.Text()[:12] + "-",
		more:    make(chan struct{}, 1),
		waiting: map[string]awaited{},
	}
}

var _ stage.Ledger = (*books)(nil)

// ID implements stage.Ledger.
func (b *books) ID() string { return fmt.Sprint(b.prefix, b.last.Add(1)) }

// now is about the broker's time.
func (b *books) now() time.Time { return time.Now().Add(time.Duration(b.ahead.Load())) }

// Try implements stage.Ledger.
func (b *books) Try(f func(*ledger.Trial)) (changed <-chan struct{}) { return b.book.Try(b.now(), f) }

// Reserve implements stage.Ledger. What does not fit by what was read so far is refused without asking.
func (b *books) Reserve(ctx context.Context, r ledger.Reserve) (*ledger.Refusal, error) {
	if no := b.book.Fits(r, b.now()); no != nil {
		return no, nil
	}

	verdict := make(chan ledger.Verdict, 1)
	b.mu.Lock()
	b.waiting[r.ID] = awaited{verdict, time.Now()}
	b.mu.Unlock()
	b.append(ledger.Record{Reserve: &r})

	select {
	case v := <-verdict:
		return v.Refused, nil
	case <-ctx.Done():
		b.mu.Lock()
		delete(b.waiting, r.ID)
		b.mu.Unlock()

		select {
		case v := <-verdict: // it came at the same moment
			if v.Granted {
				b.release(r.ID)
			}
		default:
		}

		return nil, ctx.Err()
	}
}

// Settle implements stage.Ledger.
func (b *books) Settle(t ledger.Settle) { b.append(ledger.Record{Settle: &t}) }

// release settles a reservation of which nothing was sent.
func (b *books) release(id string) { b.Settle(ledger.Settle{ID: id, Used: &ledger.Amounts{}}) }

func (b *books) append(r ledger.Record) {
	b.mu.Lock()
	b.queue = append(b.queue, r)
	b.mu.Unlock()

	select {
	case b.more <- struct{}{}:
	default:
	}
}

// ledgerRetry is the pause after an error of the brokers, and lastAppends how long a worker that stops takes
// to append what is left: a settlement that is lost leaves its reservation charged.
const (
	ledgerRetry = 100 * time.Millisecond
	lastAppends = 2 * time.Second
)

// write appends what is queued, in order, until ctx ends, and then what is left. What fails is appended
// again: a reservation that is there twice is granted once, or released.
func (b *books) write(ctx context.Context) error {
	sending, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	context.AfterFunc(ctx, func() { time.AfterFunc(lastAppends, end) })

	var k *Client
	defer func() {
		if k != nil {
			_ = k.Close()
		}
	}()

	for {
		batch := b.take()
		if len(batch) == 0 {
			select {
			case <-b.more:
				continue
			case <-ctx.Done():
				return nil
			}
		}

		var err error
		if k == nil {
			k, err = DialContext(sending, b.w.c)
		}

		if err == nil {
			err = k.Send(sending, b.records(batch)...)
		}

		if err == nil {
			continue
		}
		b.putBack(batch)
		b.w.c.Logger.Warn("the ledger of budgets can't be written: calls wait", "topic", b.topic, "err", err)

		select {
		case <-time.After(ledgerRetry):
		case <-sending.Done():
			return nil
		}
	}
}

// take takes what is queued.
func (b *books) take() (batch []ledger.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()

	batch, b.queue = b.queue, nil
	return batch
}

func (b *books) putBack(batch []ledger.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(batch, b.queue...)
}

func (b *books) records(batch []ledger.Record) (all []topology.Record) {
	for _, r := range batch {
		all = append(all, topology.Record{Topic: b.topic, Value: r.Encode()})
	}
	return all
}

// read follows the ledger until ctx ends.
func (b *books) read(ctx context.Context) error {
	for ctx.Err() == nil {
		err := b.follow(ctx)
		if ctx.Err() != nil {
			return nil
		}
		b.w.c.Logger.Warn("the ledger of budgets can't be read: calls wait", "topic", b.topic, "err", err)

		select {
		case <-time.After(ledgerRetry):
		case <-ctx.Done():
		}
	}
	return nil
}

// readWait is how long a fetch waits for records.
const readWait = 500 * time.Millisecond

// follow reads on a connection of its own, which waits for records, until an error.
func (b *books) follow(ctx context.Context) error {
	l := b.w.c.connections()
	defer l.cut()
	defer context.AfterFunc(ctx, l.cut)()

	client, err := sarama.NewClient(b.w.c.Brokers, b.w.c.sarama("slipstream-budget", l))
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()

	for ctx.Err() == nil {
		fetched, err := fetchWithin(readWait, client, b.topic, 0, b.next)
		if errors.Is(err, sarama.ErrOffsetOutOfRange) {
			return fmt.Errorf("records from %d on are gone: restart the worker if the topic is a new one: %w",
				b.next, err)
		}

		if err != nil {
			return err
		}

		from := b.next
		b.next = eachVisible(fetched, from, func(batch *sarama.RecordBatch) { b.batch(batch, from) })
		if b.next >= fetched.HighWaterMarkOffset {
			b.tellStopped()
		}
	}

	return nil
}

// tellStopped tells of models that have stopped since it was last called.
func (b *books) tellStopped() {
	stopped := b.book.Stopped()
	for model, stop := range stopped {
		if _, told := b.told[model]; !told {
			b.w.notify(Notice{Kind: ModelStopped, Topic: b.topic, Err: errors.New(stop.Why)})
		}
	}
	b.told = stopped
}

// batch takes in the records of a batch from an offset on.
func (b *books) batch(batch *sarama.RecordBatch, from int64) {
	for _, r := range batch.Records {
		if batch.FirstOffset+r.OffsetDelta < from {
			continue
		}

		at := batch.FirstTimestamp.Add(r.TimestampDelta)
		if batch.LogAppendTime {
			at = batch.MaxTimestamp
		}
		b.record(batch.FirstOffset+r.OffsetDelta, at, r.Value)
	}
}

// record takes in a record, and tells who waits for its verdict.
func (b *books) record(offset int64, at time.Time, value []byte) {
	r, err := ledger.Decode(value)
	if err != nil {
		b.w.c.Logger.Error("a record of the ledger of budgets can't be read, and is passed over",
			"topic", b.topic, "offset", offset, "err", err)
		return
	}

	v := b.book.Apply(at, r)
	if r.Reserve == nil || !strings.HasPrefix(r.Reserve.ID, b.prefix) {
		return
	}

	if !b.tell(r.Reserve.ID, at, v) && v.Granted { // its call has ended meanwhile
		b.release(r.Reserve.ID)
	}
}

// tell gives a verdict to who waits for it, and reports whether somebody does: under the lock, so that who
// stops waiting sees it.
func (b *books) tell(id string, at time.Time, v ledger.Verdict) bool {
	b.mu.Lock()
	defer b.mu.Unlock()

	waits, ok := b.waiting[id]
	if !ok {
		return false
	}
	delete(b.waiting, id)
	waits.verdict <- v

	// The broker had it at the earliest when it was made. So the estimate is rather too far ahead, and the
	// beginning of a window is not missed: who asks too early is refused.
	b.ahead.Store(int64(at.Sub(waits.since)))

	return true
}
