package llm

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// A pace keeps to what a server takes in a minute, of requests and of tokens. The tokens of an answer are
// not known before it is there: they are charged then, and delay those that come later.
type pace struct {
	requests, tokens *rate.Limiter // nil: any number
}

func newPace(requests, tokens int) pace {
	return pace{perMinute(requests), perMinute(tokens)}
}

// perMinute allows n a minute, and a tenth of these at once.
func perMinute(n int) *rate.Limiter {
	if n <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Every(time.Minute)*rate.Limit(n), max(n/10, 1))
}

// wait returns when a request with a prompt of about so many tokens may be made, or the error of ctx.
func (p pace) wait(ctx context.Context, tokens int) error {
	if err := take(ctx, p.requests, 1); err != nil {
		return err
	}
	return take(ctx, p.tokens, tokens)
}

// charge adds tokens that were used in the end.
func (p pace) charge(tokens int) {
	if p.tokens == nil {
		return
	}

	for tokens > 0 {
		n := min(tokens, p.tokens.Burst())
		p.tokens.ReserveN(time.Now(), n)
		tokens -= n
	}
}

// take waits for n, however many fit at once.
func take(ctx context.Context, l *rate.Limiter, n int) error {
	if l == nil {
		return nil
	}

	var until time.Duration
	for n > 0 {
		some := min(n, l.Burst())
		until = l.ReserveN(time.Now(), some).Delay()
		n -= some
	}

	if until <= 0 {
		return nil
	}

	select {
	case <-time.After(until):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
