package llm

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/servers"
)

// HedgeConfig bounds what Hedged asks for twice. Its zero value works.
type HedgeConfig struct {
	// After is how long the first model may take before another one is asked, too. Defaults to the time in
	// which 95 of the last 100 answers came; until there are 20 answers, nothing is asked twice.
	After time.Duration
	// Share is the largest share of requests that are made twice, up to 1. Defaults to 0.05.
	Share float64
}

// Hedged asks the model with the fewest of its requests, and, if that one takes longer than nearly all do,
// also one that is idle; the first answer counts, and the other request is ended. It shortens the longest
// waits of servers that now and then take ten times as long, for a few more requests. The models must be the
// same one on different hosts. With one, it does nothing.
//
// A model that can't answer is no reason to ask another one: see Failover.
func Hedged(c HedgeConfig, models ...Model) Model {
	c.Share = min(cmp.Or(max(c.Share, 0), 0.05), 1)

	h := &hedged{config: c}
	for _, m := range models {
		h.hosts = append(h.hosts, &hedgedHost{model: m})
	}
	return h
}

type hedged struct {
	config HedgeConfig
	hosts  []*hedgedHost

	mu     sync.Mutex // guards what follows
	asked  int
	twice  int
	recent []time.Duration // of the last answers, oldest first
}

type hedgedHost struct {
	model Model
	load  servers.Load
}

// answered is what a host said.
type answered struct {
	reply Reply
	err   error
}

// Chat implements Model.
func (h *hedged) Chat(ctx context.Context, r Request) (Reply, error) {
	if len(h.hosts) == 0 {
		return Reply{}, &Error{Kind: ErrRefused, Err: errors.New("llm: Hedged of no models")}
	}

	if err := ctx.Err(); err != nil {
		return Reply{}, err
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the request that is too late

	answers := make(chan answered, 2)
	first := servers.BestFirst(h.hosts, func(x *hedgedHost) *servers.Load { return &x.load })[0]
	begun := time.Now()
	first.ask(ctx, r, answers)

	var late <-chan time.Time
	if after, ok := h.patience(); ok {
		t := time.NewTimer(after)
		defer t.Stop()
		late = t.C
	}

	return h.first(ctx, r, answers, late, first, begun)
}

// first returns the first answer of those that are asked. An error counts if no other is under way.
func (h *hedged) first(ctx context.Context, r Request, answers chan answered, late <-chan time.Time,
	first *hedgedHost, begun time.Time) (Reply, error) {
	for underWay := 1; ; {
		select {
		case a := <-answers:
			if underWay--; a.err == nil || underWay == 0 {
				h.note(a.err, time.Since(begun))
				return a.reply, a.err
			}
		case <-late:
			if other := h.idle(first); other != nil {
				other.ask(ctx, r, answers)
				underWay++
			}
		}
	}
}

func (x *hedgedHost) ask(ctx context.Context, r Request, answers chan<- answered) {
	x.load.Begin()
	go func() {
		reply, err := chatSafely(ctx, x.model, r)
		x.load.End(errors.Is(err, ErrUnavailable))
		answers <- answered{reply, err}
	}()
}

// patience is how long to wait for a first answer. ok reports whether to ask twice at all.
func (h *hedged) patience() (after time.Duration, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()

	h.asked++

	switch {
	case len(h.hosts) < 2:
		return 0, false
	case h.config.After > 0:
		return h.config.After, true
	case len(h.recent) < leastAnswers:
		return 0, false
	}

	sorted := slices.Sorted(slices.Values(h.recent))
	return sorted[len(sorted)*95/100], true
}

const (
	leastAnswers = 20
	mostAnswers  = 100
)

// note keeps how long an answer took.
func (h *hedged) note(err error, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()

	if err != nil {
		return
	}

	h.recent = append(h.recent, took)
	if len(h.recent) > mostAnswers {
		h.recent = slices.Delete(h.recent, 0, 1)
	}
}

// idle is another host, which has nothing to do for us. It is nil if there is no such host, or if too many
// requests were made twice.
func (h *hedged) idle(first *hedgedHost) *hedgedHost {
	h.mu.Lock()
	defer h.mu.Unlock()

	if float64(h.twice+1) > h.config.Share*float64(h.asked) {
		return nil
	}

	for _, x := range h.hosts {
		if x != first && x.load.IsIdle() {
			h.twice++
			return x
		}
	}

	return nil
}

// WarmUp implements Warmer.
func (h *hedged) WarmUp(ctx context.Context, r Request) error {
	var models []Model
	for _, x := range h.hosts {
		models = append(models, x.model)
	}
	return warmUpAll(ctx, models, r)
}
