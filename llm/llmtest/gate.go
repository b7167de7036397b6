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
	held []heldAnswer
}

// A heldAnswer waits until released is closed.
type heldAnswer struct {
	prompt   string
	released chan struct{}
}

// Chat implements llm.Model. An answer that is held when ctx ends is lost, with the error of ctx.
func (g *Gate) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	reply, err := g.Model.Chat(ctx, r)
	h := heldAnswer{promptOf(r), make(chan struct{})}
	if !g.hold(h) {
		return reply, err
	}

	select {
	case <-h.released:
		return reply, err
	case <-ctx.Done():
		g.remove(func(a heldAnswer) bool { return a.released == h.released })
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

	if n := g.remove(func(h heldAnswer) bool { return strings.Contains(h.prompt, text) }); n == 0 {
		return notYet{fmt.Errorf("no answer to %q is held", text)}
	}

	return nil
}

func (g *Gate) hold(h heldAnswer) bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.shut {
		g.held = append(g.held, h)
	}
	return g.shut
}

// remove releases the answers that match, and returns how many.
func (g *Gate) remove(matches func(heldAnswer) bool) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := len(g.held)
	g.held = slices.DeleteFunc(g.held, func(h heldAnswer) bool {
		if matches(h) {
			close(h.released)
			return true
		}
		return false
	})

	return before - len(g.held)
}

// notYet is a failure that time may cure.
type notYet struct{ error }

func (notYet) NotYet() bool { return true }
