package processors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/lovoo/goka/codec"
	"github.com/lovoo/goka/storage"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// A tableCopy holds all partitions of a table that lookups and operators read. A worker has one for each such
// table, whichever stages read it. It follows the committed changelog. Its stores are apart from those of
// partitions that the worker owns.
type tableCopy struct {
	w         *Worker
	plan      *plan.Plan
	table     string
	changelog string
	complete  chan struct{} // closed when the copy was complete for the first time
	first     sync.Once     // closes complete

	mu     sync.RWMutex       // guards what follows
	stores []store.Store      // by partition; nil before goka has opened it
	opened []io.Closer        // by the view: goka leaves its connections open
	end    context.CancelFunc // of the view that runs
}

func newCopy(w *Worker, p *plan.Plan, table string) *tableCopy {
	changelog := p.Changelog(p.Stage(table))
	return &tableCopy{
		w:         w,
		plan:      p,
		table:     table,
		changelog: changelog,
		complete:  make(chan struct{}),
		stores:    make([]store.Store, w.topics[changelog].partitions),
		end:       func() {},
	}
}

func (c *tableCopy) view() (*goka.View, error) {
	return goka.NewView(c.w.c.Brokers, goka.Table(c.changelog), new(codec.Bytes),
		goka.WithViewClientID(c.w.client("copy")),
		goka.WithViewLogger(gokaLog{c.w.c.Logger, "copy of " + c.changelog}),
		goka.WithViewHasher(murmur2.New),
		goka.WithViewCallback(c.copied),
		goka.WithViewConsumerSaramaBuilder(c.consumer),
		goka.WithViewTopicManagerBuilder(c.topicManager),
		goka.WithViewStorageBuilder(c.storage),
		goka.WithViewAutoReconnect())
}

func (c *tableCopy) consumer(brokers []string, client string) (sarama.Consumer, error) {
	consumer, err := goka.SaramaConsumerBuilderWithConfig(c.w.c.sarama("", c.w.conns))(brokers, client)
	if err == nil {
		c.open(consumer)
	}
	return consumer, err
}

func (c *tableCopy) topicManager(brokers []string) (goka.TopicManager, error) {
	m, err := c.w.c.topicManagers(c.w.client("copy"), c.w.conns)(brokers)
	if err == nil {
		c.open(m)
	}
	return m, err
}

func (c *tableCopy) open(o io.Closer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened = append(c.opened, o)
}

// close ends what a view has opened.
func (c *tableCopy) close() {
	c.mu.Lock()
	defer c.mu.Unlock()

	for _, o := range c.opened {
		_ = o.Close() // goka has closed some of them
	}
	c.opened = nil
	clear(c.stores) // goka has closed them
}

func (c *tableCopy) storage(topic string, part int32) (storage.Storage, error) {
	st, err := c.w.openStore("copies", topic, "", part)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	c.stores[part] = st

	return &followedStore{Storage: store.Goka(st), copy: c}, nil
}

// copied is goka's callback for each record of the changelog. A copy has no use for events that wait.
func (c *tableCopy) copied(ctx goka.UpdateContext, s storage.Storage, key string, value []byte) error {
	row, _, err := c.w.fromChangelog(ctx, value)
	if row == nil || key == stage.MarkerKey {
		return err
	}
	return c.sound(setRow(s, key, row))
}

// sound ends a view whose store turns out to be damaged: the next one begins without it. goka would go on
// with it.
func (c *tableCopy) sound(err error) error {
	if bad := new(store.CorruptError); errors.As(err, &bad) {
		c.mu.RLock()
		defer c.mu.RUnlock()
		c.end()
	}
	return err
}

// copies are those of a worker, by table.
type copies map[string]*tableCopy

// Lookup implements stage.Copies.
func (cs copies) Lookup(table, key string) (value []byte, version int64, err error) {
	return cs[table].lookup(key)
}

// lookup returns the row of a key as the copy has it.
func (c *tableCopy) lookup(key string) (value []byte, version int64, err error) {
	st := c.store(murmur2.Partition(key, int32(len(c.stores))))
	if st == nil {
		return nil, 0, errNotThere
	}

	b, err := st.Get(rowSpace + key)
	if err != nil {
		return nil, 0, c.sound(err)
	}

	row, err := stage.Unpack(b)
	if err == nil {
		err = row.Upgrade(c.plan, c.table, key)
	}

	if err != nil {
		return nil, 0, fmt.Errorf("row %s: %w", key, err)
	}

	return row.Bytes, row.Version, nil
}

// Scan implements stage.Copies.
func (cs copies) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	return cs[table].scan(prefix, f)
}

// scan passes rows to f in the order of their keys, until f returns false. Each is as the copy has it when it
// is passed. A row that was deleted meanwhile is left out.
func (c *tableCopy) scan(prefix string, f func(string, []byte, int64) bool) error {
	stores, err := c.all()
	if err != nil {
		return err
	}

	for key, err := range merged(stores, prefix, "") {
		if err != nil {
			return c.sound(err)
		}

		value, version, err := c.lookup(key)
		if err != nil {
			return err
		}

		if value != nil && !f(key, value, version) {
			return nil
		}
	}

	return nil
}

// all returns the stores of all partitions.
func (c *tableCopy) all() ([]store.Store, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()

	if slices.Contains(c.stores, nil) {
		return nil, errNotThere
	}
	return slices.Clone(c.stores), nil
}

// errNotThere is returned to a reader that comes before the copy is complete. Stages are started only
// afterwards.
var errNotThere = errors.New("not there yet")

func (c *tableCopy) store(part int32) store.Store {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.stores[part]
}

// run follows the changelog until ctx ends, with one view after the other if something is wrong with one.
func (c *tableCopy) run(ctx context.Context) {
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		err := c.follow(ctx)
		c.close()

		if ctx.Err() != nil {
			return
		}
		c.w.c.Logger.Warn("copy of a table is rebuilt", "changelog", c.changelog, "err", err, "in", pause)

		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// follow runs one view.
func (c *tableCopy) follow(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()

	c.mu.Lock()
	c.end = end
	c.mu.Unlock()

	v, err := c.view()
	if err != nil {
		return err
	}

	go func() {
		select {
		case <-v.WaitRunning():
			c.first.Do(func() { close(c.complete) })
			c.renew(ctx)
		case <-ctx.Done():
		}
	}()

	return v.Run(ctx)
}

// renew tells the stores each minute that they are complete, if they are.
func (c *tableCopy) renew(ctx context.Context) {
	for {
		now := time.Now()
		if newest, err := newestOffsets(c.w.client_, []string{c.changelog}); err == nil {
			if all, err := c.caught(ctx, newest); all && err == nil {
				c.completed(now)
			}
		}

		select {
		case <-time.After(completeEvery):
		case <-ctx.Done():
			return
		}
	}
}

func (c *tableCopy) completed(until time.Time) {
	stores, err := c.all()
	for _, st := range stores {
		err = errors.Join(err, completed(st, until))
	}

	if err != nil && !errors.Is(err, store.ErrClosed) {
		c.w.c.Logger.Warn("a copy can't be told that it is complete", "changelog", c.changelog, "err", err)
	}
}

// caught reports whether the copy has all that is committed below the newest offsets.
func (c *tableCopy) caught(ctx context.Context, newest offsets) (bool, error) {
	for part := range int32(len(c.stores)) {
		st := c.store(part)
		if st == nil {
			return false, nil
		}

		at := place{c.changelog, part}
		if ok, err := c.w.ends.reached(ctx, c.w.client_, at, newest[at], st.Offset()+1); !ok || err != nil {
			return false, err
		}
	}

	return true, nil
}
