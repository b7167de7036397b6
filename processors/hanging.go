package processors

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # Transactions that hang
//
// A transaction hangs in a partition if its coordinator has ended it and the partition has not heard of it. A
// broker that restarts can lose the marker that says so: "Couldn't find leader endpoint for partitions" is in
// its log then. Nothing ends such a transaction. All who read committed records wait in front of it: the
// consumers of the topic, recovery, copies; and a group whose positions it holds up can't start. Worse, the
// producer's next transaction in the partition would commit its records along with its own.
//
// A new marker is written if a transaction of the same id is aborted in the partition. So stages end what hangs
// of their own:
//
//   - Before a producer starts, what hangs of its transactional id: endOwn.
//   - When a partition can't be read to its end for long, or a group can't start, what hangs there of any
//     worker of this worker's stages, also of one that is gone: stuck.
//
// What hangs of others is named, with the command that ends it, and the stage is not ready: openTxn.describe.

// offsetsTopic is where brokers keep the positions of groups.
const offsetsTopic = "__consumer_offsets"

// offsetsOf returns the partition of offsetsTopic that has the positions of a group, as Java computes it.
func offsetsOf(group string, partitions int) int32 {
	var hash int32
	for _, c := range []byte(group) {
		hash = 31*hash + int32(c)
	}
	return (hash & 0x7fffffff) % int32(partitions)
}

// An openTxn is a transaction that is open in a partition.
type openTxn struct {
	place
	producer int64
	start    int64     // its first offset
	last     time.Time // of its newest record

	id    string // transactional id; "": not known
	hangs bool   // the coordinator has ended it
}

// describe returns what blocks the partition, and how to unblock it.
func (t *openTxn) describe(brokers []string) string {
	who := fmt.Sprintf("producer %d", t.producer)
	if t.id != "" {
		who = fmt.Sprintf("producer %d, transactional id %s,", t.producer, t.id)
	}

	held := "the records behind it can't be read"
	if t.topic == offsetsTopic {
		held = "positions of the group can't be read"
	}

	text := fmt.Sprintf("a transaction of %s is open in %s/%d, and %s. Its newest record is of %s. ",
		who, t.topic, t.partition, held, t.last.UTC().Format(time.RFC3339))
	if !t.hangs {
		return text + "It is over when its producer ends it, or by its own time-out"
	}

	command := fmt.Sprintf("kafka-transactions.sh --bootstrap-server %s abort --topic %s --partition %d "+
		"--start-offset %d", strings.Join(brokers, ","), t.topic, t.partition, t.start)
	if t.id == "" {
		return text + "No coordinator tells of it: unless this worker may not see it, it hangs. End it then: " +
			command
	}

	return text + "It hangs: its coordinator has ended it, and the marker was lost, as can happen when a " +
		"broker restarts. End it: " + command
}

// openTxns returns the transactions that are open at places, by one request for each leader. Places that
// can't be asked about are left out: not every principal may.
func openTxns(client sarama.Client, places []place) (open []openTxn, err error) {
	defer func() {
		if err != nil {
			forgetLeaders(client)
		}
	}()

	asks := map[*sarama.Broker]map[string][]int32{}
	for _, at := range places {
		leader, err := client.Leader(at.topic, at.partition)
		if err != nil {
			return nil, err
		}

		if asks[leader] == nil {
			asks[leader] = map[string][]int32{}
		}
		asks[leader][at.topic] = append(asks[leader][at.topic], at.partition)
	}

	for leader, topics := range asks {
		ask := &sarama.DescribeProducersRequest{}
		for topic, parts := range topics {
			ask.Topics = append(ask.Topics, sarama.DescribeProducersRequestTopic{
				Name: topic, PartitionIndexes: parts})
		}

		answer, err := leader.DescribeProducers(ask)
		if err != nil {
			_ = leader.Close() // it is opened again when it is asked again
			return nil, err
		}

		for _, topic := range answer.Topics {
			for _, part := range topic.Partitions {
				if part.ErrorCode == sarama.ErrNotLeaderForPartition {
					return nil, part.ErrorCode
				}

				for _, p := range part.ActiveProducers {
					if p.CurrentTxnStartOffset < 0 {
						continue
					}
					open = append(open, openTxn{
						place:    place{topic.Name, part.PartitionIndex},
						producer: p.ProducerID,
						start:    p.CurrentTxnStartOffset,
						last:     time.UnixMilli(p.LastTimestamp),
					})
				}
			}
		}
	}

	slices.SortFunc(open, func(a, b openTxn) int { return int(a.start - b.start) })

	return open, nil
}

// written returns the partitions to which the stage's transactions write, its positions included.
func (s *runner) written(client sarama.Client) (places []place) {
	for _, topic := range s.touched() {
		if t := s.plan.Topic(topic); t != nil && !t.Written {
			continue // it may have very many producers
		}

		for part := range s.w.topics[topic].partitions {
			places = append(places, place{topic, part})
		}
	}

	return append(places, s.positionsPlace(client)...)
}

