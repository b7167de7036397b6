package processors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

const (
	settleEvery = 2 * time.Millisecond
	// stillLooks is after how many looks without any movement a call counts as one that takes its time. Looks
	// are counted, and not milliseconds, because a busy machine holds up the looks as it holds up the calls.
	stillLooks = 15
)

// settle returns when this worker has processed and committed everything that its topics hold, its copies
// have followed, and all that is outstanding are calls that take their time. It waits until this worker owns
// every partition, and asks the brokers much: it is for tests and demonstrations.
func (w *Worker) settle(ctx context.Context) error {
	select {
	case <-w.ready:
	case <-ctx.Done():
		return ctx.Err()
	}

	for {
		before := w.activity()

		quiet, err := w.quiet(ctx, w.looks.still(before) >= stillLooks)
		if err != nil && ctx.Err() == nil {
			quiet = false // the brokers, or a stage, are on their way back
		}

		if quiet && w.activity() == before {
			return nil
		}

		select {
		case <-time.After(settleEvery):
		case <-ctx.Done():
			return fmt.Errorf("processors: not settled: %w", ctx.Err())
		}
	}
}

// looks are those of settle, over all of its calls.
type looks struct {
	mu       sync.Mutex
	activity int64
	count    int // since the activity last changed
}

// still counts a look, and returns how many in a row have seen the same activity.
func (l *looks) still(activity int64) int {
	l.mu.Lock()
	defer l.mu.Unlock()

	if activity != l.activity {
		l.activity, l.count = activity, 0
	}

	l.count++
	return l.count
}

// activity changes whenever anything happens.
func (w *Worker) activity() (n int64) {
	for _, s := range w.runners {
		in := s.current.Load()
		if in == nil {
			continue
		}

		n += in.handled.Load()
		if x := in.session.Load(); x != nil {
			n += x.calls.Moved()
		}
	}

	return n
}

// quiet reports whether nothing is outstanding but calls, if these may be. It asks the brokers only once the
// worker's own books are empty.
func (w *Worker) quiet(ctx context.Context, calls bool) (bool, error) {
	for _, s := range w.runners {
		if ok, err := s.quiet(calls); !ok || err != nil {
			return false, err
		}
	}

	newest, err := newestOffsets(w.client_, w.followed())
	if err != nil {
		return false, err
	}

	for _, s := range w.runners {
		if ok, err := s.hasRead(ctx, newest); !ok || err != nil {
			return false, err
		}
	}

	for _, c := range w.copies {
		if ok, err := c.caught(ctx, newest); !ok || err != nil {
			return false, err
		}
	}

	return true, nil
}

// followed returns the topics that the worker reads.
func (w *Worker) followed() []string {
	var topics []string
	for _, s := range w.runners {
		topics = append(topics, s.stage.Inputs...)
	}

	for _, c := range w.copies {
		topics = append(topics, c.changelog)
	}
	slices.Sort(topics)

	return slices.Compact(topics)
}

func (s *runner) quiet(calls bool) (bool, error) {
	in := s.current.Load()
	x := in.session.Load()
	if in.ctx.Err() != nil || x == nil || x.Context().Err() != nil || in.busy() ||
		len(x.parts) < int(s.partitions) {
		return false, in.ctx.Err()
	}

	calling := x.calls.Running()+x.calls.Shadows() > 0 && !calls
	if x.calls.Startable() || calling || x.wakes != nil && x.wakes.Len() > 0 {
		return false, nil
	}

	for _, p := range x.parts {
		if p.unread() > 0 {
			return false, nil
		}
	}

	return true, nil
}

// hasRead reports whether the stage has handled every record below the newest offsets.
func (s *runner) hasRead(ctx context.Context, newest offsets) (bool, error) {
	x := s.current.Load().session.Load()
	if x == nil {
		return false, nil
	}

	for _, p := range x.parts {
		for _, topic := range s.stage.Inputs {
			at := place{topic, p.id}
			p.mu.Lock()
			next, known := p.next[topic]
			p.mu.Unlock()

			if !known {
				return false, nil
			}

			if ok, err := s.w.ends.reached(ctx, s.w.client_, at, newest[at], next); !ok || err != nil {
				return false, err
			}
		}
	}

	return true, nil
}

