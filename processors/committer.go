package processors

import (
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # The committer
//
// Each session of a stage has one committer. It turns what the callbacks of all the session's partitions have
// left behind into one Kafka transaction, and again, until the session ends. A transaction goes through these
// steps, in this order:
//
//  1. Take: each partition's changed rows, outputs, calls and positions are swapped out under the partition's
//     lock, one partition after the other. A swap happens between two callbacks, so a partition's share is
//     that of whole events: an event's row is never without its outputs and its position. Different
//     partitions are taken at different times, which is harmless, since no event concerns two of them.
//  2. Produce: rows go to the changelog, outputs to their topics. Callbacks of the next transaction run
//     meanwhile; rows are immutable, so nothing that is being encoded changes.
//  3. Positions: those of all claims join the transaction, with the group's generation. If another worker has
//     been given a partition, the broker refuses them, and with them the transaction. This is the fence of
//     workers without a name.
//  4. Commit. From here on the events have taken effect.
//  5. Flush: rows and changelog offset reach the store in one batch. So the store never has a row that is not
//     committed, and never needs to be wiped after a crash; it only lags, and recovery reads the rest.
//  6. Renew the lease, as of the time before step 1, and make the calls that waited for the commit.
//
// Only one transaction runs at a time (incarnation.gate): nothing of the next one reaches the broker or a
// store before this one has committed. A call is never made within a transaction, since it can outlast one.
//
// Any error ends the incarnation. Nothing is aborted or retried here: the next incarnation's producer fences
// this one, which aborts what is open, and recovery reads back what was committed.

// commits runs the committer of a session: at once when idle, every Config.CommitEvery under load. The first
// transaction waits until the start positions are known and carries them.
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
		in.hasCommitted()

		last := time.Now()

		select {
		case <-in.wakeup:
		case <-time.After(completeEvery): // the stores stay known to be complete, and the connections open
		case <-x.Context().Done():
			return
		}

		select {
		case <-time.After(in.s.w.c.CommitEvery - time.Since(last)):
		case <-in.urgent:
		case <-x.Context().Done():
			return
		}
	}
}

// hurry tells the committer that calls wait for it.
func (in *incarnation) hurry() {
	select {
	case in.urgent <- struct{}{}:
	default:
	}
}

// work tells the committer that there is something to commit: rows, outputs, positions, or calls that wait
// for the commit.
func (in *incarnation) work() {
	select {
	case in.wakeup <- struct{}{}:
	default:
	}
}