// positionsPlace is where the positions of the stage's group are. It is empty if that can't be told.
func (s *runner) positionsPlace(client sarama.Client) []place {
	parts, err := client.Partitions(offsetsTopic)
	if err != nil || len(parts) == 0 {
		return nil
	}
	return []place{{offsetsTopic, offsetsOf(s.group, len(parts))}}
}

// endOwn ends what hangs of the stage's own transactional id. The id gets a new epoch first: its coordinator
// has ended all of its transactions then, and one that is open nevertheless hangs.
func (in *incarnation) endOwn(client sarama.Client) error {
	ctx, cancel := context.WithTimeout(in.ctx, in.s.w.c.patience())
	defer cancel()

	t := &txnID{client: client, id: in.s.transactional(), timeout: in.s.w.c.SessionTimeout}
	if err := untilAnswered(ctx, t.begin); err != nil {
		return err
	}

	open, err := openTxns(client, in.s.written(client))
	if err != nil {
		in.s.w.c.Logger.Debug("it is not known whether transactions hang", "stage", in.s.group, "err", err)
		return nil // old brokers can't tell
	}

	own := slices.DeleteFunc(open, func(o openTxn) bool {
		return o.producer != t.producer || testhook.IsOff(testhook.Hanging)
	})

	return in.s.end(ctx, t, own)
}

// end ends transactions that hang, by one transaction of their id that is aborted in their partitions. t has
// the epoch that it was given last.
func (s *runner) end(ctx context.Context, t *txnID, open []openTxn) error {
	if len(open) == 0 {
		return nil
	}

	topics, positions := map[string][]int32{}, false
	for _, o := range open {
		if o.topic == offsetsTopic {
			positions = true
		} else if !slices.Contains(topics[o.topic], o.partition) {
			topics[o.topic] = append(topics[o.topic], o.partition)
		}
	}

	var err error
	if len(topics) > 0 {
		err = untilAnswered(ctx, func() error { return t.add(topics) })
	}

	if err == nil && positions {
		err = untilAnswered(ctx, func() error { return t.addPositions(s.group) })
	}

	if err == nil {
		err = untilAnswered(ctx, t.abort)
	}

	if err != nil {
		return fmt.Errorf("end transactions that hang: %w", err)
	}

	s.w.c.Logger.Warn("ended transactions that a broker had left open, as can happen when it restarts",
		"stage", s.group, "transactional id", t.id, "producer", t.producer,
		"topics", slices.Sorted(maps.Keys(topics)), "positions", positions)

	return nil
}

// watchTransactions looks again and again whether the partitions that the stages read and write can be read
// to their ends, until ctx ends. What has not moved for a while is looked into.
func (w *Worker) watchTransactions(ctx context.Context) error {
	again := time.NewTicker(max(w.c.SessionTimeout/2, time.Second))
	defer again.Stop()

	seen := map[place]standstill{}
	for {
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil
		}

		for _, s := range w.runners {
			if x := s.session(); x != nil {
				s.watchTransactions(ctx, x, seen)
			}
		}
	}
}

// A standstill is where a partition ends for readers of committed records, before its real end.
type standstill struct {
	end  int64
	from time.Duration // uptime
}

// session returns the session that the stage is in, or nil.
func (s *runner) session() *session {
	in := s.current.Load()
	if in == nil {
		return nil
	}

	x := in.session.Load()
	if x == nil || x.Context().Err() != nil {
		return nil
	}

	return x
}

func (s *runner) watchTransactions(ctx context.Context, x *session, seen map[place]standstill) {
	topics := s.touched()

	committed, err := offsetsAt(s.w.client_, topics, sarama.OffsetNewest, sarama.ReadCommitted)
	if err != nil {
		return // others tell that the brokers are gone
	}

	newest, err := newestOffsets(s.w.client_, topics)
	if err != nil {
		return
	}

	var still []place
	for at, end := range committed {
		switch was, ok := seen[at]; {
		case end == newest[at] || s.reads(at.topic) && x.parts[at.partition] == nil:
			delete(seen, at)
		case !ok || was.end != end:
			seen[at] = standstill{end, uptime()}
		case uptime()-was.from > s.w.c.tooLong():
			still = append(still, at)
		}
	}

	reason := ""
	if len(still) > 0 {
		reason = s.stuck(ctx, still)
	}
	s.trouble(reason)
}

// touched returns the topics that the stage reads or writes, whatever becomes of an event.
func (s *runner) touched() []string {
	topics := append(s.topics(), s.plan.DeadLetters(), s.plan.Journal(), s.plan.JournalParts())
	slices.Sort(topics)

	return slices.DeleteFunc(slices.Compact(topics), func(topic string) bool {
		return s.w.topics[topic].partitions == 0
	})
}

