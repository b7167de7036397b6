package stage

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// # Where a record was first
//
// Records of a topic with TopicConfig.Key come to a stage through a topic of the topology's own, in which
// each is the record as it came, under its new key. A header says where it was before. The stage takes the
// header off, and from then on steps, journal and dead letters have that place: users know no other.

// A Place is where a record is.
type Place struct {
	Topic     string
	Partition int32
	Offset    int64
}

func (p Place) String() string { return fmt.Sprintf("%s/%d/%d", p.Topic, p.Partition, p.Offset) }

// readPlace reads what String returns. It returns the zero Place for anything else.
func readPlace(s string) Place {
	rest, offset, ok := cutLast(s)
	topic, part, ok2 := cutLast(rest)
	n, err := strconv.ParseInt(offset, 10, 64)
	p, err2 := strconv.ParseInt(part, 10, 32)

	if !ok || !ok2 || err != nil || err2 != nil {
		return Place{}
	}
	return Place{topic, int32(p), n}
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

const (
	// headerPlace is on records of a topic of KeyedOf.
	headerPlace = "slipstream-place"

	// HeaderRedriven is on an event that was a dead letter, with the letter's place. Steps see it. A record
	// that comes from elsewhere with it loses it.
	HeaderRedriven = "slipstream-redriven"
)

// first is where the record was first.
func (msg *Message) first() Place {
	if msg.From.Topic != "" {
		return msg.From
	}
	return msg.here()
}

func (msg *Message) here() Place { return Place{msg.Topic, msg.Partition, msg.Offset} }

// arrive takes off what only the engine may say in headers, and keeps it.
func (m *Machine) arrive(msg Message) Message {
	t := m.plan.Topic(msg.Topic)
	if t == nil || t.KeyedFrom == "" {
		msg.Headers = less(msg.Headers, HeaderRedriven)
		return msg
	}

	if from := readPlace(msg.Headers[headerPlace]); from.Topic == t.KeyedFrom {
		msg.From = from
	}
	msg.Headers = less(msg.Headers, headerPlace)

	return msg
}

// keyed are the headers of a record under the key that TopicConfig.Key has returned: those that it had, and
// what else an event says of itself.
func (r *run) keyed(t *plan.Topic, f flow) map[string]string {
	all := map[string]string{}
	r.describe(all, t, f)
	all["ce_recordedtime"] = time.Now().UTC().Format(time.RFC3339Nano)
	maps.Copy(all, f.rec.Headers)
	all[headerPlace] = Place{f.rec.Topic, f.rec.Partition, f.rec.Offset}.String()

	return all
}

// less returns headers without one.
func less(h map[string]string, name string) map[string]string {
	if _, ok := h[name]; !ok {
		return h
	}
	h = maps.Clone(h)
	delete(h, name)
	return h
}
