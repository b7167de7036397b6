package state_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/state"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func serve(t *testing.T, src state.Source, p state.Public) *httptest.Server {
	t.Helper()
	p.Tables, p.Topics, p.Logger = []string{"customers"}, []string{"decisions"}, quiet
	s := httptest.NewServer(state.Handler(src, p))
	t.Cleanup(s.Close)
	return s
}

// ask returns an answer and its body.
func ask(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()

	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()

	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}

	return res, strings.TrimSuffix(string(body), "\n")
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()

	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnswers(t *testing.T) {
	w := aWorker()
	w.rows["a/b//c ?&\xc3\xa9"] = `"odd"`
	w.rows[".."] = `"dots"`
	w.rows["gone"] = `null`

	s := serve(t, w, state.Public{})
	for path, want := range map[string]string{
		"/tables":               `200 {"tables":["customers"]}`,
		"/streams":              `200 {"streams":["decisions"]}`,
		"/healthz":              `200 {"status":"alive"}`,
		"/readyz":               `200 {"status":"ready"}`,
		"/tables/customers/c-1": `200 {"tier":"gold","trips":12}`,
		"/tables/customers/a%2Fb%2F%2Fc%20%3F&%C3%A9": `200 "odd"`,
		"/tables/customers/a/b%2F%2Fc%20%3F&%C3%A9":   `200 "odd"`,
		"/tables/customers/%2E%2E":                    `200 "dots"`,
		"/tables/customers/c-9":                       `404 {"error":"customers has no row \"c-9\""}`,
		"/tables/customers/gone":                      `404 {"error":"customers has no row \"gone\""}`,
		"/tables/flights":                             `404 {"error":"no table \"flights\""}`,
		"/tables/flights/c-1":                         `404 {"error":"no table \"flights\""}`,
		"/streams/profiles":                           `404 {"error":"no stream \"profiles\""}`,
		"/streams/decisions?from=yesterday":           `400 {"error":"from=yesterday: use now or beginning"}`,
		"/tables/customers?limit=0":                   `400 {"error":"limit \"0\" is not a number from 1 to 1000"}`,
		"/tables/customers?limit=many":                `400 {"error":"limit \"many\" is not a number from 1 to 1000"}`,
		"/tables/customers?prefix=x":                  `200 {"rows":[]}`,
		"/tables/customers?prefix=c-3":                `200 {"rows":[{"key":"c-31","version":4,"value":{"tier":"silver","trips":4}}]}`,
		"/tables/customers?prefix=c-&limit=1":         `200 {"rows":[{"key":"c-1","version":3,"value":{"tier":"gold","trips":12}}],"next":"c-1"}`,
		"/tables/customers?after=c-31&limit=2":        `200 {"rows":[{"key":"d-1","version":3,"value":{"tier":"gold","trips":40}}],"next":"gone"}`,
		"/":                                           `404 {"error":"there is /tables, /tables/NAME, /tables/NAME/KEY, /streams, /streams/TOPIC, /topology, /budget, /waiting, /healthz, /readyz"}`,
	} {
		res, body := ask(t, get(t, s.URL+path))
		if got := fmt.Sprint(res.StatusCode, " ", body); got != want {
			t.Errorf("%s\ngave %s\nwant %s", path, got, want)
		}

		if ct := res.Header.Get("Content-Type"); ct != "application/json" {
			t.Errorf("%s is %s", path, ct)
		}
	}
}

func TestAnswersSayHowOldTheyAre(t *testing.T) {
	s := serve(t, aWorker(), state.Public{})
	for path, version := range map[string]string{"/tables/customers/c-31": "4",
		"/tables/customers/nobody": "0"} {
		res, _ := ask(t, get(t, s.URL+path))
		if v, at := res.Header.Get(state.VersionHeader), res.Header.Get(state.AsOfHeader); v != version ||
			at != "2013-03-08T12:00:00Z" {
			t.Errorf("%s: version %s as of %s", path, v, at)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		header map[string]string
		body   string
	}{
		{&state.NotHereError{Table: "customers", Key: "c-1", Owner: "10.0.0.7:8080"}, 421,
			map[string]string{state.OwnerHeader: "10.0.0.7:8080"}, `{"error":"state: customers/c-1 is at 10.0.0.7:8080","owner":"10.0.0.7:8080"}`},
		{&state.NotHereError{Table: "customers", Key: "c-1"}, 503,
			map[string]string{"Retry-After": "1"}, `{"error":"state: no worker owns customers/c-1 yet: try again"}`},
		{fmt.Errorf("row: %w", state.ErrMoved), 503, map[string]string{"Retry-After": "1"},
			`{"error":"row: state: the partition has moved away: ask again"}`},
		{fmt.Errorf("%w %q", state.ErrNoTable, "customers"), 404, nil, `{"error":"no table \"customers\""}`},
		{errors.New("disk on fire"), 500, nil, `{"error":"disk on fire"}`},
	} {
		s := serve(t, worker{err: c.err}, state.Public{})
		for _, path := range []string{"/tables/customers/c-1", "/tables/customers"} {
			res, body := ask(t, get(t, s.URL+path))
			if res.StatusCode != c.status || body != c.body {
				t.Errorf("%s with %v: %d %s, want %d %s", path, c.err, res.StatusCode, body, c.status, c.body)
			}

			for name, want := range c.header {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s with %v: %s is %q, want %q", path, c.err, name, got, want)
				}
			}
		}
	}
}

