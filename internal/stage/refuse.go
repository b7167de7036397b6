package stage

import (
	"time"

	"github.com/slipstream-go/slipstream/internal/text"
)

// Refuse is what an event comes to whose effects the broker has refused: a dead letter, and nothing else.
// short is for one that was refused as a dead letter, too: it is cut as far as possible.
func (m *Machine) Refuse(msg Message, row *Row, cause error, short bool) (Effects, error) {
	e, err := m.reject(msg, row, "", cause)
	if err == nil && short {
		m.shorten(e.Outputs)
	}
	return e, err
}

// Drop is Refuse for an event that waits, the head of its queue.
func (m *Machine) Drop(key, op string, row *Row, head *Request, copies Copies, cause error, short bool) (
	Effects, error,
) {
	if row.Queue(op).IsEmpty() {
		return Effects{Key: key, Row: row, Ignored: true}, nil
	}

	e, err := m.conclude(key, op, row, head, copies, func(*run) error { return cause })
	if err == nil && short {
		m.shorten(e.Outputs)
	}

	return e, err
}

// shorten leaves of dead letters what any topic takes: where the event is, and why it was refused.
func (m *Machine) shorten(outputs []Output) {
	for i := range outputs {
		o := &outputs[i]
		if o.Topic != m.plan.DeadLetters() {
			continue
		}
		*o = cut(*o, 0)
		o.Key = text.TruncateBytes(o.Key, 100)
		o.Time = time.Time{} // that of sending

		for j := range o.Headers {
			h := &o.Headers[j]
			h.Value = []byte(text.TruncateBytes(string(h.Value), 250))
		}
	}
}
