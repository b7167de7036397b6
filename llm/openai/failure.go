package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/servers"
	"github.com/slipstream-go/slipstream/llm"
)

// failure returns what went wrong, if anything did. Only a reason to finish completes an answer: a stream
// that was cut off ends like any other.
func (m *model) failure(ctx context.Context, s *server, got *servers.Response, err error, a *answer) error {
	if ctx.Err() != nil {
		return &silence{ctx.Err(), s}
	}

	at := m.config.Model + " on " + s.url
	e := &llm.Error{Kind: llm.ErrTruncated, Status: got.Status, RetryAfter: got.RetryAfter}

	switch {
	case got.IsError():
		e.Kind, e.Remedy = kindOf(got.Status), explainStatus(got.Status)
		e.Err = fmt.Errorf("openai: %s: %s", at, got.Text())
		if got.RetryAfter > 0 {
			e.Err = fmt.Errorf("%w; it asks to be left alone for %v", e.Err, got.RetryAfter)
		}
	case err != nil && got.Status == 0:
		e.Kind, e.Remedy = llm.ErrUnavailable, "is the server running there?"
		e.Err = fmt.Errorf("openai: %w", err)
	case a.chunks == 0 && got.IsPage():
		e.Kind, e.Remedy = llm.ErrUnavailable, "is it a proxy's page? Base URLs end in /v1 for most servers"
		e.Err = fmt.Errorf("openai: %s: a web page is no answer", at)
	case err != nil:
		m.explainStream(e, err, a)
		e.Err = fmt.Errorf("openai: %s: %w", at, e.Err)
	case a.chunks == 0:
		e.Kind, e.Remedy = llm.ErrUnavailable, "see the server's log; the answer must be a stream of events"
		e.Err = fmt.Errorf("openai: %s: an empty response", at)
	case a.finish == "":
		e.Err = fmt.Errorf("openai: %s: the answer broke off", at)
	case a.refusal.Len() > 0:
		e.Kind = llm.ErrRefused
		e.Err = fmt.Errorf("openai: %s: the model refuses: %s", at, excerpt(a.refusal.String()))
	case a.finish == "content_filter":
		e.Kind, e.Remedy = llm.ErrRefused, "word the prompt otherwise, or change the filter"
		e.Err = fmt.Errorf("openai: %s: a filter withholds the answer", at)
	default:
		return nil
	}

	return e
}

// explainStream tells of a stream that ended with an error. Servers that notice too late that they can't
// answer send the status that it would have had.
func (m *model) explainStream(e *llm.Error, err error, a *answer) {
	e.Err = fmt.Errorf("the answer broke off: %w", err)

	_, text, _ := strings.Cut(err.Error(), "streaming: ")
	var says struct {
		Code    any    `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(text), &says) != nil {
		return
	}

	if says.Message != "" {
		e.Err = errors.New("the answer broke off: " + excerpt(says.Message))
	}

	if status, ok := says.Code.(float64); ok && a.chunks == 0 && status >= 400 {
		e.Status = int(status)
		e.Kind, e.Remedy = kindOf(e.Status), explainStatus(e.Status)
	}
}

func kindOf(status int) error {
	if servers.IsTemporary(status) {
		return llm.ErrUnavailable
	}
	return llm.ErrRefused
}

// explainStatus returns what helps against a status.
func explainStatus(status int) (remedy string) {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "if the prompt is too long, show fewer facts; Config.Without leaves out fields that it refuses"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "is the key right? OPENAI_API_KEY or Config.Key has it"
	case http.StatusPaymentRequired:
		return "the account has to be paid"
	case http.StatusNotFound:
		return "is it the server's name for the model? Base URLs end in /v1 for most servers"
	case http.StatusTooManyRequests:
		return "it is busy, or what the account may ask for is used up"
	case http.StatusServiceUnavailable:
		return "it is loading or busy"
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return "the gateway does not reach it"
	case http.StatusInternalServerError:
		return "see the server's log"
	}
	return ""
}

// A silence is a call that ended without an answer of its server.
type silence struct {
	error
	server *server
}

// Unwrap has errors.Is find the error of the context.
func (s *silence) Unwrap() error { return s.error }

// pingPatience is how long a server that is well may take to say so. One far away does so within a second.
const pingPatience = 5 * time.Second

// Ping returns why the server is not there, or nil if it is, though it may be busy. Any answer is a sign of
// life.
func (s *silence) Ping(ctx context.Context) error {
	inner, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()

	q, err := http.NewRequestWithContext(inner, http.MethodGet, s.server.url+"/models", nil)
	if err != nil {
		return err
	}

	r, err := s.server.client.Do(q)
	if err == nil {
		_ = r.Body.Close()
	}

	if err == nil || ctx.Err() != nil {
		return nil
	}
	s.server.Rest()

	return &llm.Error{
		Kind:   llm.ErrUnavailable,
		Err:    fmt.Errorf("openai: %s does not answer: %w", s.server.url, err),
		Remedy: "it hangs, or the network does",
	}
}
