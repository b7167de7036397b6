package processors

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"
)

// settle returns when this worker has processed and committed everything that its topics hold, its copies have followed,
// and all that is outstanding are calls that take their time. It waits until this worker owns every partition, and asks
// the brokers much: it is for tests and demonstrations.
func (w *Worker) settle(ctx context.Context) error {
	select {
	case <-w.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		before := w.activity()
		quiet, err := w.quiet(ctx)
		if err != nil && ctx.Err() == nil {
			quiet = false // the brokers, or a stage, are on their way back
		}
		if quiet && before == w.activity() {
			return nil
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("processors: not settled: %w", ctx.Err())
		}
	}
}

// activity changes whenever anything happens.
func (w *Worker) activity() (n int64) {
	for _, s := range w.runners {
		if in := s.current.Load(); in != nil {
			n += in.handled.Load()
		}
	}
	return n
}

func (w *Worker) quiet(ctx context.Context) (bool, error) {
	for _, s := range w.runners {
		if ok, err := s.quiet(ctx); !ok || err != nil {
			return false, err
		}
	}
	for _, c := range w.copies {
		if ok, err := c.caught(ctx, w.client_); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *runner) quiet(ctx context.Context) (bool, error) {
	in := s.current.Load()
	x := in.session.Load()
	if in.ctx.Err() != nil || x == nil || x.Context().Err() != nil || in.busy() || !x.calls.Idle(30*time.Millisecond) || len(x.parts) < int(s.partitions) {
		return false, in.ctx.Err()
	}
	for _, p := range x.parts {
		if p.unread() > 0 {
			return false, nil
		}
		for _, topic := range s.stage.Inputs {
			if ok, err := p.read(ctx, s.w.client_, topic); !ok || err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// read says whether the partition has handled every record of a topic.
func (p *partition) read(ctx context.Context, client sarama.Client, topic string) (bool, error) {
	p.mu.Lock()
	next, known := p.next[topic]
	p.mu.Unlock()
	if !known {
		return false, nil
	}
	if end, err := client.GetOffset(topic, p.id, sarama.OffsetNewest); err != nil || next >= end {
		return err == nil, err
	}
	end, err := visibleEnd(ctx, client, topic, p.id)
	return next >= end, err
}

// positionOf returns the lowest position that the groups of this worker have committed in a partition of a topic, 0 if
// there is none.
func (w *Worker) positionOf(topic string, partition int32) (int64, error) {
	if err := w.unready(); err != nil {
		return 0, fmt.Errorf("processors: %w", err)
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
