package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// A streamTime is the newest event time of a topic. On a day that is replayed, it is what the clocks there
// show: a message that is stamped with our time would come years too late. Without a topic it is our time.
type streamTime struct {
	topic string
	ends  map[int32]int64 // where to go on
	at    time.Time
	zone  *time.Location // in which it is told. Defaults to that of the newest event
}

// newStreamTime reads the newest events of a topic, if there is such a topic.
func newStreamTime(ctx context.Context, client *processors.Client, topic string) (s streamTime, err error) {
	topics, err := client.Topics()
	if err != nil || !slices.Contains(topics, topic) {
		return s, err
	}

	s.topic = topic
	if s.ends, err = client.Ends(ctx, topic); err != nil {
		return s, err
	}

	last := map[int32]int64{}
	for part, end := range s.ends {
		last[part] = max(0, end-1)
	}

	for r, err := range client.Follow(ctx, topic, processors.FollowOptions{Offsets: last, ToEnd: true}) {
		if err != nil {
			return s, fmt.Errorf("--clock %s: %w", topic, err)
		}
		s.take(r)
	}

	return s, ctx.Err()
}

// take takes in an event: the time that it names, with its offset, else that of the record.
func (s *streamTime) take(r topology.Record) {
	var e struct{ Time time.Time }
	if json.Unmarshal(r.Value, &e) != nil || e.Time.IsZero() {
		e.Time = r.Time
	}

	if e.Time.After(s.at) {
		s.at = e.Time
	}
}

func (s *streamTime) now() time.Time {
	if s.at.IsZero() {
		return time.Now()
	}

	if s.zone != nil {
		return s.at.In(s.zone)
	}
	return s.at
}
