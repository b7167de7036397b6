package processors

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// A census counts what waits, by operator and anchor.
type census map[string]kindWaiting

// kindWaiting are the events of one operator that were kept in one form.
type kindWaiting struct {
	Op     string `json:"op"`
	Anchor string `json:"anchor,omitempty"`
	Events int64  `json:"events"`
	Bytes  int64  `json:"bytes"` // about
}

// add counts an event, or discounts it if n is -1.
func (c census) add(q *stage.Request, n int64) {
	at := q.Op + "\x00" + q.Anchor
	g := c[at]
	g.Op, g.Anchor = q.Op, q.Anchor
	g.Events += n
	g.Bytes += n * int64(q.Size())

	if c[at] = g; g.Events <= 0 {
		delete(c, at)
	}
}

// total returns how many events wait, and about how many bytes they have.
func (c census) total() (events, bytes int64) {
	for _, g := range c {
		events += g.Events
		bytes += g.Bytes
	}
	return events, bytes
}

func (c census) encode() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // texts and numbers
	}
	return b
}

// readCensus returns what a store says of itself.
func readCensus(st store.Store) (census, error) {
	c := census{}

	b, err := st.Get(metaWaiting)
	if err == nil && b != nil {
		err = json.Unmarshal(b, &c)
	}

	return c, err
}
