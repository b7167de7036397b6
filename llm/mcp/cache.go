package mcp

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// A cache keeps the results that were used last, by call, and lets equal calls share one.
type cache struct {
	calls *singleflight.Group
	size  int

	mu     sync.Mutex
	byKey  map[string]*list.Element
	recent *list.List // of entries, the last used first
}

type entry struct {
	key    string
	result Result
}

func newCache(size int) cache {
	return cache{calls: &singleflight.Group{}, size: size, byKey: map[string]*list.Element{},
		recent: list.New()}
}

// get returns a result of at most that age, or a new one, which is fetched once for all callers that wait
// for it. They share an error, too, which is not kept.
func (c *cache) get(ctx context.Context, key string, ttl time.Duration,
	fetch func() (Result, error)) (Result, error) {
	if r, ok := c.find(key, ttl); ok {
		return r, nil
	}

	done := c.calls.DoChan(key, func() (v any, err error) {
		defer func() {
			if p := recover(); p != nil { // on singleflight's own goroutine it would end the process
				v, err = Result{}, fmt.Errorf("mcp: panic: %v", p)
			}
		}()

		r, err := fetch()
		if err == nil && ttl > 0 {
			c.keep(key, r)
		}

		return r, err
	})

	select {
	case got := <-done:
		return got.Val.(Result), got.Err
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

func (c *cache) find(key string, ttl time.Duration) (Result, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	e := c.byKey[key]
	if e == nil {
		return Result{}, false
	}

	if r := e.Value.(entry).result; time.Since(r.Fetched) < ttl {
		c.recent.MoveToFront(e)
		return r, true
	}
	c.remove(e)

	return Result{}, false
}

func (c *cache) keep(key string, r Result) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if e := c.byKey[key]; e != nil {
		c.remove(e)
	}

	c.byKey[key] = c.recent.PushFront(entry{key, r})
	if c.recent.Len() > c.size {
		c.remove(c.recent.Back())
	}
}

func (c *cache) remove(e *list.Element) {
	delete(c.byKey, e.Value.(entry).key)
	c.recent.Remove(e)
}
