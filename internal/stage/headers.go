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

// deadLetter is the record of what could not be processed: its bytes as they came, as far as they fit.
func (m *Machine) deadLetter(msg Message, op string, cause error) Output {
	stage := m.plan.Name + "." + m.stage.Name
	hs := []Header{
		{"deadletter-topic", []byte(msg.Topic)},
		{"deadletter-partition", strconv.AppendInt(nil, int64(msg.Partition), 10)},
		{"deadletter-offset", strconv.AppendInt(nil, msg.Offset, 10)},
		{"deadletter-stage", []byte(stage)},
		{"deadletter-error", []byte(text.TruncateBytes(cause.Error(), 4096))},
	}

	if op != "" {
		hs = append(hs, Header{"deadletter-operator", []byte(op)})
	}

	o := Output{
		Topic:   m.plan.DeadLetters(),
		Key:     text.TruncateBytes(msg.Key, m.o.MaxRecord/4),
		Value:   msg.Value,
		Time:    msg.Time,
		Headers: hs,
	}

	if o.Size() > m.o.MaxRecord {
		sum := sha256.Sum256(msg.Value)
		o.Value = msg.Value[:min(len(msg.Value), 1024)]
		o.Headers = append(hs,
			Header{"deadletter-size", strconv.AppendInt(nil, int64(len(msg.Value)), 10)},
			Header{"deadletter-sha256", []byte(hex.EncodeToString(sum[:]))})
	}

	return o
}
