package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	agents "github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// talking is how long after a message a talk is taken to go on.
const talking = 3 * time.Minute

// A dayClock says how far a day may be. It runs at a speed, or as fast as the day can be sent; while somebody talks it runs
// as ours, or what they talk about would be over before they have read it. Its methods may be called by any goroutine.
type dayClock struct {
	speed float64 // seconds of the day in one of ours; 0: any number

	mu    sync.Mutex
	day   time.Time     // guarded by mu, as is what follows: where the day was
	ours  time.Time     // at this moment of ours
	talk  time.Time     // until when somebody talks
	heard chan struct{} // closed by the next message
}

func newDayClock(speed float64) *dayClock {
	return &dayClock{speed: speed, heard: make(chan struct{})}
}

// hear is for each message.
func (c *dayClock) hear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.run(now)
	c.talk = now.Add(talking)
	close(c.heard)
	c.heard = make(chan struct{})
}

// run brings the clock to now. Where it is not bound by time it stands until reach moves it.
func (c *dayClock) run(now time.Time) {
	if rate := c.rate(c.ours); rate > 0 && !c.day.IsZero() {
		c.day = c.day.Add(time.Duration(float64(now.Sub(c.ours)) * rate))
	}
	c.ours = now
}

// rate is how fast the clock runs at a moment of ours; 0 is not bound by time.
func (c *dayClock) rate(now time.Time) float64 {
	if now.Before(c.talk) {
		return 1
	}
	return c.speed
}

// reach waits until the day may be at a moment.
func (c *dayClock) reach(ctx context.Context, at time.Time) error {
	for ctx.Err() == nil {
		wait, heard := c.left(at)
		if wait <= 0 {
			return nil
		}
		select {
		case <-time.After(wait):
		case <-heard:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// left is how long it takes until the day is at a moment, if nothing changes before.
func (c *dayClock) left(at time.Time) (time.Duration, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.run(now)
	rate := c.rate(now)
	if c.day.IsZero() || rate == 0 && at.After(c.day) {
		c.day = at
	}
	if !at.After(c.day) {
		return 0, nil
	}
	wait := time.Duration(float64(at.Sub(c.day)) / rate)
	if silent := c.talk.Sub(now); silent > 0 {
		wait = min(wait, silent)
	}
	return max(wait, time.Millisecond), c.heard
}

// silent waits until nobody talks.
func (c *dayClock) silent(ctx context.Context) error {
	for {
		c.mu.Lock()
		wait, heard := time.Until(c.talk), c.heard
		c.mu.Unlock()
		if wait <= 0 {
			return ctx.Err()
		}
		select {
		case <-time.After(wait):
		case <-heard:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *dayClock) isTalk() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Before(c.talk)
}

// listen hears what people say from now on, until ctx ends. What the airline tells itself is no talk.
func (c *dayClock) listen(ctx context.Context, client *processors.Client) error {
	ends, err := client.Ends(ctx, messagesTopic)
	if err != nil {
		return err
	}
	for r, err := range client.Follow(ctx, messagesTopic, processors.FollowOptions{Offsets: ends}) {
		if err != nil {
			return fmt.Errorf("follow %s: %w", messagesTopic, err)
		}
		var m agents.Message
		if json.Unmarshal(r.Value, &m) == nil && m.Kind != agents.Occasion {
			c.hear()
		}
	}
	return ctx.Err()
}

// talks reports whether a topology has an agent to talk with.
func talks(t *topology.Topology) bool {
	chart, err := t.Chart()
	return err == nil && slices.ContainsFunc(chart.Topics, func(t topology.ChartTopic) bool { return t.Name == repliesTopic })
}
