package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/verb"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/airline/handbook"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/devmodel"
	"github.com/slipstream-go/slipstream/journal/erasure"
	recording "github.com/slipstream-go/slipstream/journal/transcript"
	"github.com/slipstream-go/slipstream/llm"
	agents "github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
)

// embedder is the model that embeds the handbook, on an Ollama.
const embedder = "all-minilm"

// byPolicy is the name of no model: rules alone decide.
const byPolicy = "policy"

// bounds of the calls of a model. A local one answers one at a time: more are in flight so that it never
// idles.
var bounds = topology.Policy[rebooking.Case]{InFlight: 8, Timeout: 2 * time.Minute, Record: true}

// build is what run and replay use: the airline by the model that is asked for, with other instructions if a
// file of them is.
func build(ctx context.Context, cmd *cli.Command) (verb.Built, error) {
	before, err := instructed(cmd.String("prompt"))
	if err != nil {
		return verb.Built{}, err
	}

	a, err := newAgentBy(ctx, cmd.String("model"), before, lines(cmd.Root().ErrWriter))
	if err != nil {
		return verb.Built{}, err
	}

	return verb.Built{Topologies: a.topologies(), By: a.name, Close: a.close}, nil
}

// declared is the agent with a model, which nobody asks.
func declared() *agent {
	m, e := llm.Ollama(devmodel.Names()[0]), llm.NewOllamaEmbedder(llm.OllamaConfig{Model: embedder})
	a := &agent{operator: rebooking.Agent(m), talker: talker(m, e)}
	a.parts = []airline.Part{concierge.New(a.talker)}
	return a
}

func modelFlags() []cli.Flag { return []cli.Flag{modelFlag()} }

func modelFlag() cli.Flag {
	return &cli.StringFlag{Name: "model", Value: devmodel.Names()[0], Sources: cli.EnvVars("MODEL"),
		Usage: "`NAME` of the model that reads what customers wrote: " + list(devmodel.Names(),
			"or") + ", any other that your Ollama has, or policy for rules alone"}
}

// An agent decides the cases. With a model there is a concierge, too.
type agent struct {
	operator topology.Operator[rebooking.Case, vocab.Decision]
	parts    []airline.Part
	talker   concierge.Config
	name     string
	calls    *calls // nil: it makes none
	close    func() error

	wordsAlone bool // there is no model that embeds the handbook
}

func (a *agent) topology() *topology.Topology {
	return labeled(airline.New(a.operator, bounds, a.parts...))
}

// topologies are those of a worker: with a concierge, who can be told to forget, what is on record is erased
// then, too.
func (a *agent) topologies() []*topology.Topology {
	if len(a.parts) == 0 {
		return []*topology.Topology{a.topology()}
	}
	eraser := erasure.New("airline", string(journeys.Table), concierge.Messages,
		func(m agents.Message) bool { return m.Kind == agents.Forget })
	topology.Configure(eraser, concierge.Messages,
		topology.TopicConfig[agents.Message]{Time: func(m agents.Message) time.Time { return m.Time }})
	return []*topology.Topology{a.topology(), eraser}
}

// fewTools are those that a small model can tell apart. It is shown in the facts what the others would tell
// it.
var fewTools = []string{vocab.UpdateFlights, vocab.CancelReservation, vocab.UpdateBaggages,
	vocab.SendCertificate,
	lookup.SearchDirectFlight, lookup.GetFlightStatus, concierge.SearchPolicies}

// contextTokens are what the concierge's instructions, tools and conversation need.
const contextTokens = 6144

// newAgent finds or brings the model and warms it up; that can take minutes, which progress tells. What it is
// told and says goes on record. The agent is for a day that ends with this process: without a model that
// embeds there is no operator for that, while a worker keeps it, since passages may wait for one.
func newAgent(ctx context.Context, model string, progress func(string)) (*agent, error) {
	a, err := newAgentBy(ctx, model, recording.Of, progress)
	if err != nil || !a.wordsAlone {
		return a, err
	}
	a.talker.Handbook = new(handbook.Index(nil))
	a.parts = []airline.Part{concierge.New(a.talker)}

	return a, nil
}

