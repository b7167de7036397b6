package processors

import (
	"testing"
	"time"
)

// The next transaction is sized by the last one.
func TestBudgetAdapts(t *testing.T) {
	const may = time.Second

	for _, c := range []struct {
		name    string
		limit   int64 // as it was
		records int
		took    time.Duration
		want    int64
	}{
		{"one that took twice its time is followed by half of it", 8_000, 10_000, 2 * may, 5_000},
		{"however slow, one may have some", 8_000, 600, 100 * may, minBatch},
		{"one that took most of its time is followed by its like", 8_000, 8_000, 3 * may / 4, 8_000},
		{"a quick one that was full is followed by twice as much", 8_000, 8_000, may / 10, 16_000},
		{"a quick one that was small says nothing of large ones", 8_000, 100, may / 10, 8_000},
		{"however quick, one has its bound", maxBatch, maxBatch, may / 10, maxBatch},
	} {
		var b budget
		b.maxRecords.Store(c.limit)
		b.adapt(c.records, c.took, may)

		if got := b.maxRecords.Load(); got != c.want {
			t.Errorf("%s: %d records in %v: the next may have %d, want %d", c.name, c.records, c.took, got, c.want)
		}
	}
}

// The budget is that of all partitions together, in records and in bytes.
func TestBudgetIsShared(t *testing.T) {
	var b budget
	var one, other backlog
	b.maxRecords.Store(minBatch)

	b.add(&one, minBatch/2, 0)
	b.add(&other, minBatch/2, 0)
	if b.hasRoom() {
		t.Error("there is room beyond the records of a transaction")
	}

	b.take(&one)
	if !b.hasRoom() {
		t.Error("there is no room after half was taken")
	}

	b.add(&one, 1, int(maxBatchBytes))
	if b.hasRoom() {
		t.Error("there is room beyond the bytes of a transaction")
	}

	b.take(&one)
	b.take(&other)
	if !b.hasRoom() || b.records.Load() != 0 || b.bytes.Load() != 0 {
		t.Errorf("after all was taken, %d records and %d bytes are left", b.records.Load(), b.bytes.Load())
	}
}
