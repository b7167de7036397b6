package state_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/state"
)

// oddKeys are keys as other clients write them: longs and doubles of Java, hashes, text with odd characters.
func oddKeys() (keys []string) {
	for b := range 256 {
		keys = append(keys, string([]byte{byte(b)}), "\x00\x00\x00\x00\x00\x00\x00"+string([]byte{byte(b)}),
			"\xff\xff\xff\xff\xff\xff\xff"+string([]byte{byte(b)}))
	}
	return append(keys, "", "a/../b", "//", "é\xff\xfeé", "{\"base64\":\"/w==\"}")
}

// Keys that are no text page as others do: each once, in order, and each can be asked for.
func TestKeysOfAnyBytesPage(t *testing.T) {
	keys := oddKeys()
	slices.Sort(keys)
	w := worker{rows: map[string]string{}}
	for _, k := range keys {
		w.rows[k] = fmt.Sprintf("%q", fmt.Sprintf("%x", k))
	}

	s := serve(t, w, state.Public{})
	for _, limit := range []int{1, 7, 100, 1000} {
		var got []string
		for after := ""; ; {
			path := fmt.Sprintf("/tables/customers?limit=%d&after=%s", limit, percent(after))
			_, body := ask(t, get(t, s.URL+path))
			page := readPage(t, body)
			got = append(got, page.keys...)

			if after = page.next; after == "" || len(got) > len(keys) {
				break
			}
		}

		if !slices.Equal(got, keys) {
			t.Fatalf("limit %d: %d keys of %d: %q", limit, len(got), len(keys), got)
		}
	}

	c := state.NewClient(s.URL)
	n := 0
	for row, err := range c.Rows(t.Context(), "customers", "") {
		if err != nil || n >= len(keys) || row.Key != keys[n] {
			t.Fatalf("row %d is %q, %v", n, row.Key, err)
		}

		var one json.RawMessage
		_, err = c.Row(t.Context(), "customers", row.Key, &one)
		if err != nil || string(one) != w.rows[row.Key] {
			t.Errorf("%q: %s, %v", row.Key, one, err)
		}
		n++
	}

	if n != len(keys) {
		t.Errorf("the client lists %d rows of %d", n, len(keys))
	}
}

// percent encodes each byte, as a client that knows nothing of texts may.
func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

type aPage struct {
	keys []string
	next string
}

// readPage reads a page as its documentation says, with nothing of this module.
func readPage(t *testing.T, body string) (p aPage) {
	t.Helper()

	var told struct {
		Rows []struct{ Key any }
		Next any
	}
	if err := json.Unmarshal([]byte(body), &told); err != nil {
		t.Fatal(err)
	}

	text := func(v any) string {
		if o, ok := v.(map[string]any); ok {
			var b []byte
			if err := json.Unmarshal(fmt.Appendf(nil, "%q", o["base64"]), &b); err != nil {
				t.Fatal(err)
			}
			return string(b)
		}

		s, _ := v.(string)
		return s
	}

	for _, r := range told.Rows {
		p.keys = append(p.keys, text(r.Key))
	}
	p.next = text(told.Next)

	return p
}

// However many rows a page may have, it ends once they are as large as a page may be.
func TestPagesAreBoundedInBytes(t *testing.T) {
	w := worker{rows: map[string]string{}}
	const n, size = 30, 800_000
	for i := range n {
		w.rows[fmt.Sprintf("k-%02d", i)] = `"` + strings.Repeat("x", size) + `"`
	}

	s := serve(t, w, state.Public{})

	var got []string
	for after := ""; ; {
		_, body := ask(t, get(t, s.URL+"/tables/customers?limit=1000&after="+percent(after)))
		if most := state.PageBytes + size + 10_000; len(body) > most {
			t.Fatalf("a page of %d bytes, more than %d", len(body), most)
		}
		page := readPage(t, body)
		got = append(got, page.keys...)

		if after = page.next; after == "" {
			break
		}
	}

	if len(got) != n || !slices.IsSorted(got) {
		t.Errorf("%q", got)
	}
}

