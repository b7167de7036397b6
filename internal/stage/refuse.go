package stage

import (
	"time"

	"github.com/slipstream-go/slipstream/internal/text"
)

// Refuse is what an event comes to whose effects the broker has refused: a dead letter, and nothing else.
// short is for one that was refused as a dead letter, too: it is cut as far as possible.
func (m *Machine) Refuse(msg Message, row *Row, cause error, short bool) (Effects, error) {
	msg, again, _ := m.open(msg)

	e, err := m.reject(msg, again, row, cause)
	if err == nil && short {
		m.shorten(e.Outputs)
	}
	return e, err
}

// MostDrops is how often Drop has something else to try.
const MostDrops = 4

// Drop is Refuse for an event that waits, the head of its queue: its answer could not be written. times
// counts how often the broker has refused it. First the operator gives up, then the case is unsettled, then
// it is a dead letter, and at last one that is cut as far as possible.
func (m *Machine) Drop(key, op string, row *Row, head *Request, copies Copies, cause error, times int) (
	Effects, error,
) {
	if row.Queue(op).IsEmpty() {
		return Effects{Key: key, Row: row, Ignored: true}, nil
	}

	ways := []ending{
		func(r *run, _ error) error { return r.settleAnyhow(nil, cause, (*run).settleWithout) },
		func(r *run, _ error) error { return r.settleAnyhow(nil, cause, (*run).leaveUnsettled) },
		func(r *run, _ error) error {
			r.deadLetter(cause)
			r.advance()
			return nil
		},
	}

	e, err := m.conclude(key, op, row, head, copies, ways[min(times-1, len(ways)-1):]...)
	if err == nil && times >= MostDrops {
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
		o.Headers, o.Value = cut(o.Headers, o.Value, 0)
		o.Headers = keep(o.Headers, isNeeded)
		o.Key = text.TruncateBytes(o.Key, 100)
		o.Time = time.Time{} // that of sending

		for j := range o.Headers {
			h := &o.Headers[j]
			h.Value = []byte(text.TruncateBytes(string(h.Value), 250))
		}
	}
}
