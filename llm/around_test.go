package llm_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/allowance"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// chat is a model of one function.
type chat func(context.Context, llm.Request) (llm.Reply, error)

func (c chat) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) { return c(ctx, r) }

func TestModelsAroundModelsConform(t *testing.T) {
	for name, around := range map[string]func(llm.Model) llm.Model{
		"failover": func(m llm.Model) llm.Model {
			return llm.Failover(llmtest.Failing(unavailable("down")), m)
		},
		"cached": func(m llm.Model) llm.Model { return llm.Cached(m, llm.CacheConfig{}) },
		"hedged": func(m llm.Model) llm.Model { return llm.Hedged(llm.HedgeConfig{}, m, m) },
		"resilient": func(m llm.Model) llm.Model {
			return llm.Resilient(m, llm.ResilientConfig{PerMinute: 600, TokensPerMinute: 1_000_000})
		},
	} {
		t.Run(name, func(t *testing.T) {
			llmtest.Conformance(t, func(*testing.T) llm.Model { return around(llmtest.Says(keep)) })
			llmtest.ToolUse{Model: func(_ *testing.T, answers ...string) llm.Model {
				return around(llm.ToolsBySchema(llmtest.Says(answers...)))
			}}.Run(t)
		})
	}
}

func unavailable(why string) error { return &llm.Error{Kind: llm.ErrUnavailable, Err: errors.New(why)} }

func refused(why string) error { return &llm.Error{Kind: llm.ErrRefused, Err: errors.New(why)} }

// named answers with its name.
func named(name string) llm.Model {
	return chat(func(context.Context, llm.Request) (llm.Reply, error) {
		return llm.Reply{Model: name, Message: llm.Message{Role: llm.Assistant, Text: name}}, nil
	})
}

func TestFailoverAsksTheNextModelThatMayAnswer(t *testing.T) {
	down, noKey := llmtest.Failing(unavailable("down")), llmtest.Failing(refused("no key"))
	invalid := &llm.Error{Kind: llm.ErrInvalid, Err: errors.New("no JSON")}

	for name, c := range map[string]struct {
		models []llm.Model
		answer string
		says   []string // in the error
		kind   error
	}{
		"the first is well": {models: []llm.Model{named("a"), named("b")}, answer: "a"},
		"the first is down": {models: []llm.Model{down, named("b")}, answer: "b"},
		"the first refuses": {models: []llm.Model{noKey, named("b")}, answer: "b"},
		"the first is wrong": {models: []llm.Model{llmtest.Failing(invalid), named("b")},
			kind: llm.ErrInvalid, says: []string{"no JSON"}},
		"all are down": {models: []llm.Model{noKey, down}, kind: llm.ErrUnavailable,
			says: []string{"down", "no key"}},
		"no models": {kind: llm.ErrRefused, says: []string{"no models"}},
	} {
		reply, err := llm.Failover(c.models...).Chat(t.Context(), prompt("?"))
		if reply.Message.Text != c.answer || !errors.Is(err, c.kind) {
			t.Errorf("%s: %q, %v", name, reply.Message.Text, err)
		}

		for _, says := range c.says {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v does not say %q", name, err, says)
			}
		}

		if c.kind == llm.ErrUnavailable && errors.Is(err, llm.ErrRefused) {
			t.Errorf("%s: %v may be made again", name, err)
		}
	}
}

// An operator's call waits an hour for a model that is down, but not if there is another one.
func TestFailoverDoesNotWaitForTheFirstModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := llm.Resilient(llmtest.Failing(unavailable("down")), llm.ResilientConfig{})
		m := llm.Failover(down, llm.Resilient(named("b"), llm.ResilientConfig{}))
		ctx, cancel := allowance.With(t.Context(), allowance.Config{Time: time.Minute, Stopping: t.Context()})
		defer cancel()

		for range 5 {
			if reply, err := m.Chat(ctx, prompt("?")); err != nil || reply.Message.Text != "b" {
				t.Fatal(reply, err)
			}
		}

		begin := time.Now()
		if _, err := m.Chat(ctx, prompt("?")); err != nil || time.Since(begin) > time.Second {
			t.Errorf("%v after %v: the breaker of the first is open", err, time.Since(begin))
		}
	})
}

func TestAnEqualRequestIsAnsweredFromTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		m := llm.Cached(chat(func(_ context.Context, r llm.Request) (llm.Reply, error) {
			asked.Add(1)
			return llm.Reply{Model: "m", TokensIn: 10, Took: time.Second, Message: llm.Message{
				Text: r.Messages[1].Text, Calls: []llm.Call{{Tool: "t", Args: []byte(`{"a":1}`)}}}}, nil
		}), llm.CacheConfig{Age: time.Minute, Entries: 2, Tenant: func(r llm.Request) string {
			return r.Messages[0].Text
		}})

		ask := func(text string, change func(*llm.Request)) llm.Reply {
			r := prompt(text)
			if change != nil {
				change(&r)
			}
			reply, err := m.Chat(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}

			return reply
		}

		first := ask("a", nil)
		first.Message.Calls[0].Args[1] = 'X' // a caller may change what it is given

		again := ask("a", nil)
		args := string(again.Message.Calls[0].Args)
		if first.Cached || !again.Cached || again.Took != 0 || args != `{"a":1}` {
			t.Errorf("%+v, then %+v", first, again)
		}

		for _, change := range []func(*llm.Request){
			func(r *llm.Request) { r.Temperature = 1 },
			func(r *llm.Request) { r.Seed = 7 },
			func(r *llm.Request) { r.MaxTokens = 7 },
			func(r *llm.Request) { r.Schema = []byte(`{}`) },
			func(r *llm.Request) { r.Tools = []llm.Tool{{Name: "t"}} },
			func(r *llm.Request) { r.Messages[0].Text = "other rules" },
		} {
			if ask("a", change).Cached {
				t.Error("another request was answered from the cache")
			}
		}

		if ask("a", nil).Cached {
			t.Error("more was kept than Entries")
		}

		time.Sleep(time.Minute)
		if ask("a", nil).Cached {
			t.Error("a reply was given after its Age")
		}

		isA := func(r llm.Request) bool { return r.Messages[1].Text == "a" }
		if n := m.Erase(isA); n == 0 || ask("a", nil).Cached {
			t.Errorf("%d erased", n)
		}
	})
}

// Equal requests at once are one, which lasts until nobody waits for it.
func TestEqualRequestsAtOnceAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 10)
		m := llm.Cached(chat(func(ctx context.Context, _ llm.Request) (llm.Reply, error) {
			select {
			case <-time.After(time.Minute):
				ended <- nil
			case <-ctx.Done():
				ended <- ctx.Err()
				return llm.Reply{}, ctx.Err()
			}
			return llm.Reply{Model: "m"}, nil
		}), llm.CacheConfig{})

		leaves, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()

		replies := make(chan llm.Reply, 2)
		go func() { _, _ = m.Chat(leaves, prompt("?")) }() // begins it, and leaves
		for range 2 {
			go func() {
				time.Sleep(time.Millisecond)
				reply, err := m.Chat(t.Context(), prompt("?"))
				if err != nil {
					t.Error(err)
				}
				replies <- reply
			}()
		}

		if a, b := <-replies, <-replies; !a.Cached || !b.Cached || <-ended != nil {
			t.Errorf("%+v, %+v", a, b)
		}

		if got := m.Stats(); got != (llm.CacheStats{Misses: 1, Shared: 2}) {
			t.Errorf("%+v", got)
		}

		// Nobody waits for the next one any more: it ends, and what comes then is a new one.
		leaves, leave = context.WithTimeout(t.Context(), time.Second)
		defer leave()
		_, err := m.Chat(leaves, prompt("!"))
		if !errors.Is(err, context.DeadlineExceeded) || <-ended == nil {
			t.Error(err)
		}

		if reply, err := m.Chat(t.Context(), prompt("!")); err != nil || reply.Cached {
			t.Error(reply, err)
		}

		// What is erased while it is under way is given to who waits, and not kept.
		go func() {
			time.Sleep(time.Second)
			m.Erase(func(llm.Request) bool { return true })
		}()
		for range 2 {
			if reply, err := m.Chat(t.Context(), prompt("erased")); err != nil || reply.Cached {
				t.Error(reply, err)
			}
		}
	})
}