// A stream that has nothing to say says so now and then, so that nobody on the way takes it for dead.
func TestQuietStreamSendsHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := httptest.NewRequestWithContext(ctx, "GET", "/streams/decisions", nil)
		w := httptest.NewRecorder()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			h := state.Handler(aWorker(), state.Public{Topics: []string{"decisions"}, Streams: topics{}})
			h.ServeHTTP(w, r)
		}()

		time.Sleep(46 * time.Second)
		cancel()
		<-ended

		if got, want := w.Body.String(), "id: 0:0,1:0\n\n:\n\n:\n\n:\n\n"; got != want {
			t.Errorf("in 46 seconds: %q, not %q", got, want)
		}
	})
}

// A bounded writer refuses what could wait for its client forever.
type bounded struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (b *bounded) SetWriteDeadline(at time.Time) error {
	b.deadline = at
	return nil
}

func (b *bounded) Write(text []byte) (int, error) {
	if !b.deadline.After(time.Now()) {
		return 0, os.ErrDeadlineExceeded
	}
	return b.ResponseRecorder.Write(text)
}

// A client that reads nothing is left: it would hold a connection and a reader of the topic forever.
func TestStreamLeavesAClientThatReadsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &bounded{ResponseRecorder: httptest.NewRecorder()}
	cancel()

	h := state.Handler(aWorker(), state.Public{Topics: []string{"decisions"}, Streams: topics{}})
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/streams/decisions", nil))

	if got, want := w.Body.String(), "id: 0:0,1:0\n\n"; got != want {
		t.Errorf("%q is sent with a deadline, want %q", got, want)
	}
}

// A client that asks for what the topic does not have is told, and comes back with an id that there is.
func TestStreamGoesOnAtTheNearestOffset(t *testing.T) {
	more := make(chan state.Event)
	s := serve(t, aWorker(), state.Public{Streams: topics{[]state.Event{decision(0, 5), decision(1, 6)}, nil,
		more}})

	next := stream(t, s.URL+"/streams/decisions", "0:900,1:7")
	wantLines(t, next, "id: 0:6,1:7", "", "event: gap", "id: 0:6,1:7",
		`data: {"partition":0,"asked":900,"begins":0,"ends":6,"from":6}`, "")

	more <- decision(0, 6)
	wantLines(t, next, "id: 0:7,1:7")
	wantData(t, next(), decision(0, 6))
}

func TestStreamGoesOnWhereRetentionHasDeleted(t *testing.T) {
	s := serve(t, aWorker(), state.Public{Streams: kept{topics{events: []state.Event{decision(0, 5)}}, 5}})
	next := stream(t, s.URL+"/streams/decisions", "0:2,1:0")
	wantLines(t, next, "id: 0:5,1:0", "", "event: gap", "id: 0:5,1:0",
		`data: {"partition":0,"asked":2,"begins":5,"ends":6,"from":5}`, "")
	next()
	wantData(t, next(), decision(0, 5))
}

// kept is topics whose partition 0 has nothing before an offset.
type kept struct {
	topics
	begins int64
}

func (k kept) Start(ctx context.Context, topic string, now bool) (state.Position, error) {
	p, err := k.topics.Start(ctx, topic, now)
	p[0] = max(p[0], k.begins)
	return p, err
}

// A record of anybody can be followed: with its key and headers as they are, and whatever its time.
func TestEventsOfAnyBytesAndTimes(t *testing.T) {
	e := state.Event{Topic: "t", Key: "\x00\xff", Value: []byte("1"), Time: time.UnixMilli(1795000000000000),
		Headers: map[string]string{"trace": "\xfe"}}
	want := `{"topic":"t","partition":0,"offset":0,"time":1795000000000000,"key":{"base64":"AP8="},` +
		`"headers":{"trace":{"base64":"/g=="}},"value":1}`

	if b, err := json.Marshal(e); err != nil || string(b) != want {
		t.Errorf("%s, %v\nwant %s", b, err, want)
	}
}

func TestWaitingOfAnyKey(t *testing.T) {
	for key, want := range map[string]string{"c-1": `{"operator":"advise","key":"c-1","id":"i","attempts":1,`,
		"\xff": `{"operator":"advise","key":{"base64":"/w=="},"id":"i","attempts":1,`} {
		w := state.Waiting{Operator: "advise", Key: key, ID: "i", Attempts: 1, Topic: "t"}
		b, err := json.Marshal(w)
		var back state.Waiting
		if err != nil || !strings.HasPrefix(string(b), want) || json.Unmarshal(b, &back) != nil || back != w {
			t.Errorf("%s, %v, read as %+v", b, err, back)
		}
	}
}
