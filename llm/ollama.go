package llm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"github.com/slipstream-go/slipstream/internal/servers"
)

// OllamaConfig describes a model on one or several Ollama servers. Only Model is required.
type OllamaConfig struct {
	// Model is its name on the servers, such as qwen2.5-coder:1.5b.
	Model string
	// Hosts are base URLs or host:port. Defaults to OLLAMA_HOST, or else 127.0.0.1:11434.
	Hosts []string
	// Context is the tokens of prompt and answer together. Defaults to the server's setting.
	Context int
	// Threads is how many compute on a server without a GPU. Defaults to the server's choice.
	Threads int
	// KeepAlive is how long the model stays loaded after a request. Defaults to 30 minutes.
	KeepAlive time.Duration
	// Think is whether a model that can think before it answers does so: "on", "off", or how much: "low",
	// "medium" or "high". Its thoughts are dropped, but their tokens count, and MaxTokens bounds them, too.
	// Defaults to the server's choice, which is on for such models.
	Think string
}

// Ollama is the model of that name on one or several Ollama servers, by default the one in OLLAMA_HOST. The
// first request connects.
func Ollama(model string, hosts ...string) Model {
	return NewOllama(OllamaConfig{Model: model, Hosts: hosts})
}

// NewOllama is Ollama with more settings. A request goes to the server with the fewest of our calls in
// flight, and to the next one if that is unavailable: it can't be reached, is loading or busy, or fails
// before it has begun to answer. A prompt that is too long is refused, never
// truncated. An answer is streamed, so that a call which ends early stops the server's work.
func NewOllama(c OllamaConfig) Model {
	c.KeepAlive = cmp.Or(c.KeepAlive, 30*time.Minute)
	return &ollama{c, newHosts(c.Hosts)}
}

type ollama struct {
	config OllamaConfig
	hosts  []*host
}

// Chat implements Model.
func (o *ollama) Chat(ctx context.Context, r Request) (Reply, error) {
	wire, err := o.toWire(r)
	if err != nil {
		return Reply{}, &Error{Kind: ErrRefused, Err: err}
	}

	err = &Error{Kind: ErrUnavailable, Err: errors.New("no Ollama host"), Remedy: "name one in OLLAMA_HOST"}
	for _, h := range o.inOrder() {
		var reply Reply
		reply, err = o.ask(ctx, h, wire)
		if err == nil {
			return Interpret(reply, r.Tools)
		}

		if !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return Reply{}, err
		}
	}

	return Reply{}, err
}

// ask makes the request of one host, and counts it among that host's calls until it ends.
func (o *ollama) ask(ctx context.Context, h *host, wire *api.ChatRequest) (reply Reply, err error) {
	reserved, err := o.reserve(ctx, wire)
	if err != nil {
		return Reply{}, err
	}
	defer reserved.Close()

	h.Begin()
	defer func() { h.End(errors.Is(err, ErrUnavailable)) }()

	var (
		text    strings.Builder
		calls   []Call
		thought bool
		last    api.ChatResponse
		began   = time.Now()
	)
	asking, sent := withLines(ctx)
	asking, got := servers.Note(bearing(asking, reserved))
	err = h.client.Chat(asking, wire, func(r api.ChatResponse) error {
		text.WriteString(r.Message.Content)
		thought = thought || r.Message.Thinking != ""
		calls = append(calls, fromToolCalls(sent.next())...)
		last = r
		return nil
	})
	settle(reserved, got, last.Done, last.PromptEvalCount, last.EvalCount)
	if err = o.failure(ctx, h, got, err, last); err != nil {
		return Reply{}, err
	}

	overlong := last.DoneReason == "length"
	reply = Reply{
		Message:    Message{Role: Assistant, Text: text.String(), Calls: calls},
		Model:      last.Model,
		Overlong:   overlong,
		InThoughts: overlong && thought && text.Len() == 0,
		TokensIn:   last.PromptEvalCount,
		TokensOut:  last.EvalCount,
		Took:       time.Since(began),
		Read:       last.PromptEvalDuration,
		Wrote:      last.EvalDuration,
	}

	return reply, nil
}

// failure returns what went wrong, if anything did. The client returns nil for a stream that was cut off,
// by the network or by ctx, and for a response without a body: only a last message that is done completes an
// answer.
func (o *ollama) failure(ctx context.Context, h *host, got *servers.Response, err error,
	last api.ChatResponse) error {
	if ctx.Err() != nil {
		return &silence{ctx.Err(), h}
	}

	if err == nil && last.Done && !got.IsError() {
		return nil
	}

	at := o.config.Model + " on " + h.url
	isBegun := last.Model != "" || last.Message.Content != ""
	e := &Error{Kind: ErrTruncated, Status: got.Status, RetryAfter: got.RetryAfter}

	switch {
	case got.IsError():
		e.Kind, e.Remedy = kindOf(got.Status), o.explainStatus(got.Status)
		e.Err = fmt.Errorf("ollama: %s: %s", at, got.Text())
		if got.RetryAfter > 0 {
			e.Err = fmt.Errorf("%w; it asks to be left alone for %v", e.Err, got.RetryAfter)
		}
	case err != nil && got.Status == 0:
		e.Kind, e.Remedy = ErrUnavailable, "is Ollama running there? OLLAMA_HOST names another"
		e.Err = fmt.Errorf("ollama: %w", err)
	case !isBegun && got.IsPage():
		e.Kind, e.Remedy = ErrUnavailable, "is it a proxy's page? OLLAMA_HOST names the server itself"
		e.Err = fmt.Errorf("ollama: %s: a web page is no answer", at)
	case !isBegun && err == nil:
		e.Kind, e.Remedy = ErrUnavailable, "see the server's log"
		e.Err = fmt.Errorf("ollama: %s: an empty response", at)
	case err != nil:
		e.Err = fmt.Errorf("ollama: %s: the answer broke off: %w", at, err)
	default:
		e.Err = fmt.Errorf("ollama: %s: the answer broke off", at)
	}

	return e
}

// explainStatus returns what helps against a status.
func (o *ollama) explainStatus(status int) (remedy string) {
	switch status {
	case http.StatusBadRequest:
		return "if the prompt is too long, show fewer facts or give the model more context"
	case http.StatusUnauthorized:
		return "sign in to that Ollama first"
	case http.StatusForbidden:
		return "Ollama refuses host names it does not know; name it by its address"
	case http.StatusNotFound:
		return "ollama pull " + o.config.Model
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return "it is loading or busy; OLLAMA_MAX_QUEUE bounds what it takes"
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return "the proxy before it does not reach it"
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusNotImplemented,
		http.StatusHTTPVersionNotSupported:
		return ""
	}

	if status < 500 {
		return "is it an Ollama? OLLAMA_HOST names another"
	}

	return "see the server's log"
}

// kindOf is the kind of failure that a status tells of.
func kindOf(status int) error {
	if servers.IsTemporary(status) {
		return ErrUnavailable
	}
	return ErrRefused
}
