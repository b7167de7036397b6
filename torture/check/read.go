package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A Record is one that was committed.
type Record struct {
	Place
	Key       string
	Value     []byte // nil: a tombstone
	Headers   map[string]string
	Timestamp time.Time
}

// decode reads the value. What is no JSON of its topic's is a finding.
func decode[T any](r Record, bad *Findings) (v T, ok bool) {
	if err := json.Unmarshal(r.Value, &v); err != nil {
		bad.Add("unreadable", "%v: %v", r.Place, err)
		return v, false
	}
	return v, true
}

// Read returns the committed records of topics, in the order of each partition. A topic that does not exist
// has none. It waits until no transaction is open; an error says that one stays so.
func Read(ctx context.Context, brokers, topics []string) (map[string][]Record, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	admin := kadm.NewClient(client)

	all := map[string][]Record{}
	for _, topic := range topics {
		ends, err := ends(ctx, admin, topic)
		if errors.Is(err, kerr.UnknownTopicOrPartition) {
			continue
		}

		if err == nil {
			all[topic], err = readTopic(ctx, brokers, topic, ends)
		}

		if err != nil {
			return all, fmt.Errorf("read %s: %w", topic, err)
		}
	}

	return all, nil
}

// An OpenError says that a transaction is open that should have ended: nothing behind it can be read.
type OpenError struct {
	Topic     string
	Partition int32
	Stable    int64 // where it begins
	End       int64
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("a transaction is open in %s/%d at offset %d of %d", e.Topic, e.Partition, e.Stable,
		e.End)
}

// openPatience is how long a transaction may be open after all workers have ended: its time-out is the
// session's, and Kafka looks for those every ten seconds.
const openPatience = 60 * time.Second

// ends returns the offsets at which the partitions of a topic end, once no transaction is open. A broker that
// is not there yet is asked again.
func ends(ctx context.Context, admin *kadm.Client, topic string) (map[int32]int64, error) {
	for end := time.Now().Add(openPatience); ; time.Sleep(200 * time.Millisecond) {
		found, err := endsNow(ctx, admin, topic)
		isFinal := err == nil || errors.Is(err, kerr.UnknownTopicOrPartition) || ctx.Err() != nil
		if isFinal || time.Now().After(end) {
			return found, err
		}
	}
}

func endsNow(ctx context.Context, admin *kadm.Client, topic string) (map[int32]int64, error) {
	stable, err := admin.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = stable.Error()
	}

	newest, e := admin.ListEndOffsets(ctx, topic)
	if err = errors.Join(err, e); err == nil {
		err = newest.Error()
	}

	if err != nil {
		return nil, err
	}

	ends := map[int32]int64{}
	newest.Each(func(o kadm.ListedOffset) {
		ends[o.Partition] = o.Offset
		if s, _ := stable.Lookup(topic, o.Partition); s.Offset < o.Offset {
			err = &OpenError{topic, o.Partition, s.Offset, o.Offset}
		}
	})

	return ends, err
}

// readTopic reads up to the ends. Control records are among what it is told, since nothing else may stand
// before an end.
func readTopic(ctx context.Context, brokers []string, topic string, ends map[int32]int64) ([]Record, error) {
	from, left := map[int32]kgo.Offset{}, map[int32]int64{}
	for part, end := range ends {
		if end > 0 {
			from[part], left[part] = kgo.NewOffset().AtStart(), end
		}
	}

	if len(left) == 0 {
		return nil, nil
	}

	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(100*time.Millisecond),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	if err != nil {
		return nil, err
	}
	defer client.Close()

	var all []Record
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return all, ctx.Err()
		}

		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset >= left[r.Partition]-1 {
				delete(left, r.Partition)
			}

			if !r.Attrs.IsControl() {
				all = append(all, record(r))
			}
		})
	}

	return all, nil
}

func record(r *kgo.Record) Record {
	out := Record{Place: Place{r.Topic, r.Partition, r.Offset}, Key: string(r.Key), Value: r.Value,
		Headers: map[string]string{}, Timestamp: r.Timestamp}
	for _, h := range r.Headers {
		out.Headers[h.Key] = string(h.Value)
	}
	return out
}
