package processors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # Topics that change while a worker runs
//
// A worker knows its topics as they were when it started: their ids, which are in the paths of stores and in
// the ids of decisions, and their numbers of partitions, by which keys are assigned. Neither can be changed
// under running stages, so a topic that gets another id or number ends the worker. It looks each minute, at
// the start of each session, and when it meets a record that is not in its key's partition.

// watchEvery is how often a worker looks at its topics.
const watchEvery = time.Minute

// watchTopics looks at the topics until ctx ends, or a topic has changed.
func (w *Worker) watchTopics(ctx context.Context) error {
	for {
		select {
		case <-time.After(watchEvery):
		case <-ctx.Done():
			return nil
		}

		if err := w.lookAround(ctx); err != nil {
			return err
		}
	}
}

// lookAround refuses topics that have changed, and moves positions past what no reader sees.
func (w *Worker) lookAround(ctx context.Context) error {
	err := w.verifyTopics(w.runners...)
	if fatal := new(FatalError); errors.As(err, &fatal) {
		return err
	}

	if err == nil {
		err = w.passMarkers(ctx)
	}

	if err != nil && ctx.Err() == nil {
		w.c.Logger.Warn("the worker's topics can't be looked at", "err", err)
		forgetLeaders(w.client_)
	}

	return nil
}

// verifyTopics returns a FatalError if a topic of these stages is not what it was when the worker started. It
// looks twice before it says so: a broker may not know yet what has happened before the start.
func (w *Worker) verifyTopics(stages ...*runner) error {
	err := w.differs(stages)
	if fatal := new(FatalError); errors.As(err, &fatal) {
		time.Sleep(secondLook)
		err = w.differs(stages)
	}
	return err
}

const secondLook = 500 * time.Millisecond

func (w *Worker) differs(stages []*runner) error {
	names := map[string]*runner{}
	for _, s := range stages {
		for _, name := range s.topics() {
			names[name] = s
		}
	}

	admin, err := sarama.NewClusterAdminFromClient(w.client_)
	if err != nil {
		return err
	}

	found, err := admin.DescribeTopics(slices.Sorted(maps.Keys(names)))
	if err != nil {
		return fmt.Errorf("describe topics: %w", err)
	}

	for _, m := range found {
		if m.Err != sarama.ErrNoError {
			return fmt.Errorf("describe topic %s: %w", m.Name, m.Err)
		}

		if err := names[m.Name].differs(m); err != nil {
			return &FatalError{fmt.Errorf("stage %s: %w", names[m.Name].group, err)}
		}
	}

	return nil
}

// topics are those that the stage reads or keeps its state in, and those that it writes to by key.
func (s *runner) topics() []string {
	names := slices.Clone(s.stage.Inputs)
	for _, id := range s.stage.Nodes {
		if n := &s.plan.Nodes[id]; n.Kind == plan.KindTo {
			names = append(names, n.Name)
		}
	}

	for _, name := range []string{s.changelog, s.cells} {
		if name != "" {
			names = append(names, name)
		}
	}

	return names
}

// differs returns how a topic differs from what it was, or nil.
func (s *runner) differs(now *sarama.TopicMetadata) error {
	was, n := s.w.topics[now.Name], len(now.Partitions)
	own := slices.Contains(s.stage.Inputs, now.Name) || now.Name == s.changelog || now.Name == s.cells

	switch {
	case own && now.Uuid.String() != was.id:
		return fmt.Errorf("topic %s was deleted and made anew while the worker ran. "+
			"Start the worker again: it then says what else there is to do", now.Name)
	case n == int(was.partitions) || testhook.IsOff(testhook.Partitions):
		return nil
	case own && s.stage.Keeps:
		return fmt.Errorf("topic %s has %d partitions now and had %d: keys have moved away from their rows, "+
			"and events that were sent since may be dead letters, as misrouted. %s",
			now.Name, n, was.partitions, repartitionRemedy)
	default:
		return fmt.Errorf("topic %s has %d partitions now and had %d when the worker started. "+
			"Start the worker again", now.Name, n, was.partitions)
	}
}

// A topicLook is the last look at the topics because of a record that is not in its key's partition.
type topicLook struct {
	mu  sync.Mutex // held during a look: partitions that meet such records wait for what it finds
	at  time.Time
	err error
}

// again looks if the last look was more than a second ago, and returns what the last one has found.
func (l *topicLook) again(look func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()

	if time.Since(l.at) > time.Second {
		l.err = look()
		l.at = time.Now()
	}

	return l.err
}

// routed looks at the stage's topics if a record is not in its key's partition. If partitions were added, the
// key has moved, and the record must not become a dead letter.
func (p *partition) routed(key string) error {
	s := p.in.s
	if key == "" || murmur2.Partition(key, s.partitions) == p.id {
		return nil
	}
	return s.topicLook.again(func() error { return s.w.verifyTopics(s) })
}

// passMarkers moves positions past the markers of transactions, and past what was aborted, where these are
// all that is left to read. Otherwise retention would delete them one day, and it would look as if records
// had been deleted unread.
func (w *Worker) passMarkers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shortestPatience)
	defer cancel()

	for _, s := range w.runners {
		if err := s.passMarkers(ctx); err != nil {
			return err
		}
	}

	return nil
}

func (s *runner) passMarkers(ctx context.Context) error {
	in := s.current.Load()
	if in == nil {
		return nil
	}

	x := in.session.Load()
	if x == nil || !x.isKnown() {
		return nil
	}

	newest, err := newestOffsets(s.w.client_, s.stage.Inputs)
	if err != nil {
		return err
	}

	for _, p := range x.parts {
		for _, topic := range s.stage.Inputs {
			if err := p.passMarkers(ctx, place{topic, p.id}, newest[place{topic, p.id}]); err != nil {
				return err
			}
		}
	}

	return nil
}

func (p *partition) passMarkers(ctx context.Context, at place, newest int64) error {
	p.mu.Lock()
	next := p.next[at.topic]
	p.mu.Unlock()

	if next >= newest {
		return nil
	}

	all, err := p.in.s.w.ends.reached(ctx, p.in.s.w.client_, at, newest, next)
	if err != nil || !all {
		return err
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	if p.next[at.topic] == next {
		p.next[at.topic] = newest
		p.in.work()
	}

	return nil
}