// newAgentBy is newAgent, with something before its model.
func newAgentBy(ctx context.Context, model string, before func(llm.Model) llm.Model,
	progress func(string)) (*agent, error) {
	a, local, err := coldAgent(ctx, model, llm.ResilientConfig{}, before, progress)
	if err != nil || local == nil {
		return a, err
	}

	if err := a.warmUp(ctx, local, progress); err != nil {
		_ = a.close() // the error before it says more
		return nil, fmt.Errorf("--model %s: warm it up: %w", model, err)
	}

	return a, nil
}

// coldAgent is newAgentBy without the warming up. Rules alone need no model, which is nil then.
func coldAgent(ctx context.Context, model string, r llm.ResilientConfig, before func(llm.Model) llm.Model,
	progress func(string)) (*agent, *devmodel.Local, error) {
	if model == byPolicy {
		a := &agent{operator: rebooking.Policy, name: byPolicy, close: func() error { return nil }}
		return a, nil, nil
	}

	local, err := devmodel.Ensure(ctx, devmodel.Config{Model: model, Embedder: embedder,
		Context: contextTokens, Parallel: 2, Progress: progress})
	if err != nil {
		return nil, nil, fmt.Errorf("--model %s: %w (--model policy needs none)", model, err)
	}

	asked, err := local.NewModel()
	if err != nil {
		_ = local.Close()
		return nil, nil, fmt.Errorf("--model %s: %w", model, err)
	}

	m := llm.Resilient(asked, r)
	c := &calls{Model: oneAtATime(m)}
	a := &agent{operator: rebooking.Agent(before(c)), name: local.Model, calls: c, close: local.Close}
	a.talker = talker(before(llm.ToolsBySchema(oneAtATime(m))),
		llm.ResilientEmbedder(local.NewEmbedder(), llm.ResilientConfig{}))
	a.parts = []airline.Part{concierge.New(a.talker)}
	a.wordsAlone = local.Embedder == ""

	return a, local, nil
}

// warmUp returns once the model has read what rebooking tells it. It reads what the concierge tells it, which
// is several times as long, while the first customers are rebooked: nobody talks with the concierge yet.
func (a *agent) warmUp(ctx context.Context, local *devmodel.Local, progress func(string)) error {
	progress(fmt.Sprintf("warming up: %s reads the instructions (%s)", local.Model, local.Source))
	begun := time.Now()
	if rebooking, ok := a.operator.(topology.Warmer); ok {
		if err := rebooking.Warm(ctx); err != nil {
			return err
		}
	}
	progress(fmt.Sprintf("warming up: done in %.0f s", time.Since(begun).Seconds()))

	inBackground, cancel := context.WithCancel(ctx)
	warm := make(chan struct{})
	all := a.topology()
	go func() {
		defer close(warm)
		if err := all.Warm(inBackground); err != nil && inBackground.Err() == nil {
			progress(fmt.Sprintf("warming up the concierge: %v", err))
		}
	}()

	closeServer := a.close
	a.close = func() error {
		cancel()
		<-warm
		return closeServer()
	}

	return nil
}

// talker is a concierge by a model that uses tools, and by one that embeds the handbook. A step may take
// long: on two cores, with a model that reads 25 tokens a second, and a storm going on.
func talker(m llm.Model, e llm.Embedder) concierge.Config {
	return concierge.Config{Model: m, Tools: fewTools, Handbook: new(handbook.Index(e)),
		Bounds: agents.Bounds{Step: 3 * time.Minute, Time: 6 * time.Minute}}
}

// inFlight counts the calls that are under way.
func (a *agent) inFlight() int64 {
	if a.calls == nil {
		return 0
	}
	return a.calls.now.Load()
}

// oneAtATime has each of two agents ask by one request at a time: then the server, which evaluates two, keeps
// evaluated what all prompts of each begin with.
func oneAtATime(m llm.Model) llm.Model { return &serialized{m, make(chan struct{}, 1)} }

type serialized struct {
	llm.Model
	taken chan struct{}
}

// Chat implements llm.Model.
func (l *serialized) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	select {
	case l.taken <- struct{}{}:
		defer func() { <-l.taken }()
		return l.Model.Chat(ctx, r)
	case <-ctx.Done():
		return llm.Reply{}, ctx.Err()
	}
}

// calls counts those of a model that are under way.
type calls struct {
	llm.Model
	now atomic.Int64
}

// Chat implements llm.Model.
func (c *calls) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	c.now.Add(1)
	defer c.now.Add(-1)
	return c.Model.Chat(ctx, r)
}

// lines prints progress for people.
func lines(w io.Writer) func(string) {
	return devmodel.Lines(w)
}
