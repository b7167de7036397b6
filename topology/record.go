package topology

import "time"

// A Record is an event as a topic holds it: its value is bytes, which the topic's codec has written. Clients
// send and follow records; see package processors.
type Record struct {
	Key       string
	Value     []byte            // nil only of a tombstone
	Tombstone bool              // it has no value, and deletes what a compacted topic holds of the key
	ID        string            // the header ce_id; the same after a crash
	Time      time.Time         // the record's timestamp
	Headers   map[string]string // do not modify
	Topic     string
	Partition int32
	Offset    int64
}
