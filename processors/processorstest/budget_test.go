package processorstest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
)

// A meter is a model's server that knows of no budget, and bills each request in full when it arrives:
// also those that it cuts off, that it answers with an error, and that nobody waits for any more.
type meter struct {
	mu      sync.Mutex
	rng     *rand.Rand
	bills   map[string]int64 // tokens, by the id of the request
	unnamed int              // requests without an id
	twice   int              // requests with an id that was billed before
}

// ServeHTTP implements http.Handler, as Ollama's /api/chat.
func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var asked struct {
		Options struct {
			Limit int64 `json:"num_predict"`
		} `json:"options"`
	}
	if err != nil || json.Unmarshal(body, &asked) != nil {
		http.Error(w, "what?", http.StatusBadRequest)
		return
	}

	in, out, mishap := m.bill(r.Header.Get(budget.Header), int64(len(body)), asked.Options.Limit)
	switch mishap {
	case 0:
		http.Error(w, "overloaded", http.StatusServiceUnavailable)
		return
	case 1:
		panic(http.ErrAbortHandler) // the connection is cut
	case 2:
		time.Sleep(300 * time.Millisecond) // so that crashes come during calls
	}
	fmt.Fprintf(w, `{"model":"m","created_at":"2026-01-01T00:00:00Z","done":true,"done_reason":"stop",`+
		`"message":{"role":"assistant","content":"{\"yes\":true}"},`+
		`"prompt_eval_count":%d,"eval_count":%d}`+"\n", in, out)
}

func (m *meter) bill(id string, bytes, limit int64) (in, out int64, mishap int) {
	m.mu.Lock()
	defer m.mu.Unlock()

	in, out = bytes/4+m.rng.Int64N(bytes/2), 1+m.rng.Int64N(limit)
	if _, again := m.bills[id]; again {
		m.twice++
	}

	if id == "" {
		m.unnamed++
	}
	m.bills[id] += in + out

	return in, out, m.rng.IntN(12)
}

type (
	doubt struct {
		Tenant string `json:"tenant"`
	}
	certainty struct {
		Yes bool `json:"yes"`
	}
)

const (
	doubts      topology.Topic[key, doubt]                   = "doubts"
	certainties topology.Topic[key, certainty]               = "certainties"
	unresolved  topology.Topic[key, topology.Failure[doubt]] = "unresolved"
)

// limits are those of the test: in all, for tenants and for keys, in windows and for ever.
var limits = []budget.Limit{
	{Tokens: 60_000},
	{Tokens: 20_000, Per: budget.Tenant},
	{Calls: 40, Every: 2 * time.Second},
	{Tokens: 3_000, Every: time.Second, Per: budget.Tenant},
	{Calls: 9, Per: budget.Key},
}

func thrifty(url string) *topology.Topology {
	t := topology.New("thrifty")
	o := llm.Operator[doubt, certainty]{
		Model:        llm.Resilient(llm.Ollama("m", url), llm.ResilientConfig{}),
		Instructions: "Is it so?",
		Prompt:       func(d doubt) string { return d.Tenant },
		MaxTokens:    30,
	}
	settled, failed := topology.Async(topology.From(t, doubts), "oracle", o, topology.Policy[doubt]{
		Budget: budget.Budget{Limits: limits, Template: 16},
		Tenant: func(d doubt) string { return d.Tenant },
	})
	settled.To(certainties)
	failed.To(unresolved)
	return t
}

// Workers that crash, requests that are cut off, refused and repeated: what the server has billed for what
// was reserved in a window is within each limit, and each request was reserved once, for at least its bill.
func TestBillsKeepToTheBudgetOverCrashes(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 4))
	m := &meter{rng: rand.New(rand.NewPCG(rng.Uint64(), 1)), bills: map[string]int64{}}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)

	e := engineUnderTest(t, thrifty(server.URL))
	tenants := rand.NewZipf(rng, 1.3, 1, 9)
	places := []string{"", " before commit", "", " produced", "", " after commit"} // those that always come
	for round := range 9 {
		for n := range 30 {
			if n == 15 {
				if err := e.Fault("crash" + places[round%len(places)]); err != nil {
					t.Fatal(err)
				}
			}
			k := key(fmt.Sprint("k", rng.IntN(60)))
			processorstest.SendOnly(e, doubts, k, doubt{fmt.Sprint("t", tenants.Uint64())})
		}
		e.Advance(time.Duration(rng.IntN(900)) * time.Millisecond)
	}
	e.Advance(time.Second)
	server.Close() // no bill is written any more

	m.judge(t, e.Sent("thrifty.budget"))
}

// judge fails unless each bill is covered by one reservation, and each limit kept. It knows what the ledger
// has on its topic, and when, but not how it counts.
func (m *meter) judge(t *testing.T, ledger []topology.Record) {
	t.Helper()

	spent := map[string]int64{}
	covered, billed := map[string]bool{}, int64(0)
	for _, r := range ledger {
		var entry struct {
			Reserve *struct {
				ID   string
				Most struct{ Calls, Tokens int64 }

				Charges []struct {
					Budget, Per, Of, Unit string
					Every, Limit          int64
				}
			}
		}
		if err := json.Unmarshal(r.Value, &entry); err != nil {
			t.Fatal(err)
		}

		a := entry.Reserve
		if a == nil {
			continue
		}

		bill, sent := m.bills[a.ID]
		if !sent {
			continue
		}

		if covered[a.ID] || bill > a.Most.Tokens || a.Most.Calls != 1 || len(a.Charges) != len(limits) {
			t.Errorf("%s: a bill of %d tokens for %s", a.ID, bill, r.Value)
		}
		covered[a.ID] = true
		billed += bill

		for i, c := range a.Charges {
			window := time.Time{}
			if c.Every > 0 {
				window = r.Time.UTC().Truncate(time.Duration(c.Every) * time.Millisecond)
			}

			account := fmt.Sprintf("%s of %s %q within %v", limits[i], c.Per, c.Of, window)
			spent[account] += map[string]int64{"calls": 1, "tokens": bill}[c.Unit]
			if spent[account] > c.Limit {
				t.Errorf("%s: billed are %d", account, spent[account])
			}
		}
	}

	if len(covered) != len(m.bills) || m.unnamed > 0 || m.twice > 0 {
		t.Errorf("%d requests were billed, %d without an id and %d again; %d were reserved", len(m.bills),
			m.unnamed, m.twice, len(covered))
	}

	t.Logf("%d requests, %d tokens billed of %d", len(m.bills), billed, limits[0].Tokens)
	if len(m.bills) < 100 {
		t.Errorf("%d requests only: it would prove nothing", len(m.bills))
	}
}