type (
	place struct {
		topic     string
		partition int32
	}
	offsets map[place]int64
)

// newestOffsets returns the high-water marks of all partitions of the topics: one request for each broker.
func newestOffsets(client sarama.Client, topics []string) (offsets, error) {
	return offsetsAt(client, topics, sarama.OffsetNewest, sarama.ReadUncommitted)
}

// offsetsAt returns the newest or oldest offsets of topics, by one request to each broker. The newest for a
// reader of committed records is where the first open transaction begins.
func offsetsAt(client sarama.Client, topics []string, time int64,
	isolation sarama.IsolationLevel) (all offsets, err error) {
	defer func() {
		if err != nil {
			forgetLeaders(client)
		}
	}()

	asks := map[*sarama.Broker]*sarama.OffsetRequest{}
	for _, topic := range topics {
		parts, err := client.Partitions(topic)
		if err != nil {
			return nil, err
		}

		for _, part := range parts {
			leader, err := client.Leader(topic, part)
			if err != nil {
				return nil, err
			}

			if asks[leader] == nil {
				asks[leader] = sarama.NewOffsetRequest(client.Config().Version)
				asks[leader].IsolationLevel = isolation
			}
			asks[leader].AddBlock(topic, part, time, 1)
		}
	}

	all = offsets{}
	for broker, ask := range asks {
		answer, err := broker.GetAvailableOffsets(ask)
		if err != nil {
			_ = broker.Close() // it is opened again when it is asked again
			return nil, err
		}

		for topic, blocks := range answer.Blocks {
			for part, b := range blocks {
				if b.Err != sarama.ErrNoError {
					return nil, b.Err
				}
				all[place{topic, part}] = b.Offsets[0]
			}
		}
	}

	return all, nil
}

// ends remembers the ends of partitions as a reader of committed records sees them. That of one high-water
// mark does not change once no transaction is open below it.
type ends struct {
	mu    sync.Mutex
	known map[place]end
}

type end struct{ newest, visible int64 }

// reached reports whether a reader at position next has read what is committed below the newest offset.
func (e *ends) reached(ctx context.Context, client sarama.Client, at place, newest,
	next int64) (bool, error) {
	if next >= newest {
		return true, nil
	}

	e.mu.Lock()
	last, ok := e.known[at]
	e.mu.Unlock()

	if ok && last.newest == newest {
		return next >= last.visible, nil
	}

	visible, err := visibleEnd(ctx, client, at.topic, at.partition)
	if err != nil {
		return false, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()

	if e.known == nil {
		e.known = map[place]end{}
	}
	e.known[at] = end{newest, visible}

	return next >= visible, nil
}

// positionOf returns the lowest position that the groups of this worker have committed in a partition of a
// topic, 0 if there is none.
func (w *Worker) positionOf(topic string, partition int32) (int64, error) {
	select {
	case <-w.ready:
	default:
		return 0, errors.New("processors: tables are being recovered")
	}

	admin, err := sarama.NewClusterAdminFromClient(w.client_)
	if err != nil {
		return 0, fmt.Errorf("processors: %w", err)
	}

	lowest, found := int64(0), false
	for _, s := range w.runners {
		if !slices.Contains(s.stage.Inputs, topic) {
			continue
		}

		r, err := admin.ListConsumerGroupOffsets(s.group, map[string][]int32{topic: {partition}})
		if err != nil {
			return 0, fmt.Errorf("processors: positions of %s: %w", s.group, err)
		}

		if o := max(r.GetBlock(topic, partition).Offset, 0); !found || o < lowest {
			lowest, found = o, true
		}
	}

	if !found {
		return 0, fmt.Errorf("processors: nothing reads topic %q", topic)
	}

	return lowest, nil
}
