package mcp

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/slipstream-go/slipstream/llm"
)

// restFor is how long a server that could not be reached is left alone.
const restFor = time.Second

// maxTools bounds what one server may offer: all of it goes into prompts.
const maxTools = 128

// A link is what is between us and the server: at most one line at a time.
type link struct {
	config Config

	mu     sync.Mutex // held while connecting: others wait for that, too
	line   *line      // nil: there is none
	failed time.Time  // when connecting last did
	why    error
}

// A line is one connection with the tools that were found at its end.
type line struct {
	session *sdk.ClientSession
	tools   []*sdk.Tool // by name
	stale   *atomic.Bool
	gone    <-chan struct{} // closed when the connection has ended
}

func (l *line) tool(name string) *sdk.Tool {
	i, ok := slices.BinarySearchFunc(l.tools, name, func(t *sdk.Tool, name string) int { return strings.Compare(t.Name, name) })
	if !ok {
		return nil
	}
	return l.tools[i]
}

// up is the line, made or looked through again if need be.
func (k *link) up(ctx context.Context) (*line, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.line != nil && !ended(k.line.gone) && !k.line.stale.Load() {
		return k.line, nil
	}
	if k.line != nil && !ended(k.line.gone) {
		if fresh, err := k.line.again(ctx); err == nil {
			k.line = fresh
			return fresh, nil
		}
	}
	k.close()
	if time.Since(k.failed) < restFor {
		return nil, k.why
	}
	l, err := k.dial(ctx)
	if err != nil && ctx.Err() == nil {
		k.failed, k.why = time.Now(), &llm.Error{Kind: llm.ErrUnavailable, Err: k.config.failure(err), Remedy: "try again later"}
		return nil, k.why
	} else if err != nil {
		return nil, ctx.Err()
	}
	k.line = l
	return l, nil
}

func ended(gone <-chan struct{}) bool {
	select {
	case <-gone:
		return true
	default:
		return false
	}
}

func (k *link) dial(ctx context.Context) (*line, error) {
	stale := &atomic.Bool{}
	client := sdk.NewClient(&sdk.Implementation{Name: "slipstream", Version: "1"}, &sdk.ClientOptions{
		Capabilities:           &sdk.ClientCapabilities{}, // none
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) { stale.Store(true) },
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
	gone := make(chan struct{})
	go func() { _ = session.Wait(); close(gone) }()
	l, err := (&line{session: session, stale: stale, gone: gone}).again(ctx)
	if err != nil {
		_ = session.Close()
	}
	return l, err
}

// again is the line with its tools as they are now.
func (l *line) again(ctx context.Context) (*line, error) {
	l.stale.Store(false) // before asking: what changes meanwhile is asked for next time
	fresh := &line{session: l.session, stale: l.stale, gone: l.gone}
	for t, err := range l.session.Tools(ctx, nil) {
		if err != nil {
			return nil, err
		}
		if fresh.tools = append(fresh.tools, t); len(fresh.tools) == maxTools {
			break
		}
	}
	slices.SortFunc(fresh.tools, func(a, b *sdk.Tool) int { return strings.Compare(a.Name, b.Name) })
	return fresh, nil
}

// drop closes the line if it is still that one; nil stands for any.
func (k *link) drop(l *line) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.line == nil || l != nil && k.line.session != l.session {
		return nil
	}
	return k.close()
}

func (k *link) close() error {
	if k.line == nil {
		return nil
	}
	err := k.line.session.Close()
	k.line = nil
	return err
}
