package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/processors"
)

// talkLasts is how long a conversation is taken to last after a message.
const talkLasts = 3 * time.Minute

// A clock paces the day. It runs at a fixed speed, or as fast as the day can be sent. While somebody talks to
// the concierge it runs in real time: otherwise the flights they ask about would have left before they have
// read the answer. It is safe for concurrent use.
type clock struct {
	speed float64 // seconds of the day per second; 0: unbounded

	mu       sync.Mutex
	day      time.Time     // guarded by mu, as are the fields below: where the day stood
	at       time.Time     // and when, in our time
	talksTil time.Time     // when the conversation is over, in our time
	message  chan struct{} // closed at the next message
}

func newClock(speed float64) *clock {
	return &clock{speed: speed, message: make(chan struct{})}
}

// hear notes that somebody has sent a message.
func (c *clock) hear() {
	c.mu.Lock()
	defer c.mu.Unlock()

	now := time.Now()
	c.advance(now)
	c.talksTil = now.Add(talkLasts)
	close(c.message)
	c.message = make(chan struct{})
}

// advance brings the day up to now. At an unbounded speed it stands until left moves it.
func (c *clock) advance(now time.Time) {
	if rate := c.rate(c.at); rate > 0 && !c.day.IsZero() {
		c.day = c.day.Add(time.Duration(float64(now.Sub(c.at)) * rate))
	}
	c.at = now
}

// rate is the speed of the day at a moment of our time; 0 is unbounded.
func (c *clock) rate(now time.Time) float64 {
	if now.Before(c.talksTil) {
		return 1
	}
	return c.speed
}

// waitUntil returns when the day has come to a moment.
func (c *clock) waitUntil(ctx context.Context, moment time.Time) error {
	for ctx.Err() == nil {
		wait, message := c.left(moment)
		if wait <= 0 {
			return nil
		}

		select {
		case <-time.After(wait):
		case <-message:
		case <-ctx.Done():
		}
	}

	return ctx.Err()
}

// left returns how long it takes the day to come to a moment unless a message arrives, and a channel that the
// next message closes.
func (c *clock) left(moment time.Time) (time.Duration, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()

	now := time.Now()
	c.advance(now)

	rate := c.rate(now)
	if c.day.IsZero() || rate == 0 && moment.After(c.day) {
		c.day = moment
	}

	if !moment.After(c.day) {
		return 0, nil
	}

	wait := time.Duration(float64(moment.Sub(c.day)) / rate)
	if talk := c.talksTil.Sub(now); talk > 0 {
		wait = min(wait, talk) // then the rate changes
	}

	return max(wait, time.Millisecond), c.message
}

// waitForSilence returns when nobody talks any more.
func (c *clock) waitForSilence(ctx context.Context) error {
	for {
		c.mu.Lock()
		wait, message := time.Until(c.talksTil), c.message
		c.mu.Unlock()

		if wait <= 0 {
			return ctx.Err()
		}

		select {
		case <-time.After(wait):
		case <-message:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// isTalk reports whether a conversation is going on.
func (c *clock) isTalk() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Before(c.talksTil)
}

// follow hears the messages that people send from now on, until ctx ends. Those that the airline itself sends
// are ignored.
func (c *clock) follow(ctx context.Context, client *processors.Client) error {
	const topic = string(concierge.Messages)

	ends, err := client.Ends(ctx, topic)
	if err != nil {
		return err
	}

	for r, err := range client.Follow(ctx, topic, processors.FollowOptions{Offsets: ends}) {
		if err != nil {
			return fmt.Errorf("follow %s: %w", topic, err)
		}

		var m agent.Message
		if json.Unmarshal(r.Value, &m) == nil && m.Kind != agent.Occasion {
			c.hear()
		}
	}

	return ctx.Err()
}
