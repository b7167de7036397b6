package stage

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/text"
)

// passedOn are the headers that go along from an event to what is made of it (W3C Trace Context and Baggage).
var passedOn = []string{"traceparent", "tracestate", "baggage"}

// headers of an output: what is passed on, what its topic adds, and what a decision takes along.
func headers(t *plan.Topic, f flow) []Header {
	all := map[string]string{}
	for _, name := range passedOn {
		if v, ok := f.rec.Headers[name]; ok {
			all[name] = v
		}
	}

	if t.Headers != nil {
		maps.Copy(all, t.Headers(f.rec.Value))
	}
	maps.Copy(all, f.added)

	if f.added != nil {
		all["ce_id"] = f.decided.recordID(*f.sent)
		*f.sent++
	}

	if len(all) == 0 {
		return nil
	}

	hs := make([]Header, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		hs = append(hs, Header{name, []byte(all[name])})
	}

	return hs
}

// decision is what a settled event takes along: CloudEvents (Kafka binding, binary mode) with provenance as
// extensions.
func (m *Machine) decision(q *Request, asked int, a *Answer, provenance map[string]string) map[string]string {
	h := map[string]string{}
	for name, v := range provenance {
		h["ce_"+name] = v
	}
	maps.Copy(h, map[string]string{ // an operator can't overwrite these
		"ce_specversion": "1.0",
		"ce_id":          q.ID,
		"ce_source":      "/" + m.plan.Name + "/" + m.ops[q.Op].Name,
		"ce_type":        m.plan.Name + "." + m.ops[q.Op].Name,
		"ce_time":        q.Time.UTC().Format(time.RFC3339Nano),
		"ce_attempts":    strconv.Itoa(asked),
		"content-type":   "application/json",
	})

	if rows := a.rows(); rows != "" {
		h["ce_rows"] = rows
	}

	for _, name := range passedOn {
		if v, ok := q.Headers[name]; ok {
			h[name] = v
		}
	}

	return h
}

// deadLetter is the record of what could not be processed: its bytes as they came, as far as they fit. Its
// topic must take it, so its time is the closest that it may have.
func (m *Machine) deadLetter(msg Message, op string, cause error) Output {
	topic := m.plan.DeadLetters()
	most := m.maxRecord(topic)
	reason := text.TruncateBytes(cause.Error(), min(4096, most/4))

	hs := []Header{
		{"deadletter-topic", []byte(msg.Topic)},
		{"deadletter-partition", strconv.AppendInt(nil, int64(msg.Partition), 10)},
		{"deadletter-offset", strconv.AppendInt(nil, msg.Offset, 10)},
		{"deadletter-stage", []byte(m.plan.Name + "." + m.stage.Name)},
		{"deadletter-error", []byte(reason)},
	}

	if op != "" {
		hs = append(hs, Header{"deadletter-operator", []byte(op)})
	}

	o := Output{
		Topic:   topic,
		Key:     text.TruncateBytes(msg.Key, most/4),
		Value:   msg.Value,
		Time:    m.clamp(topic, msg.Time),
		Headers: hs,
	}
	if o.Size() > most {
		o = cut(o, most)
	}

	return o
}

// cut keeps the beginning of a dead letter's value, and tells what the whole one was.
func cut(o Output, most int) Output {
	whole := o.Value
	sum := sha256.Sum256(whole)
	o.Value = nil
	o.Headers = append(o.Headers,
		Header{"deadletter-size", strconv.AppendInt(nil, int64(len(whole)), 10)},
		Header{"deadletter-sha256", []byte(hex.EncodeToString(sum[:]))})

	fits := min(len(whole), 1024, max(most-o.Size(), 0))
	o.Value = whole[:fits]

	return o
}
