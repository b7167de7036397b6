package processors

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/state"
)

// Waiting implements state.Waits.
func (w *Worker) Waiting(_ context.Context, operator, after string, limit int) (
	page []state.Waiting, next string, err error,
) {
	p := waitingPage{limit: limit}
	from, key, _ := strings.Cut(after, "/")
	for _, s := range w.runners {
		if !s.stage.Waits || from != "" && s.stage.Name != from {
			continue
		}

		if p.isFull() {
			return p.heads, s.stage.Name, nil
		}

		last, more, err := s.waiting(&p, operator, key)
		if err != nil {
			return nil, "", fmt.Errorf("processors: what waits in stage %s: %w", s.group, moved(err))
		}

		if more {
			return p.heads, s.stage.Name + "/" + last, nil
		}
		from, key = "", ""
	}

	return p.heads, "", nil
}

// A waitingPage takes heads of queues until there are limit, or as many bytes as a page may have.
type waitingPage struct {
	limit int
	heads []state.Waiting
	size  int
}

func (p *waitingPage) isFull() bool { return len(p.heads) >= p.limit || p.size >= state.PageBytes }

func (p *waitingPage) add(heads []state.Waiting) {
	p.heads = append(p.heads, heads...)
	for _, h := range heads {
		p.size += len(h.Key) + len(h.ID) + len(h.Cause)
	}
}

// waiting adds to a page the heads of queues whose keys are greater than after. It returns the last key that
// it took, and whether there is another.
func (s *runner) waiting(page *waitingPage, operator, after string) (last string, more bool, err error) {
	in := s.current.Load()
	if in == nil {
		return "", false, &state.NotHereError{Table: s.stage.Table}
	}

	stores := map[int32]store.Store{}
	var all []store.Store
	for part := range s.partitions {
		if st := in.owned(part); st != nil {
			stores[part] = st
			all = append(all, st)
		}
	}

	last = after
	for key, err := range mergedOf(queueSpace, all, "", after) {
		switch {
		case err != nil:
			return "", false, err
		case page.isFull():
			return last, true, nil
		}
		last = key

		of, err := s.headsOf(stores[murmur2.Partition(key, s.partitions)], key, operator)
		if err != nil {
			return "", false, err
		}
		page.add(of)
	}

	return last, false, nil
}

// headsOf returns the heads of the queues of one key.
func (s *runner) headsOf(st store.Store, key, operator string) (heads []state.Waiting, err error) {
	if st == nil {
		return nil, fmt.Errorf("key %q is in the store of a partition that is not its own", key)
	}

	b, err := st.Get(queueSpace + key)
	if err != nil {
		return nil, err
	}

	queues, err := stage.UnpackQueues(b)
	if err != nil {
		return nil, err
	}

	for _, q := range queues {
		name := s.operator(q.Op)
		if operator != "" && operator != name {
			continue
		}

		b, err := st.Get(cellID{key, q.Op, q.First}.stored())
		if err != nil {
			return nil, err
		}

		if b == nil {
			continue // it was answered between the two
		}

		k, err := stage.DecodeKept(b)
		if err != nil {
			return nil, err
		}

		heads = append(heads, state.Waiting{
			Operator:  name,
			Key:       key,
			ID:        k.ID,
			Since:     k.Since,
			Deadline:  k.Deadline,
			Attempts:  q.Asked,
			Cause:     q.Cause,
			Behind:    q.Next - q.First - 1,
			Topic:     k.Topic,
			Partition: k.Partition,
			Offset:    k.Offset,
		})
	}

	return heads, nil
}

// operator returns the name of an operator that may have had another.
func (s *runner) operator(name string) string {
	for _, id := range s.stage.Nodes {
		n := &s.plan.Nodes[id]
		if n.Kind == plan.KindAsync && slices.Contains(n.Async.Was, name) {
			return n.Name
		}
	}
	return name
}

var _ state.Waits = (*Worker)(nil)
