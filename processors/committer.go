package processors

import (
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// commits runs the committer of a session: at once when idle, every Config.CommitEvery under load. The first transaction
// carries the start positions.
func (in *incarnation) commits(x *session) {
	defer close(x.committed)
	select {
	case <-x.known:
	case <-x.Context().Done():
		return
	}
	for {
		if err := in.commit(x); err != nil {
			in.fail(err)
			return
		}
		in.s.ready()
		last := time.Now()
		select {
		case <-in.wakeup:
		case <-x.Context().Done():
			return
		}
		select {
		case <-time.After(in.s.w.c.CommitEvery - time.Since(last)):
		case <-x.Context().Done():
			return
		}
	}
}

// work says that there is something to commit: rows, outputs, positions, calls that wait for it, or a lease.
func (in *incarnation) work() {
	select {
	case in.wakeup <- struct{}{}:
	default:
	}
}

// revoke ends a session: one more commit, and no callback has an effect after it. A session whose positions never became
// known commits nothing: all there is are attempts counted at its start, and without positions they would not be fenced.
func (in *incarnation) revoke(x *session) error {
	err := in.failure()
	if err == nil && x.committed != nil {
		<-x.committed
		if err = in.failure(); err == nil && x.isKnown() {
			err = in.commit(x)
		}
	}
	for _, p := range x.parts {
		p.kill()
	}
	if err != nil {
		in.fail(err)
	}
	return err
}

// commit is one transaction of all partitions of the session, numbered by its turn at the gate: take, produce,
// positions, commit, flush, calls. Nothing of the next one reaches the broker or a store before this one has committed.
func (in *incarnation) commit(x *session) error {
	in.gate.Lock()
	defer in.gate.Unlock()
	began := uptime()
	var work []taken
	for _, p := range x.parts {
		work = append(work, p.take())
	}
	if err := in.s.phase("before commit"); err != nil {
		return err
	}
	if err := in.transact(x, work); err != nil {
		return err
	}
	if err := in.s.phase("after commit"); err != nil {
		return err
	}
	for i := range work {
		x.written.add(work[i].outputs)
	}
	for i := range work {
		if err := work[i].flush(in.s.w.c.CachedRows); err != nil {
			return fmt.Errorf("store of partition %d: %w", work[i].p.id, err)
		}
	}
	in.asOf.Store(time.Now().UnixNano())
	if err := in.s.phase("flushed"); err != nil {
		return err
	}
	in.lease.renew(began)
	in.handled.Add(1)
	for i := range work {
		if err := x.make(work[i].after); err != nil {
			return err
		}
	}
	return nil
}

func (in *incarnation) transact(x *session, work []taken) error {
	exactly := in.s.w.c.Guarantee == ExactlyOnce
	if exactly {
		if err := in.prod.async.BeginTxn(); err != nil {
			return fmt.Errorf("begin transaction: %w", err)
		}
	}
	positions := in.produce(work)
	if err := in.s.phase("produced"); err != nil {
		return err
	}
	if !exactly {
		return in.mark(x, positions)
	}
	if len(positions) > 0 {
		if err := in.prod.async.AddOffsetsToTxnWithGroupMetadata(positions, in.member(x)); err != nil {
			return fmt.Errorf("add positions: %w", err)
		}
	}
	if err := in.s.phase("positions"); err != nil {
		return err
	}
	if err := in.prod.async.CommitTxn(); err != nil {
		return fmt.Errorf("commit transaction: %w", errors.Join(err, in.prod.wait()))
	}
	return in.prod.wait()
}

// produce sends rows and outputs, and returns the positions: always all that are known, changed or not, because a
// transaction without positions is not fenced.
func (in *incarnation) produce(work []taken) map[string][]*sarama.PartitionOffsetMetadata {
	positions := map[string][]*sarama.PartitionOffsetMetadata{}
	var sent stage.RecentWrites // what several partitions have of the same is sent once
	for _, w := range work {
		for _, r := range w.rows {
			in.prod.row(in.s.changelog, w.p.id, r)
		}
		outputs := sent.AddMissing(w.outputs)
		for i := range outputs {
			in.prod.output(&outputs[i])
		}
		for topic, next := range w.next {
			positions[topic] = append(positions[topic], &sarama.PartitionOffsetMetadata{Partition: w.p.id, Offset: next, LeaderEpoch: -1})
		}
	}
	return positions
}

// member identifies this worker and the generation of its group, which fences one that has lost its partitions.
func (in *incarnation) member(x *session) *sarama.ConsumerGroupMetadata {
	var instance *string
	if in.s.w.c.Instance != "" {
		instance = &in.s.w.c.Instance
	}
	return sarama.NewConsumerGroupMetadataFromSession(x.ConsumerGroupSession, in.s.group, instance)
}

// mark commits positions without a transaction, once everything sent is safe.
func (in *incarnation) mark(x *session, positions map[string][]*sarama.PartitionOffsetMetadata) error {
	if err := in.prod.wait(); err != nil {
		return err
	}
	for topic, ps := range positions {
		for _, p := range ps {
			x.ConsumerGroupSession.MarkOffset(topic, p.Partition, p.Offset, "")
		}
	}
	x.Commit()
	return nil
}
