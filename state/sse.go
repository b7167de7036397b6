package state

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// sse writes server-sent events, which browsers read by EventSource. Compact JSON has no line breaks, so each
// event is one data line.
type sse struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func newSSE(w http.ResponseWriter) sse {
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Time{}) // a server's limit is for answers that end; not every writer has one

	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	return sse{w, c}
}

// place tells the client where the stream begins. An id without an event is remembered, too.
func (s sse) place(at Position) { _ = s.send("id: %s\n\n", at) }

func (s sse) event(at Position, e Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return s.send("id: %s\ndata: %s\n\n", at, data)
}

// failure is the last event of a stream that broke. The client comes back by itself, to where it was.
func (s sse) failure(err error) {
	data, _ := json.Marshal(map[string]string{"error": err.Error()})
	_ = s.send("event: error\ndata: %s\n\n", data)
}

func (s sse) send(format string, args ...any) error {
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.c.Flush()
}
