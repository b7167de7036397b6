package specs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/slipstream-go/slipstream/llm"
)

// A gate lets scripts say when the model has thought enough, on engines whose time is real, too. Its methods are verbs:
//
//	hold             from now on the model thinks: its answers are held
//	thinking N       so many answers are held
//	release TEXT     those of prompts that contain TEXT; without a text all, and those to come
type gate struct {
	llm.Model

	mu   sync.Mutex
	shut bool
	held []thought
}

// A thought is an answer that is held until open is closed.
type thought struct {
	prompt string
	open   chan struct{}
}

// Chat implements llm.Model.
func (g *gate) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	reply, err := g.Model.Chat(ctx, r)
	th := thought{r.Messages[len(r.Messages)-1].Text, make(chan struct{})}
	if !g.enter(th) {
		return reply, err
	}
	select {
	case <-th.open:
		return reply, err
	case <-ctx.Done():
		g.leave(func(t thought) bool { return t.open == th.open })
		return llm.Reply{}, ctx.Err()
	}
}

func (g *gate) enter(th thought) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		g.held = append(g.held, th)
	}
	return g.shut
}

// leave takes out the thoughts that are meant.
func (g *gate) leave(meant func(thought) bool) (left int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := len(g.held)
	g.held = slices.DeleteFunc(g.held, func(th thought) bool {
		if meant(th) {
			close(th.open)
			return true
		}
		return false
	})
	return before - len(g.held)
}

func (g *gate) hold(string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	return nil
}

func (g *gate) release(text string) error {
	if text == "" {
		g.mu.Lock()
		g.shut = false
		g.mu.Unlock()
	}
	if n := g.leave(func(th thought) bool { return strings.Contains(th.prompt, text) }); n == 0 {
		return notYet{fmt.Errorf("no answer to %q is held", text)}
	}
	return nil
}

func (g *gate) thinking(n string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if got := fmt.Sprint(len(g.held)); got != n {
		return notYet{fmt.Errorf("%s answers are held, not %s", got, n)}
	}
	return nil
}

// notYet is a failure that time may cure.
type notYet struct{ error }

func (notYet) NotYet() bool { return true }