// reads reports whether the stage reads a topic. It can't do without the positions of its group either.
func (s *runner) reads(topic string) bool {
	return topic == s.changelog || topic == s.cells || topic == offsetsTopic ||
		slices.Contains(s.stage.Inputs, topic)
}

// stuck looks into what holds places up, after nothing has moved there for long. It ends what hangs of this
// worker's stages, and returns what others have to do, or "".
func (s *runner) stuck(ctx context.Context, places []place) (reason string) {
	ctx, cancel := context.WithTimeout(ctx, s.w.c.patience())
	defer cancel()

	c := s.w.c.sarama(s.w.client("transactions"), s.w.conns)
	c.Version = sarama.V3_0_0_0 // has requests that list transactions

	client, err := sarama.NewClient(s.w.c.Brokers, c)
	if err != nil {
		return ""
	}
	defer client.Close()

	open, err := s.lookInto(client, places)
	if err != nil {
		s.w.c.Logger.Debug("it is not known which transaction is open", "stage", s.group, "err", err)
		return ""
	}

	own := map[string][]openTxn{}
	for _, o := range open {
		switch {
		case o.hangs && s.w.stageOf(o.id) != nil:
			own[o.id] = append(own[o.id], o)
		case reason == "" && s.reads(o.topic) && (o.hangs || o.topic != offsetsTopic):
			reason = o.describe(s.w.c.Brokers) // the first holds up the others
		}
	}

	for id, open := range own {
		t := &txnID{client: client, id: id, timeout: s.w.c.SessionTimeout}

		err := untilAnswered(ctx, t.begin)
		if err == nil {
			err = s.w.stageOf(id).end(ctx, t, open)
		}

		if err != nil && reason == "" {
			reason = fmt.Sprintf("%s (%v)", open[0].describe(s.w.c.Brokers), err)
		}
	}

	return reason
}

// stageOf returns the stage whose workers have a transactional id, also those of a former version, or nil.
func (w *Worker) stageOf(id string) *runner {
	for _, s := range w.runners {
		if strings.HasPrefix(id, s.group+":") || strings.HasPrefix(id, s.group+"-") {
			return s
		}
	}
	return nil
}

// lookInto returns the open transactions of places with what their coordinators know of them.
//
// A coordinator ends a transaction when its markers are written. So one that was open before, which its
// coordinator doesn't know, and which is still open after, has lost its marker.
func (s *runner) lookInto(client sarama.Client, places []place) ([]openTxn, error) {
	open, err := openTxns(client, places)
	if err != nil || len(open) == 0 {
		return nil, err
	}

	known, err := transactions(client, open)
	if err != nil {
		return open, nil // old brokers can't tell: none is known to hang
	}

	after, err := openTxns(client, places)
	if err != nil {
		return nil, err
	}

	for i := range after {
		o := &after[i]
		before := slices.ContainsFunc(open, func(b openTxn) bool {
			return b.place == o.place && b.producer == o.producer && b.start == o.start
		})
		k := known[o.producer]
		o.id = k.id
		o.hangs = before && !k.places[o.place]
	}

	return after, nil
}

// A knownTxn is what the coordinator knows of the transactional id of a producer.
type knownTxn struct {
	id     string
	places map[place]bool // of the transaction that is under way
}

// transactions asks all brokers about the transactions of producers.
func transactions(client sarama.Client, open []openTxn) (map[int64]knownTxn, error) {
	list := &sarama.ListTransactionsRequest{DurationFilter: -1}
	for _, o := range open {
		if !slices.Contains(list.ProducerIDFilters, o.producer) {
			list.ProducerIDFilters = append(list.ProducerIDFilters, o.producer)
		}
	}

	known := map[int64]knownTxn{}
	for _, b := range client.Brokers() {
		_ = b.Open(client.Config())

		answer, err := b.ListTransactions(list)
		if err != nil {
			return nil, err
		}

		if answer.ErrorCode != sarama.ErrNoError {
			return nil, answer.ErrorCode
		}

		describe := &sarama.DescribeTransactionsRequest{}
		for _, t := range answer.TransactionStates {
			describe.TransactionalIDs = append(describe.TransactionalIDs, t.TransactionalID)
		}

		details, err := b.DescribeTransactions(describe)
		if err != nil {
			return nil, err
		}

		for _, t := range details.TransactionStates {
			if t.ErrorCode != sarama.ErrNoError {
				return nil, t.ErrorCode
			}

			k := knownTxn{id: t.TransactionalID, places: map[place]bool{}}
			for _, topic := range t.Topics {
				for _, part := range topic.Partitions {
					k.places[place{topic.Topic, part}] = true
				}
			}
			known[t.ProducerID] = k
		}
	}

	return known, nil
}
