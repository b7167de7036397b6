package llm

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// lines are those of one streamed answer, as the server sent them. Ollama's client reads the numbers in tool
// calls into float64s, which have no room for an integer beyond 2^53, so the calls are read from here.
type lines struct{ unread bytes.Buffer }

type linesKey struct{}

// withLines returns a context whose request keeps the lines of its answer.
func withLines(ctx context.Context) (context.Context, *lines) {
	l := &lines{}
	return context.WithValue(ctx, linesKey{}, l), l
}

// next is the line that the client has just read. The client reads ahead, so all of it is there.
func (l *lines) next() []byte {
	line, _ := l.unread.ReadBytes('\n') // the last one may lack its end
	return line
}

// A lineKeeper is a transport for requests of withLines.
type lineKeeper struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (k lineKeeper) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := k.RoundTripper.RoundTrip(r)
	if l, ok := r.Context().Value(linesKey{}).(*lines); ok && err == nil {
		response.Body = keptBody{io.TeeReader(response.Body, &l.unread), response.Body}
	}
	return response, err
}

type keptBody struct {
	io.Reader
	io.Closer
}
