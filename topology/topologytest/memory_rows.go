package topologytest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// Sent implements Engine.
func (m *memory) Sent(topic string) (out []topology.Record) {
	log := m.logs[topic]
	for _, e := range log[m.taken[topic]:] {
		if !e.sent {
			r := topology.Record{Key: e.msg.Key, ID: e.msg.Headers["ce_id"], Topic: topic, Value: e.msg.Value,
				Tombstone: e.msg.Value == nil,
				Time:      e.msg.Time, Headers: e.msg.Headers, Partition: e.msg.Partition, Offset: e.msg.Offset}
			out = append(out, r)
		}
	}
	m.taken[topic] = len(log)

	return out
}

func (m *memory) stageOf(table string) *memoryStage {
	for _, s := range m.stages {
		if s.s.Table == table && table != "" {
			return s
		}
	}
	return &memoryStage{}
}

// Row implements state.Source.
func (m *memory) Row(_ context.Context, table, key string, into any) (state.Freshness, error) {
	if m.plan.Stage(table) == nil {
		return state.Freshness{}, fmt.Errorf("%w %q", state.ErrNoTable, table)
	}

	r := m.stageOf(table).row(key)
	f := state.Freshness{Version: r.Version, AsOf: time.Now()}
	if r.Bytes == nil {
		return f, nil
	}

	return f, plan.JSON{}.Unmarshal(r.Bytes, into)
}

// Keys implements state.Source.
func (m *memory) Keys(_ context.Context, table, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if m.plan.Stage(table) == nil {
			yield("", fmt.Errorf("%w %q", state.ErrNoTable, table))
			return
		}

		rows := m.stageOf(table).rows
		for _, k := range slices.Sorted(maps.Keys(rows)) {
			here := strings.HasPrefix(k, prefix) && (after == "" || k > after) && rows[k].Bytes != nil
			if here && !yield(k, nil) {
				return
			}
		}
	}
}

var _ Engine = (*memory)(nil)
