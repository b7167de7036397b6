package state

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// heartbeat is after how long a silence a stream says that it is alive. Proxies give up a connection after
// half a minute or a minute.
const heartbeat = 15 * time.Second

// writePatience is how long a client may leave unread what it is sent before it is left. It comes back to
// where it was; one that never does would hold a connection, and what reads its topic, forever.
const writePatience = time.Minute

// sse writes server-sent events, which browsers read by EventSource. Compact JSON has no line breaks, so each
// event is one data line.
type sse struct {
	w http.ResponseWriter
	c *http.ResponseController

	mu   sync.Mutex // of w
	said time.Time  // when it last wrote
}

func newSSE(w http.ResponseWriter) *sse {
	c := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	return &sse{w: w, c: c, said: time.Now()}
}

// beating sends heartbeats until stop has returned. The context that it returns also ends when one can't be
// sent: the client has left.
func (s *sse) beating(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	var beats sync.WaitGroup
	beats.Go(func() {
		defer cancel()

		for wait := heartbeat; ; {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}

			if wait = s.quiet(); wait > 0 {
				continue
			}

			if s.send(":\n\n") != nil {
				return
			}
			wait = heartbeat
		}
	})

	return ctx, func() {
		cancel()
		beats.Wait()
	}
}

// quiet is for how long the stream may stay silent.
func (s *sse) quiet() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return heartbeat - time.Since(s.said)
}

// place tells the client where the stream begins. An id without an event is remembered, too.
func (s *sse) place(at Position) { _ = s.send("id: %s\n\n", at) }

func (s *sse) event(at Position, e Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return s.send("id: %s\ndata: %s\n\n", at, data)
}

// gap tells that the stream goes on elsewhere than the client asked for. With the id, it does not ask so
// again.
func (s *sse) gap(at Position, g Gap) {
	data, _ := json.Marshal(g)
	_ = s.send("event: gap\nid: %s\ndata: %s\n\n", at, data)
}

// failure is the last event of a stream that broke. The client comes back by itself, to where it was.
func (s *sse) failure(err error) {
	data, _ := json.Marshal(map[string]string{"error": err.Error()})
	_ = s.send("event: error\ndata: %s\n\n", data)
}

func (s *sse) send(format string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.said = time.Now()

	// It takes the place of the server's limit, which is for answers that end. Not every writer has one.
	_ = s.c.SetWriteDeadline(s.said.Add(writePatience))
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.c.Flush()
}
