package llm

import (
	"context"
	"fmt"
	"time"
)

// A silence is a call that ended without an answer of its server.
type silence struct {
	error
	server *host
}

// Unwrap has errors.Is find the error of the context.
func (s *silence) Unwrap() error { return s.error }

// pingPatience is how long a server that is well may take to say so. It does so in milliseconds.
var pingPatience = 3 * time.Second

// Ping returns why the server is not there, or nil if it is, though it may be busy.
func (s *silence) Ping(ctx context.Context) error {
	h := s.server
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
	h.Rest()

	return err
}
