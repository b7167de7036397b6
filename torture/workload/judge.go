package workload

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

// judgeTimeout bounds a call: some of them take an hour.
const judgeTimeout = 600 * time.Millisecond

// A Judge is a slow operator that fails at random. It writes down each call.
type Judge struct {
	worker   string
	calls    io.Writer
	name     string // of the operator
	stubborn bool   // what it can't decide is a failure, and it reads nothing
}

// NewJudge returns the judge of a worker. Each call is one line of calls: Unix nanoseconds, operator,
// account, number, terms, worker. A line is one Write, by any goroutine.
func NewJudge(worker string, calls io.Writer) Judge {
	return Judge{worker: worker, calls: calls, name: "judge"}
}

// RateIDs are the rates that there are.
var RateIDs = []RateID{"eur", "gbp", "jpy", "usd"}

func (c Case) rate() RateID { return RateIDs[draw(c, "rate")%len(RateIDs)] }

// other is a rate that the operator reads by itself.
func (c Case) other() RateID { return RateIDs[draw(c, "other")%len(RateIDs)] }

func (c Case) withRate(r Rate) Case {
	c.Rate = r
	return c
}

// draw is a number that only depends on the case and on what it is for.
func draw(c Case, what string) int {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s/%s/%d", what, c.Account, c.Seq)
	return int(h.Sum32() % 1000)
}

// doomed reports whether no call decides the case: one in twenty.
func (c Case) doomed() bool { return draw(c, "doomed") < 50 }

// isFallback reports whether an undecided case is decided without asking: every other one.
func (c Case) isFallback() bool { return draw(c, "fallback") < 500 }

// Decide takes its time. Of a hundred calls three are slow, and two hang until their time-out.
func (j Judge) Decide(ctx context.Context, c Case) (Verdict, topology.Provenance, error) {
	fmt.Fprintf(j.calls, "%d %s %s %d %d %s\n", time.Now().UnixNano(), j.name, c.Account, c.Seq, c.Terms,
		j.worker)

	select {
	case <-time.After(latency()):
	case <-ctx.Done():
		return Verdict{}, nil, ctx.Err()
	}

	if c.doomed() {
		return Verdict{}, nil, errors.New("no call decides this case")
	}

	v := Verdict{Account: c.Account, Seq: c.Seq, Terms: c.Terms, Rate: c.Rate, By: j.worker}
	if j.stubborn {
		return v, nil, nil
	}

	var err error
	v.Read, err = topology.Get(ctx, Rates, c.other())

	return v, topology.Provenance{"judge": j.worker}, err
}

func latency() time.Duration {
	switch n := rand.IntN(100); {
	case n < 2:
		return time.Hour
	case n < 5:
		return time.Duration(200+rand.IntN(300)) * time.Millisecond
	}
	return time.Duration(rand.IntN(60)) * time.Millisecond
}

// Check refuses a verdict whose rate has changed by more than one since it was read.
func (j Judge) Check(ctx context.Context, c Case, v Verdict) error {
	if j.stubborn || v.By == Fallback {
		return nil
	}

	now, err := topology.Get(ctx, Rates, c.other())
	if err == nil && now.Seq > v.Read.Seq+1 {
		err = fmt.Errorf("rate %s has changed: %w", c.other(), topology.ErrStale)
	}

	return err
}

// Fallback is Verdict.By of a decision that was made without asking.
const Fallback = "fallback"

// GiveUp decides half of the cases.
func (j Judge) GiveUp(c Case, cause error) (Verdict, error) {
	if j.stubborn || !c.isFallback() {
		return Verdict{}, cause
	}
	return Verdict{Account: c.Account, Seq: c.Seq, Terms: c.Terms, Rate: c.Rate, By: Fallback}, nil
}
