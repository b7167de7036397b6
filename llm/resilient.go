package llm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"syscall"
	"time"

	"github.com/slipstream-go/slipstream/internal/allowance"
)

// ResilientConfig bounds how long a model that fails is asked again. Its zero value works.
type ResilientConfig struct {
	// Attempts is the largest number of times that a request is made, while its error is Retryable. While the
	// model is down, Outage bounds it instead. Defaults to 4.
	Attempts int

	// Backoff is the wait before the second attempt. It doubles with each attempt, up to MaxBackoff, and is
	// up to a quarter longer or shorter by chance. A server that names a time after which to ask again
	// (Error.RetryAfter) is left alone until then, or for 5 minutes if that is sooner. Defaults to 250
	// milliseconds.
	Backoff time.Duration
	// MaxBackoff is the longest wait. Defaults to 10 seconds.
	MaxBackoff time.Duration

	// Timeout is the longest that one attempt may take. What is left of topology.Policy.Timeout bounds it,
	// too. Defaults to 2 minutes.
	Timeout time.Duration

	// Failures in a row, of all callers together, open the breaker: the model is down. While the breaker is
	// open, the model is not asked. Defaults to 5.
	Failures int
	// Cooldown is how long the breaker stays open. After it, one request at a time tries again. Defaults to
	// 5 seconds.
	Cooldown time.Duration
	// Outage is how long a request waits for a model that is down. Defaults to an hour for the calls of an
	// operator, whose events wait meanwhile, and to not at all for any other caller. Negative is not at all:
	// after Attempts the operator gives up.
	Outage time.Duration

	// InFlight is the largest number of requests at once; the others wait for their turn. While the server
	// turns out to take fewer, fewer are made. Defaults to any number.
	InFlight int
	// PerMinute is the largest number of requests in a minute, each attempt counted, and TokensPerMinute
	// that of tokens of prompts and answers: the others wait, which is no part of topology.Policy.Timeout. A
	// tenth of each may be used at once. An answer's tokens are counted when it is there, a prompt's by an
	// estimate until then. Default to any number.
	PerMinute, TokensPerMinute int
}

func (c ResilientConfig) withDefaults() ResilientConfig {
	c.Attempts = cmp.Or(max(c.Attempts, 0), 4)
	c.Backoff = cmp.Or(max(c.Backoff, 0), 250*time.Millisecond)
	c.MaxBackoff = cmp.Or(max(c.MaxBackoff, 0), max(10*time.Second, 2*c.Backoff))
	c.Timeout = cmp.Or(max(c.Timeout, 0), 2*time.Minute)
	c.Failures = cmp.Or(max(c.Failures, 0), 5)
	c.Cooldown = cmp.Or(max(c.Cooldown, 0), 5*time.Second)
	return c
}

// defaultOutage is that of the calls of an operator.
const defaultOutage = time.Hour

// maxRetryAfter bounds for how long a server may ask to be left alone.
const maxRetryAfter = 5 * time.Minute

// Resilient repeats a request of m when that may help, leaves m alone for a while when it keeps failing, and
// makes no more requests at once than m can answer in time. The end of ctx ends all of it, the waits too. The
// breaker and the bound belong to the returned Model: make one, and share it among operators.
//
// A model that is down is an outage, not a failure of the events that need it. An operator's call keeps its
// slot, waits until the breaker closes, for at most Outage, and is made then; no event is lost and none
// becomes a dead letter. The worker tells that the model is down, once, and that it is up again.
//
// The time that a call waits (for the breaker, for its turn, before an attempt, and in an attempt that failed
// because the model was down or had too many requests) is no part of topology.Policy.Timeout. It is part of
// Policy.Deadline: a case with a deadline is given up then, whatever it waits for.
//
// How many requests m can answer in time shows when one times out while others are under way: fewer are made
// at once from then on, and that one is made again. Answers in time raise the number again.
func Resilient(m Model, c ResilientConfig) Model {
	c = c.withDefaults()
	return &resilient{
		model:  m,
		config: c,
		gate:   newGate(c.Failures, c.Cooldown, c.InFlight),
		pace:   newPace(c.PerMinute, c.TokensPerMinute),
	}
}

type resilient struct {
	model  Model
	config ResilientConfig
	gate   *gate
	pace   pace
}

// errTimeout ends an attempt after its time.
var errTimeout = errors.New("no answer in time")

// Chat implements Model.
func (r *resilient) Chat(ctx context.Context, q Request) (Reply, error) {
	return r.do(ctx, r.outage(ctx), estimate(q), func(ctx context.Context) (Reply, error) {
		return r.model.Chat(ctx, q)
	})
}

