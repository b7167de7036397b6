package llm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// serve is a server that answers each chat like this.
func serve(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

const page = "<html><title>Sorry</title></html>"

// What stands between us and Ollama answers without its JSON, or without any body.
func TestStatusMeansWhatItSays(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		kind   error
		says   string
	}{
		{401, "", llm.ErrRefused, "401 Unauthorized (sign in"},
		{404, "", llm.ErrRefused, "404 Not Found (ollama pull m)"},
		{404, page, llm.ErrRefused, "404 Not Found (ollama pull m)"},
		{405, "", llm.ErrRefused, "405 Method Not Allowed"},
		{413, "", llm.ErrRefused, "413 Request Entity Too Large"},
		{408, "", llm.ErrUnavailable, "408 Request Timeout"},
		{429, "", llm.ErrUnavailable, "429 Too Many Requests (it is loading or busy"},
		{500, "", llm.ErrUnavailable, "500 Internal Server Error (see the server's log)"},
		{500, `{"error":{"message":"CUDA"}}`, llm.ErrUnavailable, "CUDA"},
		{502, page, llm.ErrUnavailable, "502 Bad Gateway (the proxy"},
		{502, "upstream\n gone", llm.ErrUnavailable, "502 Bad Gateway: upstream gone"},
		{503, "", llm.ErrUnavailable, "503 Service Unavailable"},
		{504, "", llm.ErrUnavailable, "504 Gateway Timeout"},
		{529, "", llm.ErrUnavailable, "529 (see the server's log)"},
		{307, "", llm.ErrRefused, "307 Temporary Redirect"},
		{200, page, llm.ErrUnavailable, "a web page is no answer"},
		{200, "", llm.ErrUnavailable, "an empty response"},
		{204, "", llm.ErrUnavailable, "an empty response"},
	} {
		t.Run(fmt.Sprint(c.status, " ", len(c.body)), func(t *testing.T) {
			ill := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.body == page {
					w.Header().Set("Content-Type", "text/html")
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})

			_, err := llm.Ollama("m", ill).Chat(t.Context(), prompt("?"))
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: want %q, saying %q", err, c.kind, c.says)
			}

			var e *llm.Error
			if !errors.As(err, &e) || e.Status != c.status {
				t.Errorf("status %d is not told", c.status)
			}

			well := llmtest.NewOllamaServer(t, "m", llmtest.Says(keep))
			_, err = llm.Ollama("m", ill, well.URL).Chat(t.Context(), prompt("?"))
			if failsOver := err == nil; failsOver != (c.kind == llm.ErrUnavailable) {
				t.Errorf("the second host was asked: %v", failsOver)
			}
		})
	}
}

func TestEmbedderStatusMeansWhatItSays(t *testing.T) {
	kinds := map[int]error{404: llm.ErrRefused, 429: llm.ErrUnavailable, 502: llm.ErrUnavailable}
	for status, kind := range kinds {
		at := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if _, err := llm.OllamaEmbedder("m", at).Embed(t.Context(), []string{"a"}); !errors.Is(err, kind) {
			t.Errorf("%d: %v, want %q", status, err, kind)
		}
	}
}

func TestRetryAfterIsTold(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"20":      20 * time.Second,
		" 1.5 ":   1500 * time.Millisecond,
		"0":       0,
		"-3":      0,
		"NaN":     0,
		"soon":    0,
		"1e300":   24 * time.Hour,
		"":        0,
		"invalid": 0,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):              time.Hour,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):             0,
		time.Now().AddDate(100, 0, 0).UTC().Format(http.TimeFormat):          24 * time.Hour,
		time.Now().Add(time.Hour).Local().Format(time.RFC3339Nano):           0,
		time.Now().Add(time.Hour).UTC().Format("Monday, 02-Jan-06 ") + "GMT": 0,
	} {
		at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(429)
		})
		_, err := llm.Ollama("m", at).Chat(t.Context(), prompt("?"))

		var e *llm.Error
		if !errors.As(err, &e) || (e.RetryAfter-want).Abs() > time.Minute*bool2int(want >= time.Hour) {
			t.Errorf("%q: %v, want %v", header, err, want)
		}

		if told := strings.Contains(err.Error(), "left alone for"); told != (want > 0) {
			t.Errorf("%q: %v", header, err)
		}
	}
}

func bool2int(b bool) time.Duration {
	if b {
		return 1
	}
	return 0
}

func TestRetryAfterIsHonored(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{
		20 * time.Second: 20 * time.Second, time.Hour: 5 * time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			busy := &llm.Error{Kind: llm.ErrUnavailable, Status: 429, RetryAfter: asked,
				Err: errors.New("429")}
			m := llm.Resilient(llmtest.FailingFirst(1, busy, llmtest.Says("yes")), llm.ResilientConfig{})
			if _, err := m.Chat(t.Context(), prompt("?")); err != nil {
				t.Error(err)
			}

			if d := time.Since(begun); d < want || d > want+2*time.Second {
				t.Errorf("asked again after %v, want %v", d, want)
			}
		})
	}
}

// A server that takes one request at a time and refuses others is asked for one at a time.
func TestServerThatRefusesASecondRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy atomic.Bool
		m := llm.Resilient(modelFunc(func(ctx context.Context, r llm.Request) (llm.Reply, error) {
			if !busy.CompareAndSwap(false, true) {
				return llm.Reply{}, &llm.Error{Kind: llm.ErrUnavailable, Status: 429, Err: errors.New("429")}
			}
			defer busy.Store(false)
			<-time.After(time.Second)
			return llmtest.Says("yes").Chat(ctx, r)
		}), llm.ResilientConfig{})

		if took := askAll(t, m, 80); took > 3*time.Minute {
			t.Errorf("80 requests of a second took %v", took)
		}
	})
}

// A server that is stopped, or behind a network that drops all, accepts connections and says nothing.
func TestServerThatHangsIsAnOutage(t *testing.T) {
	llm.SetPingPatience(t, 50*time.Millisecond)
	var hangs atomic.Bool
	hangs.Store(true)
	well := llmtest.NewOllamaServer(t, "m", llmtest.Says(keep))
	var asked atomic.Int64
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if hangs.Load() {
			if asked.Add(1) == 6 { // attempts and pings
				hangs.Store(false)
			}
			<-r.Context().Done()
			return
		}
		http.Redirect(w, r, well.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})

	m := llm.Resilient(llm.Ollama("m", at), llm.ResilientConfig{Timeout: 50 * time.Millisecond, Attempts: 1,
		Backoff: time.Millisecond, Cooldown: time.Millisecond, Outage: time.Hour})
	if _, err := m.Chat(t.Context(), prompt("?")); err != nil {
		t.Error(err)
	}
}

// A server that is well but slow is no outage.
func TestServerThatIsSlowTimesOut(t *testing.T) {
	s := server(t, keep)
	s.Next(llmtest.Stalls, llmtest.Stalls)
	m := llm.Resilient(llm.Ollama("tiny", s.URL), llm.ResilientConfig{
		Timeout: 50 * time.Millisecond, Attempts: 2, Backoff: time.Millisecond, Outage: time.Hour})
	_, err := m.Chat(t.Context(), prompt("?"))
	if err == nil || !strings.Contains(err.Error(), "no answer in 50ms") {
		t.Error(err)
	}
}
