package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/slipstream-go/slipstream/llm"
)

// A Server is a connection to an MCP server, made again when it breaks. It is safe for use by several
// goroutines.
type Server struct {
	config    Config
	connector connector
	cache     cache
}

// Connect reaches a server and looks up its tools. The server is used until Close.
func Connect(ctx context.Context, c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}

	s := &Server{config: c, connector: connector{config: c}, cache: newCache(c.Cached)}
	if _, err := s.connector.connection(ctx); err != nil {
		return nil, err
	}

	return s, nil
}

// Close ends the connection, and the program if there is one. Later calls connect again.
func (s *Server) Close() error { return s.connector.drop(nil) }

// Tools are those that may be called, by name, as the server has them now. They keep working when the
// server comes back after it was gone. A tool whose schema can't be used is not among them, which
// Config.Logger was told when the server was asked for its tools.
func (s *Server) Tools(ctx context.Context) ([]llm.Tool, error) {
	c, err := s.connector.connection(ctx)
	if err != nil {
		return nil, err
	}

	var tools []llm.Tool
	for _, t := range c.tools {
		schema, ok := c.schemas[t.Name]
		if !ok {
			continue
		}

		tools = append(tools, llm.Tool{
			Name:        t.Name,
			Description: quote(t.Description),
			Schema:      schema,
			Timeout:     s.config.Timeout,
			MaxResult:   s.config.MaxResult,
			Run: func(ctx context.Context, args json.RawMessage) (any, error) {
				return s.run(ctx, t.Name, args)
			},
		})
	}

	return tools, nil
}

// validName is what a tool may be called: its name reaches the prompt unquoted.
var validName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// checkAllowed returns why a tool is not to be called.
func (c Config) checkAllowed(t *sdk.Tool) error {
	switch {
	case t == nil:
		return errors.New("it is gone")
	case !validName.MatchString(t.Name):
		return errors.New("its name is not 1 to 64 of the characters A-Z a-z 0-9 _ . -")
	case readsOnly(t) || slices.Contains(c.Allow, t.Name):
		return nil
	}

	return errors.New("it does not say that it only reads, and Config.Allow doesn't name it")
}

func readsOnly(t *sdk.Tool) bool { return t.Annotations != nil && t.Annotations.ReadOnlyHint }

// run answers from the cache, from a call that is under way, or by a call. Tools that do more than read are
// called each time.
func (s *Server) run(ctx context.Context, tool string, args json.RawMessage) (any, error) {
	c, err := s.connector.connection(ctx)
	if err != nil {
		return nil, err
	}

	t := c.tool(tool)
	if err := s.config.checkAllowed(t); err != nil {
		return nil, fmt.Errorf("mcp: %s: %s can't be called: %w", s.config.Name, tool, err)
	}

	if !readsOnly(t) {
		return s.call(ctx, tool, args, false)
	}

	key, err := canonical(tool, args)
	if err != nil {
		return nil, err
	}

	// Callers that share a call may wait for longer than the one that began it.
	return s.cache.get(ctx, key, s.config.ttl(tool), func() (Result, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Timeout)
		defer cancel()
		return s.call(ctx, tool, args, true)
	})
}

// call asks the server. If the server was gone and the call may be made twice, it asks once more.
func (s *Server) call(ctx context.Context, tool string, args json.RawMessage,
	mayRepeat bool) (Result, error) {
	c, err := s.connector.connection(ctx)
	if err != nil {
		return Result{}, err
	}

	if err := s.config.checkAllowed(c.tool(tool)); err != nil { // it may be another one after a reconnect
		return Result{}, fmt.Errorf("mcp: %s: %s can't be called: %w", s.config.Name, tool, err)
	}

	asOf := time.Now().UTC()
	got, err := c.session.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: args})
	switch {
	case err == nil:
		return s.result(tool, got, asOf)
	case ctx.Err() != nil:
		return Result{}, ctx.Err()
	case !isBroken(err):
		return Result{}, fmt.Errorf("mcp: %s: %s: %s", s.config.Name, tool, llm.Quote(err.Error()))
	}

	_ = s.connector.drop(c)
	if !mayRepeat {
		return Result{}, fmt.Errorf("mcp: %s: the server was lost during %s: it is not known whether that was done", s.config.Name, tool)
	}

	return s.call(ctx, tool, args, false)
}

// isBroken reports whether an error means that the connection is lost. The others are answers.
func isBroken(err error) bool {
	var answer *jsonrpc.Error
	return errors.Is(err, sdk.ErrConnectionClosed) || !errors.As(err, &answer)
}