// outage is how long a caller waits for a model that is down.
func (r *resilient) outage(ctx context.Context) time.Duration {
	if isImpatient(ctx) {
		return 0
	}

	if r.config.Outage == 0 && allowance.Of(ctx) != nil {
		return defaultOutage
	}
	return max(r.config.Outage, 0)
}

// A caller is a request on its way to an answer.
type caller struct {
	*resilient
	ctx       context.Context
	allowance *allowance.Allowance
	ask       func(context.Context) (Reply, error)
	tokens    int // of the prompt, about

	outage  time.Duration // how long it waits for a model that is down; 0: not at all
	end     time.Time     // of that wait; zero: the model has not been down yet
	attempt int           // the next one, by those that count
	crowded int           // attempts that timed out because there were too many
	tries   int           // in a row without an answer, of those that don't count, too
	last    error         // of the model
}

// do makes a request whose prompt has about so many tokens.
func (r *resilient) do(ctx context.Context, outage time.Duration, tokens int,
	ask func(context.Context) (Reply, error)) (Reply, error) {
	c := &caller{
		resilient: r,
		ctx:       ctx,
		allowance: allowance.Of(ctx),
		ask:       ask,
		tokens:    tokens,
		outage:    outage,
		attempt:   1,
	}
	if isImpatient(ctx) {
		c.attempt = c.config.Attempts // the only one
	}

	c.allowance.Hold()
	defer c.allowance.Release()

	for {
		p, err := c.enter()
		if err != nil {
			return Reply{}, c.explain(err)
		}

		reply, err, again := c.try(p)
		if !again {
			return reply, err
		}

		c.pause(err)
	}
}

// enter waits until the request may be made.
func (c *caller) enter() (*pass, error) {
	defer c.allowance.Wait()()

	for {
		if err := c.ctx.Err(); err != nil {
			return nil, err
		}

		if why := c.gate.down(); why != nil {
			c.isDown(why)
		}

		p, err := c.gate.enter(c.ctx, c.patience(), c.crowded > 0)
		switch {
		case err == nil:
			return c.keepPace(p)
		case !errors.Is(err, errShut) || c.outage <= 0 && c.attempt >= c.config.Attempts:
			return nil, err
		case c.outage > 0:
			c.end = time.Now()
			return nil, err
		}
		c.attempt++ // it has waited in vain
	}
}

// keepPace waits until a request that is let through keeps to what the server takes in a minute.
func (c *caller) keepPace(p *pass) (*pass, error) {
	if err := c.pace.wait(c.ctx, c.tokens); err != nil {
		c.gate.leave(p)
		return nil, err
	}
	return p, nil
}

// isDown notes that the caller waits for a model that is down.
func (c *caller) isDown(why error) {
	if c.end.IsZero() {
		c.end = time.Now().Add(c.outage)
	}

	if c.outage > 0 {
		c.allowance.Down(why)
	}
}

// patience is that of gate.enter.
func (c *caller) patience() time.Duration {
	switch {
	case c.outage > 0 && c.end.IsZero():
		return c.outage
	case c.outage > 0:
		return max(time.Until(c.end), 1)
	case c.attempt >= c.config.Attempts:
		return 0
	}
	return -1
}

// try makes the request once. again reports whether to make it again, after a pause.
func (c *caller) try(p *pass) (reply Reply, err error, again bool) {
	limit := c.allowance.Left(c.config.Timeout)
	began := time.Now()
	reply, err = c.once(limit)

	switch {
	case errors.Is(err, errTimeout):
		again = c.timedOut(p, err, began)
	case Retryable(err):
		again = c.failed(p, err, began)
	case isContextError(err):
		c.gate.leave(p)
	default:
		c.gate.answered(p, time.Since(began) < limit/2)
		c.allowance.Spend(began)
		c.pace.charge(reply.TokensIn + reply.TokensOut - c.tokens)
		return reply, err, false
	}

	if again && c.ctx.Err() == nil {
		return reply, err, true
	}
	return Reply{}, c.explain(err), false
}

// returnGrace is how long a model may take to return once its time is over.
const returnGrace = time.Second

// once asks, for at most limit. A model that does not return then ends the call all the same.
func (c *caller) once(limit time.Duration) (Reply, error) {
	began := time.Now()
	stuck := time.AfterFunc(c.allowance.Left(math.MaxInt64-returnGrace)+returnGrace, func() {
		c.allowance.Spend(began)
	})
	defer stuck.Stop()

	inner, cancel := context.WithTimeoutCause(c.ctx, limit, errTimeout)
	defer cancel()

	reply, err := c.ask(inner)
	if err != nil && context.Cause(inner) == errTimeout {
		err = fmt.Errorf("%w (%w)", errTimeout, err)
	}
	return reply, err
}

