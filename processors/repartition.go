package processors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/topology"
)

// # Another number of partitions
//
// A key's partition follows from the number of partitions. When partitions are added, most keys move, and
// their rows and the events that wait have to move, too. No worker may run meanwhile, and none does: until it
// is all done, the signatures of the positions have the former number, so that each worker is refused.
//
// Each step can be done again, so a crash does no harm:
//
//  1. Check: the groups are empty, and no unread event is in another partition than its key's new one.
//     Nothing has changed until then.
//  2. Sign the positions that have no signature, with the former number.
//  3. Add partitions to the topics of the topology's own.
//  4. Move the latest record of each key of the changelogs, and of the topics of events that wait: the record
//     in the new partition and its deletion in the old one are in one transaction.
//  5. Commit the positions, those of new partitions among them, with the new number. The broker refuses that
//     if the group has got a member.
//
// What is not kept by partition stays as it is: the journal, and dead letters.

// A Moved is what [Repartition] has done for a stage.
type Moved struct {
	Stage   string // its consumer group
	Rows    int    // that have moved
	Waiting int    // records of events that wait, and of their attempts, that have moved
}

// Repartition moves what the stages of a topology keep to another number of partitions, while no worker runs.
// It uses Brokers, TLS, SASL, Dialer, Logger and SessionTimeout of the config.
//
// Stages whose inputs have that number are moved; inputs that the topology itself writes are grown with them.
// Stages whose inputs all have another number, as their state does, are left alone. Before partitions are
// added to an input, its producers must pause until the workers have read it to the end, since an event that
// is unread then would be in the wrong partition: that is refused. What has failed can be done again.
//
// All keys of a topic are in memory while it is moved, and the rows that move.
func Repartition(ctx context.Context, c Config, t *topology.Topology, partitions int) ([]Moved, error) {
	if partitions < 1 {
		return nil, fmt.Errorf("processors: repartition: %d partitions", partitions)
	}
	c.Instance, c.Dir, c.Listen, c.Guarantee = "", "", "", ExactlyOnce

	w, err := NewWorker(c, t)
	if err != nil {
		return nil, err
	}
	return w.repartition(ctx, int32(partitions))
}

func (w *Worker) repartition(ctx context.Context, n int32) ([]Moved, error) {
	w.conns = w.c.connections()
	defer context.AfterFunc(ctx, w.conns.cut)()

	stop, err := w.connect()
	if err != nil {
		return nil, err
	}

	r := &repartition{w: w, n: n, before: map[string]map[place]position{}}
	if r.admin, err = sarama.NewClusterAdminFromClient(w.client_); err == nil {
		err = r.run(ctx)
	}

	return r.moved, errors.Join(err, stop())
}

type repartition struct {
	w      *Worker
	admin  sarama.ClusterAdmin
	n      int32
	topics *topics
	stages []*runner // to be moved
	own    []string  // their topics of the topology's own that exist, changelogs and cells among them
	inputs []string  // all of their inputs that exist

	before map[string]map[place]position // by group: its positions
	prod   *producer
	moved  []Moved
}

func (r *repartition) run(ctx context.Context) error {
	r.topics = &topics{admin: r.admin, c: r.w.c, want: map[string]*wanted{}}
	if err := r.topics.list(r.w.plans); err != nil {
		return err
	}

	for _, s := range r.w.runners {
		if cells := s.plan.Cells(s.stage); r.topics.want[cells] != nil {
			s.cells = cells
		}
	}

	for _, step := range []func(context.Context) error{
		r.choose, r.describe, r.check, r.sign, r.grow, r.move, r.finish,
	} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("processors: repartition: %w", err)
		}
	}

	return nil
}

