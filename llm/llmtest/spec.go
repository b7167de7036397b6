package llmtest

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/slipstream-go/slipstream/llm"
)

// A Spec is a .spec file that can be taught verbs: a *topologytest.Script.
type Spec interface {
	Verb(name string, do func(args string) error)
}

// SpecModel is a model that does what a .spec file says. It teaches the file these verbs:
//
//	model ANSWER    answers so, as told by [Script.Answer]
//	prompt TEXT     expects that the model was asked TEXT, see [Script.Asked]
//	obeys           from now on the model obeys whatever it reads, see [Obedient]
//	hold            holds answers back from now on, see [Gate]
//	thinking N      expects that N answers are held back
//	release TEXT    lets those go whose prompts contain TEXT; without TEXT, holds back no more
//
// A package runs its specs on every engine in a line:
//
//	processorstest.Run(t, "testdata/*.spec", func(s *topologytest.Script) *topology.Topology {
//		return assistant(llmtest.SpecModel(s))
//	})
func SpecModel(s Spec) llm.Model {
	script := &Script{}
	weak := &switchable{Model: script}
	gate := &Gate{Model: weak}

	s.Verb("model", script.Answer)
	s.Verb("prompt", script.Asked)
	s.Verb("obeys", weak.obey)
	s.Verb("hold", gate.Hold)
	s.Verb("thinking", gate.Thinking)
	s.Verb("release", gate.Release)

	return Metered(gate)
}

// A switchable model obeys whatever it reads, once it is told to.
type switchable struct {
	llm.Model
	obeys atomic.Bool
}

func (m *switchable) obey(string) error {
	m.obeys.Store(true)
	return nil
}

// Chat implements llm.Model.
func (m *switchable) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	if m.obeys.Load() {
		return Obedient(m.Model).Chat(ctx, r)
	}
	return m.Model.Chat(ctx, r)
}

// SpecEmbedder is an [Embedder] that does what a .spec file says. It teaches the file these verbs:
//
//	embedder fails WHY        fails from now on; WHY may begin with an HTTP status, see [Fault]
//	embedder works            works again
//	hold-embedding            holds vectors back from now on
//	embedding N               expects that N are held back
//	release-embedding TEXT    lets those go whose texts contain TEXT; without TEXT, holds back no more
func SpecEmbedder(s Spec) Embedder {
	fallible := &fallible{}
	gate := &Gate{Model: fallible}

	s.Verb("embedder", fallible.tell)
	s.Verb("hold-embedding", gate.Hold)
	s.Verb("embedding", gate.Thinking)
	s.Verb("release-embedding", gate.Release)
	return Embedder{First: gate, Dimensions: 16}
}

// A fallible model stands before an embedder, and fails while it has a reason to.
type fallible struct {
	why atomic.Value // a string, empty while it works
}

func (f *fallible) tell(args string) error {
	f.why.Store(strings.TrimPrefix(strings.TrimPrefix(args, "works"), "fails "))
	return nil
}

// Chat implements llm.Model.
func (f *fallible) Chat(context.Context, llm.Request) (r llm.Reply, err error) {
	if why, _ := f.why.Load().(string); why != "" {
		err = Fault(why)
	}
	return r, err
}