func TestNotReady(t *testing.T) {
	s := serve(t, aWorker(), state.Public{Ready: func() error { return errors.New("customers is being recovered") }})
	res, body := ask(t, get(t, s.URL+"/readyz"))
	if res.StatusCode != 503 || body != `{"error":"not ready: customers is being recovered"}` {
		t.Errorf("%d %s", res.StatusCode, body)
	}

	if res, _ := ask(t, get(t, s.URL+"/healthz")); res.StatusCode != 200 {
		t.Errorf("a worker that recovers is alive, but healthz gave %d", res.StatusCode)
	}
}

func TestOnlyEventsWrite(t *testing.T) {
	s := serve(t, aWorker(), state.Public{})
	r := get(t, s.URL+"/tables/customers/c-1")
	r.Method = "PUT"
	if res, body := ask(t, r); res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// A page of a stranger's can reach this machine by a name that its owner lets point here; the browser says
// which.
func TestForeignHosts(t *testing.T) {
	s := serve(t, aWorker(), state.Public{Hosts: []string{"tables.example.org"}})
	for host, status := range map[string]int{
		"localhost": 200, "localhost:9999": 200, "127.0.0.1": 200, "127.0.0.2:80": 200, "[::1]:80": 200,
		"tables.example.org": 200, "tables.example.org:443": 200,
		"evil.example": 403, "localhost.evil.example": 403, "192.168.0.1": 403, "127.0.0.1.evil.example:80": 403,
	} {
		for _, path := range []string{"/tables", "/healthz", "/streams/decisions"} {
			r := get(t, s.URL+path)
			r.Host = host
			if path != "/streams/decisions" || status != 200 { // a stream that is let in does not end
				if res, body := ask(t, r); res.StatusCode != status {
					t.Errorf("%s from %s: %d %s", path, host, res.StatusCode, body)
				}
			}
		}
	}
}

// Elsewhere than on loopback any name may be the worker's.
func TestHostsElsewhere(t *testing.T) {
	h := state.Handler(aWorker(), state.Public{})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "http://worker-7/tables", nil))

	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func decision(partition int32, offset int64) state.Event {
	return state.Event{Topic: "decisions", Partition: partition, Offset: offset, Time: noon, Key: "c-1",
		Value: fmt.Appendf(nil, `{"n":%d%d}`, partition,
			offset), Headers: map[string]string{"slipstream_model": "scripted"}}
}

// stream opens a stream and returns a function that reads its next line.
func stream(t *testing.T, url, lastEventID string) (next func() string) {
	t.Helper()

	r := get(t, url)
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}

	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })

	if ct := res.Header.Get("Content-Type"); res.StatusCode != 200 || ct != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, ct)
	}
	lines := bufio.NewScanner(res.Body)

	return func() string {
		lines.Scan()
		return lines.Text()
	}
}

func wantLines(t *testing.T, next func() string, want ...string) {
	t.Helper()

	for _, w := range want {
		if got := next(); got != w {
			t.Fatalf("got %q, want %q", got, w)
		}
	}
}

func TestStreamFromNow(t *testing.T) {
	more := make(chan state.Event)
	s := serve(t, aWorker(), state.Public{Streams: topics{[]state.Event{decision(0, 0), decision(1, 6)}, nil,
		more}})
	next := stream(t, s.URL+"/streams/decisions", "")
	wantLines(t, next, "id: 0:1,1:7", "") // what a client that leaves before the first event comes back with

	more <- decision(1, 8)
	wantLines(t, next, "id: 0:1,1:9",
		`data: {"topic":"decisions","partition":1,"offset":8,"time":"2013-03-08T12:00:00Z","key":"c-1","headers":{"slipstream_model":"scripted"},"value":{"n":18}}`, "")
}

