package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A response is what the client of Ollama does not tell of an HTTP response: it takes an error without a body
// for an answer that was cut off.
type response struct {
	status     int // 0: there was none
	page       string
	retryAfter time.Duration
	body       []byte // of an error, or its beginning
}

type responseKey struct{}

// withResponse returns a context of one request, and where its response is noted.
func withResponse(ctx context.Context) (context.Context, *response) {
	r := &response{}
	return context.WithValue(ctx, responseKey{}, r), r
}

// noting is a transport that notes responses.
type noting struct{ http.RoundTripper }

// maxErrorBody is how much of an error is read.
const maxErrorBody = 4 << 10

// RoundTrip implements http.RoundTripper.
func (t noting) RoundTrip(q *http.Request) (*http.Response, error) {
	r, err := t.RoundTripper.RoundTrip(q)
	got, _ := q.Context().Value(responseKey{}).(*response)
	if err != nil || got == nil {
		return r, err
	}

	got.status = r.StatusCode
	got.page = r.Header.Get("Content-Type")
	if !got.isError() {
		return r, nil
	}

	got.retryAfter = parseRetryAfter(r.Header.Get("Retry-After"), time.Now())
	got.body, _ = io.ReadAll(io.LimitReader(r.Body, maxErrorBody)) // what there is of it says enough
	_ = r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(got.body))

	return r, nil
}

// isError reports whether the status is that of an error. The client has followed redirections by then.
func (r *response) isError() bool { return r.status >= 300 }

func (r *response) isPage() bool { return strings.HasPrefix(r.page, "text/html") }

// text is the status in words, with what the body says.
func (r *response) text() string {
	words := strings.TrimSpace(fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)))

	var says struct {
		Error any `json:"error"`
	}
	body := strings.TrimSpace(string(r.body))
	switch {
	case json.Unmarshal(r.body, &says) == nil && says.Error != nil:
		return fmt.Sprintf("%s: %s", words, excerpt(fmt.Sprint(says.Error)))
	case body == "" || r.isPage() || strings.HasPrefix(body, "<"):
		return words
	}

	return words + ": " + excerpt(strings.Join(strings.Fields(body), " "))
}

// parseRetryAfter reads a header Retry-After: seconds, or a date. What can't be read is 0.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseFloat(header, 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, float64(24*60*60)) * float64(time.Second))
	}

	if at, err := http.ParseTime(header); err == nil && at.After(now) {
		return min(at.Sub(now).Round(time.Second), 24*time.Hour)
	}

	return 0
}

// A silence is a call that ended without an answer of its server.
type silence struct {
	error
	server *host
}

// Unwrap has errors.Is find the error of the context.
func (s *silence) Unwrap() error { return s.error }

// pingPatience is how long a server that is well may take to say so. It does so in milliseconds.
var pingPatience = 3 * time.Second

// ping returns why the server is not there, or nil if it is, though it may be busy.
func (h *host) ping(ctx context.Context) error {
	inner, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()

	_, err := h.client.Version(inner)
	if err == nil || ctx.Err() != nil {
		return nil
	}

	err = &Error{
		Kind:   ErrUnavailable,
		Err:    fmt.Errorf("ollama: %s does not answer: %w", h.url, err),
		Remedy: "it hangs, or the network does",
	}
	h.rest()

	return err
}
