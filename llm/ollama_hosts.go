package llm

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/envconfig"
)

// restFor is how long a host that was unavailable comes last.
const restFor = 5 * time.Second

// hosts are the servers of one model.
type hosts struct{ all []*host }

// A host is one server. Its counters are written by begin and end alone.
type host struct {
	url    string
	client *api.Client
	calls  atomic.Int32 // in flight
	rests  atomic.Int64 // until then it comes last, in Unix nanoseconds
}

func newHosts(named []string) *hosts {
	if len(named) == 0 {
		named = []string{envconfig.ConnectableHost().String()}
	}

	var h hosts
	for _, name := range named {
		h.all = append(h.all, newHost(name))
	}

	return &h
}

func newHost(name string) *host {
	if !strings.Contains(name, "://") {
		name = "http://" + name
	}

	u, err := url.Parse(strings.TrimSuffix(name, "/"))
	if err != nil {
		u = &url.URL{Scheme: "http", Host: name} // the first request tells what is wrong with it
	}

	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // one connection per call in flight, kept

	kept := lineKeeper{noting{transport}}

	return &host{url: u.String(), client: api.NewClient(u, &http.Client{Transport: kept})}
}

// inOrder returns the hosts to ask, the best one first: hosts that do not rest, then those with the fewest
// calls, then as they were named, so that an idle first host keeps its evaluated prefix in use.
func (h *hosts) inOrder() []*host {
	type state struct {
		host  *host
		rests int // 1 while it does
		calls int32
	}

	now := time.Now().UnixNano()
	var all []state // read once: the counters move while they are sorted
	for _, x := range h.all {
		s := state{host: x, calls: x.calls.Load()}
		if x.rests.Load() > now {
			s.rests = 1
		}

		all = append(all, s)
	}

	slices.SortStableFunc(all, func(a, b state) int {
		return cmp.Or(cmp.Compare(a.rests, b.rests), cmp.Compare(a.calls, b.calls))
	})

	var ordered []*host
	for _, s := range all {
		ordered = append(ordered, s.host)
	}

	return ordered
}

func (h *host) begin() { h.calls.Add(1) }

func (h *host) end(err error) {
	h.calls.Add(-1)

	if errors.Is(err, ErrUnavailable) {
		h.rest()
	}
}

// rest has the host come last for a while.
func (h *host) rest() { h.rests.Store(time.Now().Add(restFor).UnixNano()) }
