package servers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/internal/text"
)

// A Response is what clients do not tell of an HTTP response: some take an error without a body for an answer
// that was cut off.
type Response struct {
	Status     int           // 0: there was none
	RetryAfter time.Duration // for which the server asks to be left alone; 0: it does not ask

	sent        atomic.Bool // a connection was had
	contentType string
	body        []byte // of an error, or its beginning
}

type responseKey struct{}

// Note returns a context of one request, and where its last response is noted. The request has to go through
// a Transport.
func Note(ctx context.Context) (context.Context, *Response) {
	r := &Response{}
	return context.WithValue(ctx, responseKey{}, r), r
}

type headerKey struct{}

// WithHeader returns a context whose requests have one more header.
func WithHeader(ctx context.Context, name, value string) context.Context {
	return context.WithValue(ctx, headerKey{}, [2]string{name, value})
}

// noting is a transport that notes responses.
type noting struct{ http.RoundTripper }

// maxErrorBody is how much of an error is read.
const maxErrorBody = 4 << 10

// RoundTrip implements http.RoundTripper.
func (t noting) RoundTrip(q *http.Request) (*http.Response, error) {
	got, _ := q.Context().Value(responseKey{}).(*Response)
	if header, ok := q.Context().Value(headerKey{}).([2]string); ok {
		q = q.Clone(q.Context())
		q.Header.Set(header[0], header[1])
	}

	if got != nil {
		q = q.WithContext(httptrace.WithClientTrace(q.Context(), &httptrace.ClientTrace{
			GotConn: func(httptrace.GotConnInfo) { got.sent.Store(true) },
		}))
	}

	r, err := t.RoundTripper.RoundTrip(q)
	if err != nil || got == nil {
		return r, err
	}

	got.Status = r.StatusCode
	got.contentType = r.Header.Get("Content-Type")
	if !got.IsError() {
		return r, nil
	}

	got.RetryAfter = parseRetryAfter(r.Header.Get("Retry-After"), time.Now())
	got.body, _ = io.ReadAll(io.LimitReader(r.Body, maxErrorBody)) // what there is of it says enough
	_ = r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(got.body))

	return r, nil
}

// IsError reports whether the status is that of an error. The client has followed redirections by then.
func (r *Response) IsError() bool { return r.Status >= 300 }

// IsSent reports whether a connection was had, so that some of the request may have reached the server.
func (r *Response) IsSent() bool { return r.sent.Load() }

// IsPage reports whether it is a web page.
func (r *Response) IsPage() bool { return strings.HasPrefix(r.contentType, "text/html") }

// Text is the status in words, with what the body says.
func (r *Response) Text() string {
	words := strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status)))

	body := strings.TrimSpace(string(r.body))
	switch says := message(r.body); {
	case says != "":
		return words + ": " + excerpt(says)
	case body == "" || r.IsPage() || strings.HasPrefix(body, "<"):
		return words
	}

	return words + ": " + excerpt(strings.Join(strings.Fields(body), " "))
}

// message is what an error in JSON says; "" if it can't be found. OpenAI's has it within an object.
func message(body []byte) string {
	var says struct {
		Error any `json:"error"`
	}
	if json.Unmarshal(body, &says) != nil || says.Error == nil {
		return ""
	}

	if object, ok := says.Error.(map[string]any); ok {
		if text, ok := object["message"].(string); ok && text != "" {
			return text
		}
	}

	return fmt.Sprint(says.Error)
}

func excerpt(s string) string { return text.Truncate(s, 120) }

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
