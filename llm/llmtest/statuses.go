package llmtest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// StatusConformance holds a Model that asks a server by HTTP to what a status means, whatever comes with it:
// nothing, a web page, or text. Proxies answer so, and servers that are full. model gives one that asks the
// server at a URL once, without retries.
func StatusConformance(t *testing.T, model func(url string) llm.Model) {
	for _, c := range statuses {
		for name, body := range map[string]string{"empty": "", "page": "<html>Sorry</html>",
			"text": "sorry"} {
			t.Run(fmt.Sprintf("%d %s", c.status, name), func(t *testing.T) {
				s := httptest.NewServer(answering(c.status, body))
				defer s.Close()

				_, err := model(s.URL).Chat(t.Context(), question(t))
				checkStatus(t, err, c.status, c.kind)
			})
		}
	}
}

var statuses = []struct {
	status int
	kind   error
}{
	{http.StatusBadRequest, llm.ErrRefused},
	{http.StatusUnauthorized, llm.ErrRefused},
	{http.StatusForbidden, llm.ErrRefused},
	{http.StatusNotFound, llm.ErrRefused},
	{http.StatusRequestEntityTooLarge, llm.ErrRefused},
	{http.StatusTooManyRequests, llm.ErrUnavailable},
	{http.StatusInternalServerError, llm.ErrUnavailable},
	{http.StatusBadGateway, llm.ErrUnavailable},
	{http.StatusServiceUnavailable, llm.ErrUnavailable},
	{http.StatusGatewayTimeout, llm.ErrUnavailable},
	{529, llm.ErrUnavailable}, // overloaded
}

// answering is a server that answers all with a status. It asks to be left alone for 7 seconds.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		if body != "" && body[0] == '<' {
			w.Header().Set("Content-Type", "text/html")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func checkStatus(t *testing.T, err error, status int, kind error) {
	t.Helper()

	var e *llm.Error
	if !errors.As(err, &e) || !errors.Is(err, kind) {
		t.Fatalf("the error is %v, want one that is %v", err, kind)
	}

	if e.Status != status {
		t.Errorf("Error.Status is %d, want %d", e.Status, status)
	}

	if llm.Retryable(err) && e.RetryAfter != 7*time.Second {
		t.Errorf("Error.RetryAfter is %v, want 7 s", e.RetryAfter)
	}
}
