package processors

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A runner keeps one stage of a plan running, one incarnation after the other.
type runner struct {
	w          *Worker
	plan       *plan.Plan
	stage      *plan.Stage
	machine    *stage.Machine
	group      string
	changelog  string
	cells      string // the topic of events that wait; "": none
	partitions int32

	current   atomic.Pointer[incarnation] // nil before the first
	topicLook topicLook
	misplaced sync.Map      // partitions in whose changelogs recovery has met keys of others: int32
	first     sync.Once     // closes up
	up        chan struct{} // closed after the first commit

	refusals refusals
	health   health
	models   models
	had      []int32 // the partitions of the last session; only sarama's goroutine uses it
}

func newRunner(w *Worker, p *plan.Plan, s *plan.Stage) *runner {
	r := &runner{w: w, plan: p, stage: s, group: p.Group(s), up: make(chan struct{})}
	if s.Keeps {
		r.changelog = p.Changelog(s)
	}

	if s.Waits {
		r.cells = p.Cells(s)
	}

	return r
}

// prepare is called once the topics are known.
func (s *runner) prepare() {
	s.partitions = s.w.topics[s.stage.Inputs[0]].partitions
	if _, there := s.w.topics[s.plan.Cells(s.stage)]; there {
		s.cells = s.plan.Cells(s.stage) // even without an operator: see topics.plan
	}

	s.machine = stage.New(s.plan, s.stage, stage.Options{
		Partitions: s.partitions,
		TopicID:    func(topic string) string { return s.w.topics[topic].id },
		Limits:     func(topic string) stage.Limits { return s.w.topics[topic].limits.ofRecords() },
		Impure:     s.w.impure,
	})
}

// ready is called after each commit. The first one shows that the stage works.
func (s *runner) ready() { s.first.Do(func() { close(s.up) }) }

// transactional returns the id under which the stage's producer fences its predecessors: those of this run,
// and of the runs before it if the worker has a name. A predecessor without a name is fenced by the
// generation of the group.
//
// Group and name are separated by what no group has, so that no two stages or workers have one id. Former
// versions had a dash. One of these that is still there, under the same name, is fenced as one without a name
// is, since each transaction has positions: the group has given its member id to its successor. A transaction
// that it has left open ends after the session time-out; recovery waits for it.
func (s *runner) transactional() string {
	name := s.w.c.Instance
	if name == "" {
		name = s.w.run
	}
	if testhook.IsOff(testhook.TransactionalIDs) {
		return s.group + "-" + name
	}
	return s.group + ":" + name
}

// How long to wait before what has failed is built again: longer each time.
const (
	shortestPause = 100 * time.Millisecond
	longestPause  = 10 * time.Second
)

// run runs incarnations until ctx ends, or until an error that trying again does not mend. Between two it
// pauses, for longer each time, unless one has lived for a minute.
func (s *runner) run(ctx context.Context) error {
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		in := newIncarnation(ctx, s)
		s.current.Store(in)

		began := time.Now()

		err := in.run()
		if ctx.Err() != nil {
			return in.failure()
		}

		if fatal := s.fatal(err); fatal != nil {
			return fatal
		}

		forgetLeaders(s.w.client_)
		forgetCoordinator(s.w.client_, s.group)

		if errors.Is(err, sarama.ErrUnstableOffsetCommit) {
			s.trouble(s.stuck(ctx, s.positionsPlace(s.w.client_)))
		}

		if time.Since(began) > time.Minute {
			pause = shortestPause
		}

		s.w.notify(Notice{Kind: Rebuilt, Stage: s.group, Count: s.rebuilt(in, err), After: pause, Err: err})

		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// lastLook is how long a stage that stops looks for the ends of its inputs.
const lastLook = time.Second

// drain is the first half of a stop: no new events, no new calls.
func (s *runner) drain(patience time.Duration) {
	in := s.current.Load()
	if in == nil {
		return
	}
	in.drain(patience)

	ctx, cancel := context.WithTimeout(in.ctx, lastLook)
	defer cancel()

	if err := s.passMarkers(ctx); err != nil { // the next start may find less to read than it could
		s.w.c.Logger.Debug("positions were not moved past markers", "stage", s.group, "err", err)
	}
}

// phase is called at the steps of an event and of a commit. Tests have the stage crash there.
func (s *runner) phase(name string) error {
	if s.w.onPhase == nil {
		return nil
	}

	if err := s.w.onPhase(s.group, name); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
