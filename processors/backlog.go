package processors

import (
	"sync/atomic"
	"time"
)

// A backlog counts records, and about their bytes, that the committer has not taken.
type backlog struct{ records, bytes atomic.Int64 }

// A budget is what a stage may handle before the committer takes it: the size of its next transaction, over
// all partitions. Beyond it no partition fetches; what has been fetched is still handled. It follows the time
// that transactions take, so that each fits well into a session: a worker that catches up with 48 partitions
// must not lose them because it commits too much at once.
type budget struct {
	backlog
	maxRecords atomic.Int64
}

const (
	minBatch      = 500             // records that a transaction may have at least
	firstBatch    = 8_000           // that the first one may have
	maxBatch      = 256_000         // that any may have
	maxBatchBytes = int64(32 << 20) // that any may have, about
	batchTime     = 10              // a transaction takes at most a session's time-out by this
)

func (b *budget) hasRoom() bool {
	return b.records.Load() < max(b.maxRecords.Load(), minBatch) && b.bytes.Load() < maxBatchBytes
}

// add counts what a partition leaves to the committer.
func (b *budget) add(of *backlog, records, bytes int) {
	for _, count := range []*backlog{&b.backlog, of} {
		count.records.Add(int64(records))
		count.bytes.Add(int64(bytes))
	}
}

// take discounts all that a partition has left.
func (b *budget) take(of *backlog) {
	b.records.Add(-of.records.Swap(0))
	b.bytes.Add(-of.bytes.Swap(0))
}

// adapt sizes the next transaction by the last one: how many records it had, and how long it took, of the
// time that one may take.
func (b *budget) adapt(records int, took, may time.Duration) {
	limit := max(b.maxRecords.Load(), minBatch)
	switch {
	case took > may:
		limit = max(int64(float64(records)*may.Seconds()/took.Seconds()), minBatch)
	case took < may/2 && int64(records) > limit/2:
		limit = min(limit*2, maxBatch)
	default:
		return
	}
	b.maxRecords.Store(limit)
}