// choose finds the stages that are to be moved.
func (r *repartition) choose(context.Context) error {
	seen := map[string]bool{}
	var apart []string
	for _, s := range r.w.runners {
		if seen[s.stage.Inputs[0]] {
			continue
		}

		group := r.topics.together(s.stage.Inputs[0], nil)
		for _, name := range group {
			seen[name] = true
		}

		chosen, err := r.isChosen(group)
		if err != nil {
			return err
		}

		if !chosen {
			apart = append(apart, s.group)
			continue
		}

		if err := r.add(group); err != nil {
			return err
		}
	}

	if len(r.stages) == 0 {
		return fmt.Errorf("no stage has inputs with %d partitions (%s). Add partitions to the inputs first, "+
			"when the workers have read them to the end and are stopped: kafka-topics --alter --topic T "+
			"--partitions %d", r.n, strings.Join(apart, ", "), r.n)
	}

	return nil
}

// isChosen reports whether topics that must have the same number of partitions get the new one.
func (r *repartition) isChosen(group []string) (bool, error) {
	counts, most := map[int32]string{}, int32(0)
	others := "" // an input that has another number, and that the topology doesn't write
	for _, name := range group {
		d, exists := r.topics.have[name]
		if !exists {
			continue
		}
		counts[d.NumPartitions] = name
		most = max(most, d.NumPartitions)

		if !r.isOwn(name) && d.NumPartitions != r.n {
			others = name
		}
	}

	switch {
	case len(counts) == 0: // a worker creates them
		return false, nil
	case len(counts) == 1 && (others != "" || most > r.n):
		return false, nil
	case most > r.n:
		return false, fmt.Errorf("topic %s has %d partitions: Kafka can't take any away", counts[most], most)
	case others != "":
		return false, fmt.Errorf("input %s has %d partitions: all inputs of a stage must have %d, before "+
			"what it keeps is moved", others, r.topics.have[others].NumPartitions, r.n)
	}

	return true, nil
}

// isOwn reports whether the topology may add partitions to a topic: it writes it, or keeps its state there.
func (r *repartition) isOwn(name string) bool {
	for _, p := range r.w.plans {
		if t := p.Topic(name); t != nil && !t.Written {
			return false
		}
	}
	return true
}

// add takes in stages whose topics must have the same number of partitions.
func (r *repartition) add(group []string) error {
	for _, name := range group {
		if _, exists := r.topics.have[name]; exists && r.isOwn(name) {
			r.own = append(r.own, name)
		}
	}

	for _, s := range r.w.runners {
		if !slices.Contains(group, s.stage.Inputs[0]) {
			continue
		}
		r.stages = append(r.stages, s)

		for _, name := range s.stage.Inputs {
			if _, exists := r.topics.have[name]; !exists {
				return fmt.Errorf("topic %s does not exist: a worker creates it", name)
			}
			r.inputs = append(r.inputs, name)
		}
	}

	return nil
}

// describe finds the ids of topics, for signatures, and gives the stages the new number.
func (r *repartition) describe(ctx context.Context) error {
	names := slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.own, r.inputs))))

	have := map[string]int32{}
	for _, name := range names {
		have[name] = r.topics.have[name].NumPartitions
	}

	if err := r.await(ctx, have); err != nil {
		return err
	}

	found, err := r.admin.DescribeTopics(names)
	if err != nil {
		return err
	}

	r.w.topics = map[string]topicInfo{}
	for _, m := range found {
		if m.Err != sarama.ErrNoError {
			return fmt.Errorf("describe topic %s: %w", m.Name, m.Err)
		}
		r.w.topics[m.Name] = topicInfo{partitions: int32(len(m.Partitions)), id: m.Uuid.String()}
	}

	for _, s := range r.stages {
		s.partitions = r.n
	}

	return nil
}

// sign gives positions without a signature that of the former number of partitions, so that a worker that is
// started before all is done is refused.
func (r *repartition) sign(context.Context) error {
	for _, s := range r.stages {
		was := r.w.topics[s.changelog].partitions
		if !s.stage.Keeps || was == 0 || was == r.n {
			continue
		}

		committed, err := s.committed()
		if err != nil {
			return err
		}

		ps := positions{}
		for at, p := range committed {
			if !p.signed {
				ps.add(at.topic, at.partition, p.next)
			}
		}

		s.partitions = was
		err = r.commit(s, ps)
		s.partitions = r.n
		if err != nil {
			return err
		}
	}

	return nil
}

