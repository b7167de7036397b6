package stage

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// passedOn are the headers that go along from an event to what is made of it (W3C Trace Context and Baggage).
var passedOn = []string{"traceparent", "tracestate", "baggage"}

// headers of an output: what is passed on, what its topic adds, and what tells of the event itself, as
// CloudEvents have it (Kafka binding, binary mode). A decision takes along who made it: see decision.
func (r *run) headers(t *plan.Topic, f flow) []Header {
	if t.KeyedFrom != "" {
		all := r.keyed(t, f)
		if kind := contentType(t.Codec); kind != "" {
			all["content-type"] = kind
		}
		return listed(all)
	}

	all := map[string]string{}
	for _, name := range passedOn {
		if v, ok := f.rec.Headers[name]; ok {
			all[name] = v
		}
	}

	if t.Headers != nil {
		maps.Copy(all, t.Headers(f.rec.Value))
	}

	kind := cmp.Or(all["content-type"], contentType(t.Codec))
	maps.Copy(all, f.added)
	all["content-type"] = kind
	if kind == "" {
		delete(all, "content-type")
	}

	if f.added == nil {
		r.describe(all, t, f)
	} else {
		all["ce_id"] = f.decided.recordID(*f.sent)
		*f.sent++
	}
	all["ce_recordedtime"] = time.Now().UTC().Format(time.RFC3339Nano)

	return listed(all)
}

// listed returns headers in the order of their names.
func listed(all map[string]string) []Header {
	hs := make([]Header, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		hs = append(hs, Header{name, []byte(all[name])})
	}
	return hs
}

// describe adds what tells of an event that is no decision. Its id is made of what caused it, so it is the
// same after a crash.
func (r *run) describe(all map[string]string, t *plan.Topic, f flow) {
	group := r.m.plan.Group(r.m.stage)
	id := group + "/" + r.origin
	if r.described > 0 {
		id += "/" + strconv.Itoa(r.described)
	}
	r.described++

	all["ce_specversion"] = "1.0"
	all["ce_id"] = id
	all["ce_source"] = "/" + r.m.plan.Name + "/" + r.m.stage.Name
	all["ce_type"] = r.m.plan.Name + "." + cmp.Or(t.KeyedFrom, t.Name)
	if !f.rec.Time.IsZero() {
		all["ce_time"] = f.rec.Time.UTC().Format(time.RFC3339Nano)
	}
}

// contentType names the media type of what a codec writes; "": it does not say.
func contentType(c plan.Codec) string {
	switch c := c.(type) {
	case plan.JSON:
		return "application/json"
	case interface{ ContentType() string }:
		return c.ContentType()
	}
	return ""
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
		"ce_attempts":    strconv.Itoa(asked),
		"content-type":   "application/json", // as steps see it: a record has that of its topic
	})
	if !q.Time.IsZero() {
		h["ce_time"] = q.Time.UTC().Format(time.RFC3339Nano)
	}

	if by := a.Call.By; by != "" {
		h["ce_candidate"] = by
	}

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
