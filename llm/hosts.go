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

// restFor is how long a host that was unavailable is asked last.
const restFor = 5 * time.Second

// hosts are the servers of one model.
type hosts struct{ all []*host }

// A host is one server. Its counters are written by begin and end alone.
type host struct {
	url    string
	client *api.Client
	calls  atomic.Int32 // in flight
	rested atomic.Int64 // Unix nanoseconds until which it is asked last
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
	return &host{url: u.String(), client: api.NewClient(u, &http.Client{Transport: transport})}
}

// order is whom to ask first: a host that is not resting, then the one with the fewest calls, then as named,
// so that an idle first host keeps its evaluated prefix in use.
func (h *hosts) order() []*host {
	type standing struct {
		host    *host
		resting bool
		calls   int32
	}
	now := time.Now().UnixNano()
	var all []standing // read once: a sort must not see the counters move
	for _, x := range h.all {
		all = append(all, standing{x, x.rested.Load() > now, x.calls.Load()})
	}
	slices.SortStableFunc(all, func(a, b standing) int {
		if a.resting != b.resting {
			return map[bool]int{true: 1, false: -1}[a.resting]
		}
		return cmp.Compare(a.calls, b.calls)
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
		h.rested.Store(time.Now().Add(restFor).UnixNano())
	}
}

// isTransport tells whether the request got no response at all.
func isTransport(err error) bool {
	var u *url.Error
	return errors.As(err, &u)
}
