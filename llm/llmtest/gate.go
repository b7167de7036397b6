package llmtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/slipstream-go/slipstream/llm"
)

// A Gate stands before a Model and holds its answers back, so that a story can say what happens while the
// model thinks, on engines whose time is real, too. It is open at first. It is safe for use by several
// goroutines.
//
// Its methods Hold, Thinking and Release are verbs of .spec files:
//
//	script.Verb("hold", g.Hold)
//	script.Verb("thinking", g.Thinking)
//	script.Verb("release", g.Release)
type Gate struct {
	llm.Model // it answers at once; what it says is held

	mu   sync.Mutex
	shut bool
	held []thought
}

// A thought is an answer that is held until open is closed.
type thought struct {
	prompt string
	open   chan struct{}
}

// Chat implements llm.Model. An answer that is held when ctx ends is lost, with the error of ctx.
func (g *Gate) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	reply, err := g.Model.Chat(ctx, r)
	th := thought{promptOf(r), make(chan struct{})}
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

// Hold shuts the gate. It is the verb `hold`, which has no arguments.
func (g *Gate) Hold(string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	return nil
}

// Thinking is an error, which time may cure, unless so many answers are held. It is the verb `thinking N`.
func (g *Gate) Thinking(n string) error {
	g.mu.Lock()
	defer g.mu.Unlock()

	if got := fmt.Sprint(len(g.held)); got != n {
		return notYet{fmt.Errorf("%s answers are held, not %s", got, n)}
	}
	return nil
}

// Release lets those answers go whose prompts contain the text; without a text it opens the gate. That none
// is held is an error, which time may cure. It is the verb `release TEXT`.
func (g *Gate) Release(text string) error {
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

func (g *Gate) enter(th thought) bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.shut {
		g.held = append(g.held, th)
	}
	return g.shut
}

// leave takes out the thoughts that are meant.
func (g *Gate) leave(meant func(thought) bool) (left int) {
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

// notYet is a failure that time may cure.
type notYet struct{ error }

func (notYet) NotYet() bool { return true }
