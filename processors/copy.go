package processors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/lovoo/goka/codec"
	"github.com/lovoo/goka/storage"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// A tableCopy holds all partitions of a table that lookups and operators read. A worker has one for each such
// table, whichever stages read it. It follows the committed changelog. Its stores are apart from those of
// partitions that the worker owns.
type tableCopy struct {
	w         *Worker
	changelog string
	view      *goka.View

	mu     sync.RWMutex  // guards stores
	stores []store.Store // by partition; nil before goka has opened it
	opened []io.Closer   // by newCopy
}

func newCopy(w *Worker, changelog string) (*tableCopy, error) {
	c := &tableCopy{w: w, changelog: changelog, stores: make([]store.Store, w.topics[changelog].partitions)}

	var err error

	c.view, err = goka.NewView(w.c.Brokers, goka.Table(changelog), new(codec.Bytes),
		goka.WithViewClientID(w.client("copy")),
		goka.WithViewLogger(gokaLog{w.c.Logger, "copy of " + changelog}),
		goka.WithViewHasher(murmur2.New),
		goka.WithViewCallback(copied),
		goka.WithViewConsumerSaramaBuilder(c.consumer),
		goka.WithViewTopicManagerBuilder(c.topicManager),
		goka.WithViewStorageBuilder(c.storage),
		goka.WithViewAutoReconnect())
	if err != nil {
		return nil, fmt.Errorf("processors: copy of %s: %w", changelog, err)
	}

	return c, nil
}

func (c *tableCopy) consumer(brokers []string, client string) (sarama.Consumer, error) {
	consumer, err := goka.SaramaConsumerBuilderWithConfig(c.w.c.sarama("", c.w.lines))(brokers, client)
	if err == nil {
		c.opened = append(c.opened, consumer)
	}
	return consumer, err
}

func (c *tableCopy) topicManager(brokers []string) (goka.TopicManager, error) {
	m, err := c.w.c.topicManagers(c.w.client("copy"), c.w.lines)(brokers)
	if err == nil {
		c.opened = append(c.opened, m)
	}
	return m, err
}

// close ends the connections of the view: goka leaves them open.
func (c *tableCopy) close() {
	for _, o := range c.opened {
		_ = o.Close() // goka has closed some of them
	}
}

func (c *tableCopy) storage(topic string, part int32) (storage.Storage, error) {
	st, err := c.w.openStore("copies", topic, "", part)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	c.stores[part] = st

	return store.Goka(st), nil
}

// copied is goka's callback for each record of the changelog. A copy has no use for events that wait.
func copied(ctx goka.UpdateContext, s storage.Storage, key string, value []byte) error {
	row, _, err := fromChangelog(ctx, value)
	if err != nil || key == stage.MarkerKey {
		return err
	}
	return setRow(s, key, row)
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
		return nil, 0, err
	}

	row, err := stage.Unpack(b)
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
			return err
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

// run follows the changelog until ctx ends.
func (c *tableCopy) run(ctx context.Context) error {
	defer c.close()

	if err := c.view.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("processors: copy of %s: %w", c.changelog, err)
	}
	return nil
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
