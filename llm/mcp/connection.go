package mcp

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/slipstream-go/slipstream/llm"
)

// retryAfter is how long a server that could not be reached is left alone.
const retryAfter = time.Second

// maxTools bounds what one server may offer: all of it goes into prompts.
const maxTools = 128

// A connector holds at most one connection, and makes another one when that breaks.
type connector struct {
	config Config

	mu      sync.Mutex // held while connecting: other callers wait for the same connection
	current *connection
	failed  time.Time // when connecting last did
	failure error
}

// A connection is a session with the tools that were found at its end.
type connection struct {
	session  *sdk.ClientSession
	tools    []*sdk.Tool                // by name
	schemas  map[string]json.RawMessage // of those that can be offered, by name
	outdated *atomic.Bool               // the server has said that its tools have changed
	ended    chan struct{}              // closed when the session has ended
}

// tool returns nil if the server has none of that name.
func (c *connection) tool(name string) *sdk.Tool {
	i, ok := slices.BinarySearchFunc(c.tools, name, func(t *sdk.Tool, name string) int {
		return strings.Compare(t.Name, name)
	})
	if !ok {
		return nil
	}
	return c.tools[i]
}

func (c *connection) isAlive() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// connection returns the current one, with its tools as they are now, or a new one.
func (k *connector) connection(ctx context.Context) (*connection, error) {
	k.mu.Lock()
	defer k.mu.Unlock()

	if c := k.current; c != nil && c.isAlive() {
		if !c.outdated.Load() {
			return c, nil
		}

		if refreshed, err := k.refresh(ctx, c); err == nil {
			k.current = refreshed
			return refreshed, nil
		}
	}

	_ = k.closeCurrent()
	if time.Since(k.failed) < retryAfter {
		return nil, k.failure
	}

	c, err := k.dial(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}

	if err != nil {
		k.failed = time.Now()
		k.failure = &llm.Error{Kind: llm.ErrUnavailable, Err: k.config.failure(err),
			Remedy: "try again later"}
		return nil, k.failure
	}
	k.current = c

	return c, nil
}

func (k *connector) dial(ctx context.Context) (*connection, error) {
	c := &connection{outdated: &atomic.Bool{}, ended: make(chan struct{})}
	client := sdk.NewClient(&sdk.Implementation{Name: "slipstream", Version: "1"}, &sdk.ClientOptions{
		Capabilities: &sdk.ClientCapabilities{}, // none: a server can ask nothing of us
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) {
			c.outdated.Store(true)
		},
	})

	ctx, cancel := context.WithTimeout(ctx, k.config.Timeout)
	defer cancel()

	transport, err := k.config.Dial(ctx)
	if err != nil {
		return nil, err
	}

	session, err := client.Connect(ctx, transport, nil)
	if err != nil {
		return nil, err
	}

	c.session = session
	go func() {
		_ = session.Wait()
		close(c.ended)
	}()

	refreshed, err := k.refresh(ctx, c)
	if err != nil {
		_ = session.Close()
	}

	return refreshed, err
}

// refresh returns the connection with its tools as they are now. It warns of those that can't be offered, so
// that one bad schema is known at once, and takes no other tool away.
func (k *connector) refresh(ctx context.Context, c *connection) (*connection, error) {
	refreshed, err := c.refresh(ctx)
	if err != nil {
		return nil, err
	}

	refreshed.schemas = map[string]json.RawMessage{}
	for _, t := range refreshed.tools {
		if k.config.checkAllowed(t) != nil {
			continue
		}

		schema, unchecked, err := readSchema(t)
		if err != nil {
			k.config.Logger.Warn("a tool is not offered: its schema can't be used", "server", k.config.Name,
				"tool", t.Name, "err", err)
			continue
		}

		if len(unchecked) > 0 {
			k.config.Logger.Warn("a tool's arguments are not checked by patterns that Go can't express",
				"server", k.config.Name, "tool", t.Name, "patterns", unchecked)
		}
		refreshed.schemas[t.Name] = schema
	}

	return refreshed, nil
}

// refresh returns the connection with the tools that the server has now.
func (c *connection) refresh(ctx context.Context) (*connection, error) {
	c.outdated.Store(false) // before asking: tools that change meanwhile are asked for next time

	refreshed := &connection{session: c.session, outdated: c.outdated, ended: c.ended}
	for t, err := range c.session.Tools(ctx, nil) {
		if err != nil {
			return nil, err
		}

		refreshed.tools = append(refreshed.tools, t)
		if len(refreshed.tools) == maxTools {
			break
		}
	}

	slices.SortFunc(refreshed.tools, func(a, b *sdk.Tool) int { return strings.Compare(a.Name, b.Name) })

	return refreshed, nil
}

// drop closes a connection if it is still the current one. nil stands for any.
func (k *connector) drop(c *connection) error {
	k.mu.Lock()
	defer k.mu.Unlock()

	if k.current == nil || c != nil && k.current.session != c.session {
		return nil
	}
	return k.closeCurrent()
}

func (k *connector) closeCurrent() error {
	if k.current == nil {
		return nil
	}
	err := k.current.session.Close()
	k.current = nil
	return err
}