// commit commits positions of a group that has no members.
func (r *repartition) commit(s *runner, ps positions) error {
	if len(ps) == 0 {
		return nil
	}
	ps.sign(s)

	ask := sarama.NewOffsetCommitRequest(r.w.client_.Config(), s.group)
	ask.ConsumerGroupGeneration = sarama.GroupGenerationUndefined
	for topic, of := range ps {
		for _, p := range of {
			ask.AddBlockWithLeaderEpoch(topic, p.Partition, p.Offset, p.LeaderEpoch, 0, *p.Metadata)
		}
	}

	b, err := r.w.client_.Coordinator(s.group)
	if err != nil {
		return err
	}

	answer, err := b.CommitOffset(ask)
	if err != nil {
		return err
	}

	for topic, parts := range answer.Errors {
		for part, code := range parts {
			if code != sarama.ErrNoError {
				return fmt.Errorf("commit the position of group %s in %s/%d: %w: a worker may have been "+
					"started", s.group, topic, part, code)
			}
		}
	}

	return nil
}

// grow adds partitions to the topology's own topics, and waits until they have leaders.
func (r *repartition) grow(ctx context.Context) error {
	for _, name := range r.own {
		if r.w.topics[name].partitions < r.n {
			if err := r.admin.CreatePartitions(name, r.n, nil, false); err != nil {
				return fmt.Errorf("add partitions to topic %s: %w", name, err)
			}
			r.w.c.Logger.Info("partitions are added", "topic", name,
				"had", r.w.topics[name].partitions, "has", r.n)
		}
	}

	want := map[string]int32{}
	for _, name := range r.own {
		want[name] = r.n
	}
	return r.await(ctx, want)
}

// await waits until topics have their partitions, and the leaders of these know that they are: brokers hear
// of new partitions one after the other.
func (r *repartition) await(ctx context.Context, want map[string]int32) error {
	for {
		ready, err := r.areServed(want)
		if ready || err != nil {
			return err
		}

		select {
		case <-time.After(settlePause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *repartition) areServed(want map[string]int32) (bool, error) {
	names := slices.Sorted(maps.Keys(want))
	if err := r.w.client_.RefreshMetadata(names...); err != nil {
		return false, err
	}

	found, err := r.admin.DescribeTopics(names)
	if err != nil {
		return false, err
	}

	for _, m := range found {
		if m.Err != sarama.ErrNoError || leaderless(m) || len(m.Partitions) < int(want[m.Name]) {
			return false, nil
		}
	}

	newest, err := newestOffsets(r.w.client_, names)
	if errors.Is(err, sarama.ErrNotLeaderForPartition) || errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		return false, nil
	}

	for name, n := range want {
		if _, known := newest[place{name, n - 1}]; !known {
			return false, err
		}
	}

	return true, err
}

// finish commits the positions with the new number: from here on, workers may start.
func (r *repartition) finish(context.Context) error {
	for _, s := range r.stages {
		committed, err := s.committed()
		if err != nil {
			return err
		}

		if len(committed) == 0 { // the stage has never run
			continue
		}

		ps := positions{}
		for _, topic := range s.stage.Inputs {
			for part := range r.n {
				next, err := r.position(s, committed, place{topic, part})
				if err != nil {
					return err
				}
				ps.add(topic, part, next)
			}
		}

		if err := r.commit(s, ps); err != nil {
			return err
		}
	}

	return nil
}

// position is where a stage goes on: in a new partition, at its beginning.
func (r *repartition) position(s *runner, committed map[place]position, at place) (int64, error) {
	now, known := committed[at]
	if now.next != r.before[s.group][at].next {
		return 0, fmt.Errorf("the position of group %s in %s/%d has changed: a worker has run meanwhile",
			s.group, at.topic, at.partition)
	}

	if known {
		return now.next, nil
	}
	return r.w.client_.GetOffset(at.topic, at.partition, sarama.OffsetOldest)
}
