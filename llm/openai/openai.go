// Package openai is a model behind the OpenAI API: OpenAI's own, a gateway, vLLM, llama.cpp, or another
// server that speaks it.
//
//	m, err := openai.New(openai.Config{Model: "qwen2.5", Hosts: []string{"http://127.0.0.1:8000/v1"}})
//
// It asks for chat completions (https://platform.openai.com/docs/api-reference/chat), which all of these
// have.
package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	api "github.com/openai/openai-go"
	"github.com/openai/openai-go/option"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/internal/servers"
	"github.com/slipstream-go/slipstream/llm"
)

// DefaultHost is OpenAI's own.
const DefaultHost = "https://api.openai.com/v1"

// Config describes a model on one or several servers. Only Model is required.
type Config struct {
	// Model is its name on the servers.
	Model string
	// Hosts are base URLs, with their path, such as http://127.0.0.1:8000/v1. Defaults to OPENAI_BASE_URL, or
	// else to DefaultHost.
	Hosts []string
	// Key is sent to each of the hosts. Defaults to OPENAI_API_KEY if Hosts is empty, or else to none: a key
	// is never sent to a host that it was not meant for.
	Key string
	// Think is how much a model that can think does so before it answers, in the words of its server, such
	// as "low" (the field reasoning_effort). Its thoughts are dropped, but their tokens count, and MaxTokens
	// bounds them, too. Defaults to the server's choice.
	Think string
	// With are further fields of each request, for what only some servers know, such as
	// "chat_template_kwargs". They win over the adapter's own.
	With map[string]any
	// Without are the fields that are not sent, for servers that refuse them. Some models that think refuse
	// "temperature", and some gateways "seed" and "stream_options".
	Without []string
}

// New is the model of that description. The first request connects.
//
// A request goes to the server with the fewest of our calls in flight, and to the next one if that is
// unavailable: it can't be reached, is loading or busy, or fails before it has begun to answer. It is made
// once of each; llm.Resilient repeats it. An answer is streamed, so that a call which ends early stops the
// server's work.
//
// With a Schema, the answer is asked for by response_format json_schema; with Tools, calls are the server's
// own. Servers differ in whether they obey, so wrap a model that doesn't in llm.ToolsBySchema. An error of
// New names the setting that is wrong.
//
// An Ollama server drops the beginning of a prompt that is too long for it, and says nothing, when it is
// asked in this way. A prompt that may have met this is refused: see llm.Ollama, which has no such bound.
func New(c Config) (llm.Model, error) {
	if c.Model == "" {
		return nil, errors.New("openai: Config.Model is empty: name the model as the server calls it")
	}

	if len(c.Hosts) == 0 {
		c.Hosts = []string{cmp.Or(os.Getenv("OPENAI_BASE_URL"), DefaultHost)}
		c.Key = cmp.Or(c.Key, os.Getenv("OPENAI_API_KEY"))
	}

	m := &model{config: c}
	for _, name := range c.Hosts {
		s, err := newServer(name, c)
		if err != nil {
			return nil, err
		}
		m.servers = append(m.servers, s)
	}

	return m, nil
}

type model struct {
	config  Config
	servers []*server
}

// A server is one host.
type server struct {
	servers.Load

	url    string
	chats  api.ChatCompletionService
	client *http.Client
	ollama ollama
}

func newServer(name string, c Config) (*server, error) {
	u, err := url.Parse(strings.TrimSuffix(name, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("openai: Config.Hosts: %q is no base URL: write it like "+
			"http://127.0.0.1:8000/v1", name)
	}

	// llama.cpp closes the connection after each stream, and does not say so: a request that follows at once
	// is lost. Without TLS a new one costs little.
	transport := servers.Transport(u.Scheme == "http")
	s := &server{url: u.String(), client: &http.Client{Transport: transport}}

	// This constructor reads nothing of the environment.
	options := []option.RequestOption{
		option.WithBaseURL(s.url + "/"),
		option.WithHTTPClient(s.client),
		option.WithMaxRetries(0),
	}
	if c.Key != "" {
		options = append(options, option.WithAPIKey(c.Key))
	}

	for name, value := range c.With {
		options = append(options, option.WithJSONSet(name, value))
	}

	for _, name := range c.Without {
		options = append(options, option.WithJSONDel(name))
	}
	s.chats = api.NewChatCompletionService(options...)

	return s, nil
}

// Chat implements llm.Model.
func (m *model) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	params, err := m.toParams(r)
	if err != nil {
		return llm.Reply{}, &llm.Error{Kind: llm.ErrRefused, Err: err}
	}

	var reply llm.Reply
	for _, s := range m.inOrder() {
		reply, err = m.ask(ctx, s, params)
		if err == nil {
			return llm.Interpret(reply, r.Tools)
		}

		if !errors.Is(err, llm.ErrUnavailable) || ctx.Err() != nil {
			return llm.Reply{}, err
		}
	}

	return llm.Reply{}, err
}

// inOrder returns the servers to ask, the best one first.
func (m *model) inOrder() []*server {
	return servers.BestFirst(m.servers, func(s *server) *servers.Load { return &s.Load })
}

// ask makes the request of one server, and counts it among that server's calls until it ends.
func (m *model) ask(ctx context.Context, s *server, p api.ChatCompletionNewParams) (_ llm.Reply, err error) {
	size, err := sizeOf(p)
	if err != nil {
		return llm.Reply{}, &llm.Error{Kind: llm.ErrRefused, Err: err}
	}

	if err := s.ollama.fits(size); err != nil {
		return llm.Reply{}, m.explainOllama(s, err)
	}

	reserved, err := m.reserve(ctx, p, size)
	if err != nil {
		return llm.Reply{}, err
	}
	defer reserved.Close()

	s.Begin()
	defer func() { s.End(errors.Is(err, llm.ErrUnavailable)) }()

	a := newAnswer()
	if reserved != nil {
		ctx = servers.WithHeader(ctx, budget.Header, reserved.ID())
	}
	noted, got := servers.Note(ctx)
	stream := s.chats.NewStreaming(noted, p)
	for stream.Next() {
		a.add(stream.Current())
	}
	err = stream.Err()
	_ = stream.Close()
	a.settle(reserved, got, err)

	if err := m.failure(ctx, s, got, err, a); err != nil {
		return llm.Reply{}, err
	}

	reply := a.reply()
	if !a.isOllama() {
		return reply, nil
	}

	if err := s.ollama.look(ctx, s, m.config.Model, size, reply.TokensIn+reply.TokensOut); err != nil {
		return llm.Reply{}, m.explainOllama(s, err)
	}

	return reply, nil
}

// WarmUp implements llm.Warmer: it asks all servers at once, and fails only if all of them do.
func (m *model) WarmUp(ctx context.Context, r llm.Request) error {
	params, err := m.toParams(r)
	if err != nil {
		return err
	}

	errs := make([]error, len(m.servers))
	var all sync.WaitGroup
	for i, s := range m.servers {
		all.Go(func() { _, errs[i] = m.ask(ctx, s, params) })
	}
	all.Wait()

	for _, err := range errs {
		if err == nil {
			return nil
		}
	}

	return errors.Join(errs...)
}
