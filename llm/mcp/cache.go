package mcp

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// A cache keeps results by call, the last used of them, and lets equal calls share one.
type cache struct {
	flights *singleflight.Group
	bound   int

	mu     sync.Mutex
	byKey  map[string]*list.Element
	recent *list.List // of kept, the last used first
}

type kept struct {
	key    string
	result Result
}

func newCache(bound int) cache {
	return cache{flights: &singleflight.Group{}, bound: bound, byKey: map[string]*list.Element{}, recent: list.New()}
}

// get is a result of at most that age, or a new one, which is fetched once for all who wait. An error is shared among
// them, and not kept.
func (c *cache) get(ctx context.Context, key string, ttl time.Duration, fetch func() (Result, error)) (Result, error) {
	if r, ok := c.find(key, ttl); ok {
		return r, nil
	}
	done := c.flights.DoChan(key, func() (v any, err error) {
		defer func() {
			if p := recover(); p != nil { // on a goroutine of nobody's, where it would end the process
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
	if k := e.Value.(kept); time.Since(k.result.Fetched) < ttl {
		c.recent.MoveToFront(e)
		return k.result, true
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
	c.byKey[key] = c.recent.PushFront(kept{key, r})
	if c.recent.Len() > c.bound {
		c.remove(c.recent.Back())
	}
}

func (c *cache) remove(e *list.Element) {
	delete(c.byKey, e.Value.(kept).key)
	c.recent.Remove(e)
}