// A client that comes back with the id of any event gets each later one once, in whatever partition.
func TestStreamResumes(t *testing.T) {
	events := []state.Event{decision(0, 0), decision(1, 6), decision(0, 1), decision(1, 7), decision(0, 5)}

	s := serve(t, aWorker(), state.Public{Streams: topics{events: events}})
	url := s.URL + "/streams/decisions?from=beginning"
	next := stream(t, url, "")
	id, _ := strings.CutPrefix(next(), "id: ")
	for seen := range len(events) + 1 {
		again := stream(t, url, id)
		wantLines(t, again, "id: "+id, "")

		for _, e := range events[seen:] {
			again()
			wantData(t, again(), e)
			again()
		}

		if seen < len(events) {
			next()
			id, _ = strings.CutPrefix(next(), "id: ")
			next()
		}
	}
}

func wantData(t *testing.T, line string, want state.Event) {
	t.Helper()

	var got struct {
		Partition int32
		Offset    int64
	}
	data, _ := strings.CutPrefix(line, "data: ")
	if err := json.Unmarshal([]byte(data), &got); err != nil || got.Partition != want.Partition ||
		got.Offset != want.Offset {
		t.Fatalf("got %q (%v), want %d:%d", line, err, want.Partition, want.Offset)
	}
}

func TestStreamRefusesAnOddID(t *testing.T) {
	s := serve(t, aWorker(), state.Public{Streams: topics{}})
	r := get(t, s.URL+"/streams/decisions")
	r.Header.Set("Last-Event-ID", "17")

	if res, body := ask(t, r); res.StatusCode != 400 || !strings.Contains(body, "Last-Event-ID") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestStreamThatBreaks(t *testing.T) {
	s := serve(t, aWorker(), state.Public{Streams: topics{ends: errors.New("broker is gone")}})
	wantLines(t, stream(t, s.URL+"/streams/decisions", ""), "id: 0:0,1:0", "", "event: error",
		`data: {"error":"broker is gone"}`, "", "")
}

// Dead letters hold what could not be read.
func TestEventsThatAreNoJSON(t *testing.T) {
	for value, want := range map[string]string{"\xff{": `"value":null,"bytes":"/3s="`, "null": `"value":null`,
		"1": `"value":1`, "": `"value":null`} {
		e := state.Event{Value: []byte(value)}
		if b, err := json.Marshal(e); err != nil || !strings.HasSuffix(string(b), want+"}") {
			t.Errorf("%q became %s, %v", value, b, err)
		}
	}
}

// Who asks for the head of a stream is not sent the stream, and has its connection back.
func TestHeadOfAStream(t *testing.T) {
	ended := make(chan struct{})
	h := state.Handler(aWorker(), state.Public{Topics: []string{"decisions"}, Streams: topics{},
		Logger: quiet})

	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		h.ServeHTTP(w, r)
	}))
	defer s.Close()

	r := get(t, s.URL+"/streams/decisions")
	r.Method = "HEAD"
	if res, body := ask(t, r); res.StatusCode != 200 ||
		res.Header.Get("Content-Type") != "text/event-stream" || body != "" {
		t.Errorf("%d %v %q", res.StatusCode, res.Header, body)
	}

	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the request goes on")
	}
}

// A client that leaves ends its stream, and with it what reads the topic.
func TestStreamEndsWithItsClient(t *testing.T) {
	ended := make(chan struct{})
	h := state.Handler(aWorker(), state.Public{Topics: []string{"decisions"}, Streams: topics{},
		Logger: quiet})

	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		h.ServeHTTP(w, r)
	}))
	defer s.Close()
	ctx, leave := context.WithCancel(t.Context())

	res, err := http.DefaultClient.Do(get(t, s.URL+"/streams/decisions").WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	leave()
	<-ended
	res.Body.Close()
}

// A worker that is not ready tells which stage is not, and why, to people and to programs.
func TestReady(t *testing.T) {
	var unready error
	s := serve(t, aWorker(), state.Public{Ready: func() error { return unready }})
	expect := func(path, want string) {
		t.Helper()

		res, body := ask(t, get(t, s.URL+path))
		if got := fmt.Sprintf("%d %s", res.StatusCode, body); got != want {
			t.Errorf("%s gave %s, want %s", path, got, want)
		}
	}

	expect("/readyz", `200 {"status":"ready"}`)
	expect("/readyz?format=text", "200 ready")

	unready = &state.NotReadyError{Stages: []state.Trouble{{Stage: "shop.totals", Reason: "it is rebuilt"}}}
	expect("/readyz", `503 {"error":"not ready: shop.totals: it is rebuilt",`+
		`"stages":[{"stage":"shop.totals","reason":"it is rebuilt"}]}`)
	expect("/readyz?format=text", "503 not ready\nshop.totals: it is rebuilt")

	unready = errors.New("not yet")
	expect("/readyz", `503 {"error":"not ready: not yet"}`)
}
