package topologytest

import (
	"context"
	"time"
)

// What follows are abilities that an [Engine] may have beside its own. A script that needs one the engine
// lacks fails and says so; scripts that only some engines can run name these with `only`.

// Named is an Engine that `only` knows by a name: memory, embedded, kafka.
type Named interface {
	Name() string
}

// A Settler is an Engine whose effects take time. Settle returns when nothing is outstanding any more but
// calls of operators: every record sent has been processed and committed, and is visible in Sent and Row.
// Scripts call it before each step and each line of `send`. It must not wait for time that only Advance lets
// pass.
type Settler interface {
	Settle(ctx context.Context) error
}

// A Producer is an Engine that can send what Engine.Send can not: `at`, and `send … to partition`.
type Producer interface {
	Produce(m Message) error
}

// A Message is a record to be sent.
type Message struct {
	Topic, Key string
	Value      []byte    // nil: a tombstone
	Time       time.Time // event time; zero: now
	Headers    map[string]string
	Partition  *int32 // nil: the one that the key belongs to
}

// Offsets is an Engine that knows committed offsets: `committed`. Where several groups of the topology read
// the partition, it is the lowest of theirs.
type Offsets interface {
	Committed(ctx context.Context, topic string, partition int32) (int64, error)
}

// A Controller is an Engine that can set the mode of an operator, or what a candidate of it does: `mode`.
// mode is a word or a few, as scripts write them. SetMode returns when no call begins any more that the mode
// forbids.
type Controller interface {
	SetMode(ctx context.Context, operator, mode string) error
}

// A Redriver is an Engine that can have dead letters processed again: `redrive`. Redrive does so with those
// whose reason contains a text, and returns how many these were.
type Redriver interface {
	Redrive(ctx context.Context, reason string) (int, error)
}

// A Dismisser is an Engine that can put dead letters away: `dismiss`. Dismiss does so with those whose reason
// contains a text, and returns how many these were. They are not redriven from then on.
type Dismisser interface {
	Dismiss(ctx context.Context, reason string) (int, error)
}
