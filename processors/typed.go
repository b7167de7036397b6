package processors

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/slipstream-go/slipstream/topology"
)

// Send sends one event, typed, and returns when the brokers have it. The value is encoded as JSON, which is
// the default codec of topics; to a topic with another one, send bytes by [Client.Send]. The event's time is
// now.
func Send[K ~string, V any](ctx context.Context, c *Client, topic topology.Topic[K, V], key K,
	value V) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("processors: send to %s, key %q: %w", topic, key, err)
	}
	return c.Send(ctx, topology.Record{Topic: string(topic), Key: string(key), Value: b})
}

// Follow yields the committed events of a topic, typed. Values are decoded from JSON, which is the default
// codec of topics; a tombstone is the zero V. It ends like [Client.Follow]. An event that can't be decoded
// comes with an error that names it, and is followed by the rest if the caller goes on.
func Follow[K ~string, V any](
	ctx context.Context, c *Client, topic topology.Topic[K, V], o FollowOptions,
) iter.Seq2[topology.Event[K, V], error] {
	return func(yield func(topology.Event[K, V], error) bool) {
		for r, err := range c.Follow(ctx, string(topic), o) {
			e := topology.Event[K, V]{
				Key:       K(r.Key),
				ID:        r.ID,
				Time:      r.Time,
				Headers:   r.Headers,
				Topic:     r.Topic,
				Partition: r.Partition,
				Offset:    r.Offset,
			}
			if err == nil && !r.Tombstone {
				err = json.Unmarshal(r.Value, &e.Value)
			}

			if err != nil && r.Topic != "" {
				err = fmt.Errorf("processors: follow %s/%d offset %d, key %q: %w",
					r.Topic, r.Partition, r.Offset, r.Key, err)
			}

			if !yield(e, err) {
				return
			}
		}
	}
}
