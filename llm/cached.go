package llm

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// CacheConfig bounds what is kept. Its zero value works.
type CacheConfig struct {
	// Entries is the largest number of replies that are kept: those used last. Defaults to 10,000.
	Entries int
	// Age is how long a reply is given again after it was made. Defaults to an hour.
	Age time.Duration
	// Tenant is whose request it is: a reply is given again only to the same tenant. Defaults to one for all.
	Tenant func(Request) string
}

// Cached gives a reply of m again to an equal request: the same messages, schema, tools and settings. Such a
// reply has Cached set, and the provenance of its decision says so. Requests that are equal to one under way
// wait for its reply. The cache is in memory, of this process and of this model; errors are not kept.
//
// It pays where cases repeat: prompts that state a customer's name or the time never do.
func Cached(m Model, c CacheConfig) *Cache {
	c.Age = cmp.Or(c.Age, time.Hour)
	kept, err := lru.New[cacheKey, cached](max(cmp.Or(c.Entries, 10_000), 1))
	if err != nil {
		panic(err) // only for a size below 1
	}

	return &Cache{model: m, config: c, kept: kept, flights: map[cacheKey]*flight{}}
}

// A Cache is a model of Cached.
type Cache struct {
	model  Model
	config CacheConfig

	mu      sync.Mutex // guards what follows
	kept    *lru.Cache[cacheKey, cached]
	flights map[cacheKey]*flight
	stats   CacheStats
}

// CacheStats are counts since the cache was made.
type CacheStats struct {
	Hits   int // replies that were kept
	Shared int // replies of a request that was under way
	Misses int // requests of the model
}

type cacheKey [sha256.Size]byte

// cached is a reply, and the request for it, by which it can be erased.
type cached struct {
	request Request
	reply   Reply
	until   time.Time
}

// A flight is a request under way. It ends when the model answers, or when all that wait for it have left.
type flight struct {
	done   chan struct{} // closed when it has landed
	reply  Reply
	err    error
	cancel context.CancelFunc

	waiting int  // guarded by Cache.mu, as is what follows
	erased  bool // its reply must not be kept
	request Request
}

// Stats are the counts of now.
func (c *Cache) Stats() CacheStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Erase drops the replies to requests for which of is true, also of those under way, and returns how many
// were kept. Erase what is about a customer when the customer's rows are erased.
func (c *Cache) Erase(of func(Request) bool) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()

	for _, f := range c.flights {
		f.erased = f.erased || of(f.request)
	}

	for _, key := range c.kept.Keys() {
		if x, ok := c.kept.Peek(key); ok && of(x.request) {
			c.kept.Remove(key)
			n++
		}
	}

	return n
}

// Chat implements Model.
func (c *Cache) Chat(ctx context.Context, r Request) (Reply, error) {
	if err := ctx.Err(); err != nil {
		return Reply{}, err
	}

	key, err := c.key(r)
	if err != nil {
		return Reply{}, &Error{Kind: ErrRefused, Err: err}
	}

	c.mu.Lock()
	if x, ok := c.kept.Get(key); ok && time.Now().Before(x.until) {
		c.stats.Hits++
		c.mu.Unlock()

		return copyOf(x.reply, true), nil
	}

	f, joined := c.flights[key]
	if joined {
		c.stats.Shared++
	} else {
		c.stats.Misses++
		f = c.begin(ctx, key, r)
	}
	f.waiting++
	c.mu.Unlock()

	return c.wait(ctx, key, f, joined)
}

// key is that of a request. Requests are equal if their JSON is.
func (c *Cache) key(r Request) (cacheKey, error) {
	var tenant string
	if c.config.Tenant != nil {
		tenant = c.config.Tenant(r)
	}

	text, err := json.Marshal(struct {
		Tenant  string
		Request Request
	}{tenant, r})
	if err != nil {
		return cacheKey{}, fmt.Errorf("llm: the request: %w", err)
	}

	return sha256.Sum256(text), nil
}

// begin asks the model, for as long as anybody waits. The lock is held.
func (c *Cache) begin(ctx context.Context, key cacheKey, r Request) *flight {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{done: make(chan struct{}), cancel: cancel, request: r}
	c.flights[key] = f

	go func() {
		defer cancel()
		f.reply, f.err = chatSafely(inner, c.model, r)

		c.mu.Lock()
		if c.flights[key] == f {
			delete(c.flights, key)
		}

		if f.err == nil && !f.erased {
			c.kept.Add(key, cached{request: r, reply: f.reply, until: time.Now().Add(c.config.Age)})
		}
		c.mu.Unlock()
		close(f.done)
	}()

	return f
}

// wait returns the reply of a flight. One that nobody waits for any more is ended, and no one joins it.
func (c *Cache) wait(ctx context.Context, key cacheKey, f *flight, joined bool) (Reply, error) {
	select {
	case <-f.done:
		return copyOf(f.reply, joined && f.err == nil), f.err
	case <-ctx.Done():
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	if f.waiting--; f.waiting == 0 {
		f.cancel()
		if c.flights[key] == f {
			delete(c.flights, key)
		}
	}

	return Reply{}, ctx.Err()
}

// copyOf is a reply that its caller may change. What was not used for it is not told.
func copyOf(r Reply, isCached bool) Reply {
	if isCached {
		r.Cached = true
		r.Took, r.Read, r.Wrote = 0, 0, 0
	}

	r.Message.Calls = slices.Clone(r.Message.Calls)
	for i, call := range r.Message.Calls {
		r.Message.Calls[i].Args = bytes.Clone(call.Args)
	}

	return r
}

// WarmUp implements Warmer.
func (c *Cache) WarmUp(ctx context.Context, r Request) error { return warmUp(ctx, c.model, r) }

// chatSafely makes an error of a panic: a goroutine of ours must not end the process.
func chatSafely(ctx context.Context, m Model, r Request) (reply Reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			reply, err = Reply{}, fmt.Errorf("llm: the model %T panicked: %v\n%s", m, v, debug.Stack())
		}
	}()
	return m.Chat(ctx, r)
}
