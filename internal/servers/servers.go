// Package servers is what adapters of models share about the HTTP servers that they ask: which one comes
// first, and what a response says beside its body.
package servers

import (
	"cmp"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// restFor is how long a server that was unavailable comes last.
const restFor = 5 * time.Second

// A Load is what one server has to do for us. It is safe for use by several goroutines.
type Load struct {
	calls atomic.Int32 // in flight
	rests atomic.Int64 // until then it comes last, in Unix nanoseconds
}

// Begin counts a call until its End.
func (l *Load) Begin() { l.calls.Add(1) }

// End is told whether the server was unavailable.
func (l *Load) End(unavailable bool) {
	l.calls.Add(-1)

	if unavailable {
		l.Rest()
	}
}

// IsIdle reports whether the server has no call of ours, and does not rest.
func (l *Load) IsIdle() bool { return l.calls.Load() == 0 && l.rests.Load() <= time.Now().UnixNano() }

// Rest has the server come last for a while.
func (l *Load) Rest() { l.rests.Store(time.Now().Add(restFor).UnixNano()) }

// BestFirst returns the servers in the order in which to ask them: those that do not rest, then those with
// the fewest calls, then as they were named, so that an idle first one keeps its evaluated prefix in use.
func BestFirst[T any](all []T, load func(T) *Load) []T {
	type state struct {
		server T
		rests  int // 1 while it does
		calls  int32
	}

	now := time.Now().UnixNano()
	var states []state // read once: the counters move while they are sorted
	for _, x := range all {
		l := load(x)
		s := state{server: x, calls: l.calls.Load()}
		if l.rests.Load() > now {
			s.rests = 1
		}

		states = append(states, s)
	}

	slices.SortStableFunc(states, func(a, b state) int {
		return cmp.Or(cmp.Compare(a.rests, b.rests), cmp.Compare(a.calls, b.calls))
	})

	var ordered []T
	for _, s := range states {
		ordered = append(ordered, s.server)
	}

	return ordered
}

// Transport is one for a server. It notes responses; see Note. Unless it is told to make a connection for
// each request, it keeps as many as there are calls in flight.
func Transport(connectEachTime bool) http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	t.DisableKeepAlives = connectEachTime

	return noting{t}
}
