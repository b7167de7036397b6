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
	from, key, _ := strings.Cut(after, "/")
	for _, s := range w.runners {
		if !s.stage.Waits || from != "" && s.stage.Name != from {
			continue
		}

		heads, last, err := s.waiting(operator, key, limit-len(page))
		if err != nil {
			return nil, "", fmt.Errorf("processors: what waits in stage %s: %w", s.group, moved(err))
		}
		page = append(page, heads...)

		if last != "" {
			return page, s.stage.Name + "/" + last, nil
		}
		from, key = "", ""
	}

	return page, "", nil
}

// waiting returns the heads of up to limit queues whose keys are greater than after, and the last key if
// there may be more.
func (s *runner) waiting(operator, after string, limit int) (heads []state.Waiting, last string, err error) {
	in := s.current.Load()
	if in == nil {
		return nil, "", &state.NotHereError{Table: s.stage.Table}
	}

	stores := map[int32]store.Store{}
	var all []store.Store
	for part := range s.partitions {
		if st := in.owned(part); st != nil {
			stores[part] = st
			all = append(all, st)
		}
	}

	for key, err := range mergedOf(queueSpace, all, "", after) {
		if err != nil {
			return nil, "", err
		}

		if len(heads) >= limit {
			return heads, after, nil
		}
		after = key

		of, err := s.headsOf(stores[murmur2.Partition(key, s.partitions)], key, operator)
		if err != nil {
			return nil, "", err
		}
		heads = append(heads, of...)
	}

	return heads, "", nil
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