// revoke ends a session with one more commit, after which no callback has an effect.
//
// A session whose start positions never became known commits nothing. All it could commit are attempts that
// were counted during recovery, and a transaction without positions is not fenced.
func (in *incarnation) revoke(x *session) error {
	err := in.failure()
	if err == nil && x.committed != nil {
		<-x.committed

		if err = in.failure(); err == nil && x.isKnown() && !testhook.IsOff(testhook.LastCommit) {
			err = in.commitLast(x)
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

// commitLast makes the last commit of a session. Calls that were counted are not made any more.
func (in *incarnation) commitLast(x *session) error {
	for _, p := range x.parts {
		if err := p.uncount(); err != nil {
			return err
		}
	}
	return in.commit(x)
}

// commit makes one transaction of all partitions of the session, as described above.
func (in *incarnation) commit(x *session) error {
	in.gate.Lock()
	defer in.gate.Unlock()

	began := uptime() // the lease counts from here: the commit proves ownership at some moment after it

	owned := time.Now()

	alone := x.turn.alone()

	var work []share
	records := 0
	for _, p := range x.parts {
		work = append(work, p.take())
		records += work[len(work)-1].size()
	}

	for _, p := range x.parts {
		p.rouse() // there is room for all
	}

	if err := in.s.phase("before commit"); err != nil {
		return err
	}

	if testhook.IsOff(testhook.StoreAfterCommit) {
		_ = in.flush(work, owned)
	}

	if err := in.transact(x, work); err != nil {
		in.s.refused(err, work, alone)
		return err
	}
	in.s.passed(x, work, alone)
	x.turn.end(alone)

	if records > 0 {
		x.worked.Store(true)
		in.backlog.adapt(records, uptime()-began, in.s.w.c.SessionTimeout/batchTime)
	}

	if err := in.s.phase("after commit"); err != nil {
		return err
	}

	for i := range work {
		x.written.add(work[i].outputs)
		in.s.tellDeadLetters(work[i].outputs)
	}

	if err := in.flush(work, owned); err != nil {
		return err
	}
	in.asOf.Store(owned.UnixNano()) // when it began: by now another worker may have the partitions

	if err := in.s.phase("flushed"); err != nil {
		return err
	}

	if testhook.IsOff(testhook.LeaseStart) {
		began = uptime()
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

// flush brings what is committed to the stores.
func (in *incarnation) flush(work []share, owned time.Time) error {
	for i := range work {
		if err := work[i].flush(in.s.w.c.CachedRows, owned); err != nil {
			return fmt.Errorf("store of partition %d: %w", work[i].p.id, err)
		}
	}
	return nil
}

// transact produces the work and commits it, in a transaction if the guarantee asks for one.
func (in *incarnation) transact(x *session, work []share) error {
	release, ok := in.prod.latch.hold()
	if !ok {
		return errors.New("processors: the producer is closed")
	}
	defer release()

	if in.s.w.c.Guarantee == AtLeastOnce {
		return in.write(x, work)
	}

	if err := in.prod.async.BeginTxn(); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}

	in.produceRows(work)
	in.produceCells(work, true)
	in.produceCells(work, false)
	in.produceOutputs(x, work)

	next := positionsOf(work)
	if testhook.IsOff(testhook.Positions) {
		clear(next)
	}

	if err := in.s.phase("produced"); err != nil {
		return err
	}
	next.sign(in.s)

	if len(next) > 0 {
		if err := in.prod.async.AddOffsetsToTxnWithGroupMetadata(next, in.member(x)); err != nil {
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

// write produces the work, and commits the positions once all of it is acknowledged. An event that waits no
// more is deleted once all that its decision has caused is there: a crash in between repeats the decision.
//
// Start positions come before the first rows. A partition with rows and without positions would be refused
// from then on: see startAt.
func (in *incarnation) write(x *session, work []share) error {
	if err := in.commitPositions(x, x.starts.take()); err != nil {
		return err
	}

	in.produceOutputs(x, work)
	in.produceRows(work)
	in.produceCells(work, false)
	if err := in.prod.wait(); err != nil && !testhook.IsOff(testhook.DecisionFirst) {
		return err
	}

	in.produceCells(work, true)
	if err := in.s.phase("produced"); err != nil {
		return err
	}

	if err := in.prod.wait(); err != nil {
		return err
	}

	return in.commitPositions(x, positionsOf(work))
}

// positionsOf returns all positions that are known, changed or not: answers and resumed events move none, and
// a transaction without positions is not fenced.
func positionsOf(work []share) positions {
	next := positions{}
	for _, w := range work {
		for topic, o := range w.next {
			next.add(topic, w.p.id, o)
		}
	}
	return next
}

// produceOutputs sends outputs. What several partitions have of the same is sent once, and not at all if the
// transaction that ran when it was handled had it.
func (in *incarnation) produceOutputs(x *session, work []share) {
	var sent stage.RecentWrites
	for _, w := range work {
		outputs := sent.AddMissing(x.written.missing(w.outputs))
		for i := range outputs {
			in.prod.output(&outputs[i])
		}
	}
}

func (in *incarnation) produceRows(work []share) {
	for _, w := range work {
		for _, r := range w.rows {
			in.prod.row(in.s.changelog, w.p.id, r)
		}
	}
}

// produceCells sends cells and attempts: those that are deleted, or the others. In a transaction deletions come
// first: who reads the records in order then knows the head of a queue before it comes to its attempts.
func (in *incarnation) produceCells(work []share, deleted bool) {
	for _, w := range work {
		for _, c := range w.cells {
			if c.gone == deleted {
				c.encode()
				in.prod.cell(in.s.cells, w.p.id, c)
			}
		}
	}
}

// member identifies this worker and its group's generation. The broker refuses the positions of a worker that
// has lost its partitions, by its generation.
func (in *incarnation) member(x *session) *sarama.ConsumerGroupMetadata {
	if testhook.IsOff(testhook.Generation) {
		return in.anybody()
	}

	var instance *string
	if in.s.w.c.Instance != "" {
		instance = &in.s.w.c.Instance
	}
	return sarama.NewConsumerGroupMetadataFromSession(x.ConsumerGroupSession, in.s.group, instance)
}