// The provenance of a decision says that nothing was used for it.
func TestADecisionFromTheCacheSaysSo(t *testing.T) {
	type verdict struct {
		Action string `json:"action"`
	}
	o := llm.Operator[string, verdict]{Instructions: "?", Model: llm.Cached(llmtest.Says(
		`{"action":"keep"}`), llm.CacheConfig{})}

	for _, want := range []string{"", "true"} {
		_, from, err := o.Decide(t.Context(), "a case")
		if err != nil || from[llm.FromCache] != want || (from[llm.TokensIn] == "0") != (want == "true") {
			t.Errorf("%v, %v", from, err)
		}
	}
}

// Hosts of which one answer in 50 takes 20 times as long: hedging shortens the longest waits to a fraction,
// for at most 5 % more requests.
func TestHedgingShortensTheLongestWaits(t *testing.T) {
	const calls = 2000

	run := func(t *testing.T, hedge bool) (p99 time.Duration, requests int) {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			chance := rand.New(rand.NewPCG(1, 2))
			takes := func() time.Duration {
				mu.Lock()
				defer mu.Unlock()

				requests++
				d := time.Second + time.Duration(chance.IntN(200))*time.Millisecond
				if chance.IntN(50) == 0 {
					d *= 20
				}
				return d
			}
			host := func() llm.Model {
				return chat(func(ctx context.Context, _ llm.Request) (llm.Reply, error) {
					d := takes()

					select {
					case <-time.After(d):
						return llm.Reply{Model: "m"}, nil
					case <-ctx.Done():
						return llm.Reply{}, ctx.Err()
					}
				})
			}

			m := llm.Hedged(llm.HedgeConfig{}, host())
			if hedge {
				m = llm.Hedged(llm.HedgeConfig{}, host(), host())
			}

			var took []time.Duration
			for range calls {
				begin := time.Now()
				if _, err := m.Chat(t.Context(), prompt("?")); err != nil {
					t.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}

			slices.Sort(took)
			p99 = took[calls*99/100]
		})
		return p99, requests
	}

	plain, _ := run(t, false)
	hedged, requests := run(t, true)
	if hedged > plain/5 || requests > calls*105/100 {
		t.Error("it does not pay")
	}
	t.Logf("p99 %v without, %v with hedging: %d requests for %d answers", plain, hedged, requests,
		calls)
}

// A second request needs an idle host, and the one that is too late is ended.
func TestHedgingAsksOnlyAnIdleHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slow, ended atomic.Int32
		hangs := chat(func(ctx context.Context, _ llm.Request) (llm.Reply, error) {
			slow.Add(1)
			<-ctx.Done()
			ended.Add(1)
			return llm.Reply{}, ctx.Err()
		})
		quick := chat(func(ctx context.Context, r llm.Request) (llm.Reply, error) {
			select {
			case <-time.After(10 * time.Second):
			case <-ctx.Done():
			}
			return llm.Reply{Model: "quick"}, ctx.Err()
		})
		m := llm.Hedged(llm.HedgeConfig{After: time.Second, Share: 1}, hangs, quick)

		reply, err := m.Chat(t.Context(), prompt("?"))
		if err != nil || reply.Model != "quick" {
			t.Fatal(reply, err)
		}

		synctest.Wait()
		if slow.Load() != 1 || ended.Load() != 1 {
			t.Errorf("%d asked, %d ended", slow.Load(), ended.Load())
		}

		// Both are busy: the third is not asked for twice.
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		for range 3 {
			go func() { _, _ = m.Chat(ctx, prompt("?")) }()
			synctest.Wait()
		}
		<-ctx.Done()
		synctest.Wait()

		if n := slow.Load(); n != 3 {
			t.Errorf("the first host was asked %d times", n)
		}
	})
}
