package stage

import (
	"time"

	"github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/plan"
)

// A Message is a record as it came from a topic.
type Message struct {
	Topic     string
	Partition int32
	Offset    int64
	Key       string
	Value     []byte // nil: a tombstone, which is the zero value
	Time      time.Time
	Headers   map[string]string
	Origin    string // the beginning of the ids of what it causes; "": that of its position
	From      Place  // where it was before it was given another key; zero: it was not
}

// A Header of a Kafka record.
type Header struct {
	Key   string
	Value []byte
}

// An Output is a record to be produced.
type Output struct {
	Topic, Key string
	Value      []byte
	Time       time.Time
	Headers    []Header
	EmptyKey   bool // an empty key is no null: a topic that is compacted takes no record with that
	Once       bool // the same key always has the same bytes: see RecentWrites
}

// Size is about how many bytes the record has.
func (o *Output) Size() int {
	n := len(o.Key) + len(o.Value)
	for _, h := range o.Headers {
		n += len(h.Key) + len(h.Value) + 8
	}
	return n
}

// Message is the output as a stage reads it from a partition.
func (o *Output) Message(partition int32) Message {
	h := map[string]string{}
	for _, header := range o.Headers {
		h[header.Key] = string(header.Value)
	}

	return Message{
		Topic:     o.Topic,
		Partition: partition,
		Key:       o.Key,
		Value:     o.Value,
		Time:      o.Time,
		Headers:   h,
	}
}

// Effects of one event or answer. They are applied together or not at all.
type Effects struct {
	Key         string
	Row         *Row     // the row afterwards; the one that came in, if nothing changed it or its queues
	Changed     bool     // the row's value has
	Waiting     []Change // events that begin to wait, or end, in order
	Heads       []string // operators to be asked about the head of their queue: see Machine.Ask
	Parked      []Parked // operators to be asked about it once their budget has room: see Calls.Park
	Outputs     []Output
	Calls       []Call // of Machine.Ask
	ended       []*callUnderWay
	DeadLetters int  // how many of the outputs are dead letters
	Ignored     bool // it was an answer that nothing waits for: late, or repeated
}

// A Call is a question for an operator. Its case shares no memory with any row.
type Call struct {
	Key, ID, Op string
	Attempt     int
	Case        any
	Rows        string // the rows read for the case, with their versions
	Early       bool   // the attempt was counted before: see Machine.CountEarly
	By          string // the candidate that is asked; "": the operator itself

	op       *plan.Node
	deadline time.Time // zero: none
	underWay *callUnderWay
	seen     []seenRow // those of Rows
	tenant   string    // whose it is, for budgets
	head     *Request  // of an operator with candidates
	copied   any       // the case once more, for a call beside
}

// An Answer is what became of a call.
type Answer struct {
	Call    Call
	Reads   string // what the call looked into beside Call.Rows, with versions
	Value   any
	Headers map[string]string
	Err     error
	Unasked bool // the model was not asked: the attempt doesn't count, and the event waits on

	draft     *draft          // nil: nothing goes on record
	need      *ledger.Reserve // of the budget, which has too little left, so the event waits for it; nil: no
	unsettled bool            // GiveUp is not asked
}

// rows lists all rows that the answer has seen, with their versions.
func (a *Answer) rows() string {
	if a.Call.Rows == "" || a.Reads == "" {
		return a.Call.Rows + a.Reads
	}
	return a.Call.Rows + "," + a.Reads
}

// Copies are the tables of which a stage reads copies. Any goroutine may read them, and none may modify the
// bytes.
type Copies interface {
	// Lookup returns a row; one never written has no bytes.
	Lookup(table, key string) (value []byte, version int64, err error)
	// Scan calls f for each row whose key begins with prefix, in the order of the keys, until f returns
	// false.
	Scan(table, prefix string, f func(key string, value []byte, version int64) (more bool)) error
}