// A silent call ended with its context, without an answer of its server. Adapters may return such an error,
// so that a server which is slow is told from one that is not there.
type silent interface {
	error
	// Ping returns why the server is not there, or nil if it is, though it may be busy.
	Ping(ctx context.Context) error
}

// timedOut judges an attempt that took too long, and reports whether another one may help.
func (c *caller) timedOut(p *pass, err error, began time.Time) (again bool) {
	var unanswered silent
	isSilent := errors.As(err, &unanswered)
	if isSilent {
		if why := unanswered.Ping(c.ctx); why != nil {
			return c.failed(p, why, began)
		}
	}

	switch {
	case c.gate.hadCompany(p) && c.crowded < c.config.Attempts && !isImpatient(c.ctx):
		c.crowded++
		c.gate.crowded(p, c.crowded)
		return true
	case isSilent:
		c.gate.leave(p) // the server is well
	default:
		c.gate.fails(p, err, 0)
	}

	return c.count(began)
}

// failed judges an attempt that may be repeated, and reports whether to do so.
func (c *caller) failed(p *pass, err error, began time.Time) (again bool) {
	c.last = err

	var e *Error
	if !errors.As(err, &e) {
		e = &Error{}
	}

	if e.Status == http.StatusTooManyRequests {
		c.gate.lower(p, c.tries+1)
	}

	down := c.gate.fails(p, err, min(e.RetryAfter, maxRetryAfter))
	if c.outage <= 0 || !down && !isOutage(err) {
		return c.count(began)
	}

	if c.end.IsZero() {
		c.end = time.Now().Add(c.outage)
	}

	if down {
		c.isDown(err)
	}
	return time.Now().Before(c.end)
}

// isOutage reports whether a failure can't be the fault of the request: the server has not begun with it.
func isOutage(err error) bool {
	var e *Error
	hasStatus := errors.As(err, &e)
	begun := hasStatus && (e.Status == http.StatusOK || e.Status == http.StatusInternalServerError) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
	return errors.Is(err, ErrUnavailable) && !begun
}

// count counts an attempt, and reports whether another one may be made.
func (c *caller) count(began time.Time) bool {
	c.allowance.Spend(began)
	c.attempt++
	return c.attempt <= c.config.Attempts
}

// pause waits between a failed attempt and the next one. If the gate is shut, that is pause enough.
func (c *caller) pause(err error) {
	if errors.Is(err, errTimeout) || c.outage > 0 && c.gate.isShut() {
		return
	}
	defer c.allowance.Wait()()

	d := c.config.Backoff
	for n := 0; n < c.tries && d < c.config.MaxBackoff; n++ {
		d *= 2
	}
	c.tries++

	select {
	case <-time.After(jittered(min(d, c.config.MaxBackoff))):
	case <-c.ctx.Done():
	}
}

// jittered is d, up to a quarter shorter or longer.
func jittered(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}

// explain returns the error that the caller sees: in the end it is what the model said last, whatever ended
// the attempts.
func (c *caller) explain(err error) error {
	switch {
	case c.ctx.Err() != nil && c.last != nil:
		return fmt.Errorf("llm: %w; before that: %w", c.ctx.Err(), c.last)
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case errors.Is(err, errTimeout):
		return &Error{
			Kind:   ErrUnavailable,
			Err:    fmt.Errorf("llm: no answer in %v", c.config.Timeout),
			Remedy: "a shorter prompt, a smaller model or a longer ResilientConfig.Timeout",
		}
	case c.outage > 0 && !c.end.IsZero() && !time.Now().Before(c.end):
		return fmt.Errorf("llm: the model was down for %v: %w", c.outage, cmp.Or(c.last, c.gate.why(), err))
	case errors.Is(err, errShut) && c.last != nil:
		return c.last
	case errors.Is(err, errShut):
		return c.explainShut()
	}

	return err
}

// explainShut is for a caller that has not asked at all.
func (c *caller) explainShut() error {
	e := &Error{
		Kind:   ErrUnavailable,
		Err:    fmt.Errorf("llm: the model is left alone for %v", c.config.Cooldown),
		Remedy: "its earlier errors say why",
	}
	why := c.gate.why()
	if c.gate.down() != nil {
		e.Err = fmt.Errorf("llm: the model has failed %d times in a row and is left alone for %v",
			c.config.Failures, c.config.Cooldown)
	}

	if why != nil {
		e.Err, e.Remedy = fmt.Errorf("%w: %w", e.Err, why), ""
	}

	return e
}
