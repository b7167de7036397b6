package stage

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/text"
)

// # Dead letters
//
// A dead letter is the record that could not be processed, as it came: key, value, and headers. Further
// headers tell where it was and what went wrong, under names of ours and under those of Kafka Streams
// (KIP-1034). A letter of an event that waited has its request, too, so that it can wait again: see inbox.go.

// Headers of a dead letter beside those of its record.
const (
	LetterID        = "deadletter-id" // the origin of the event, see ids.go; missing if headers were dropped
	LetterTopic     = "deadletter-topic"
	LetterPartition = "deadletter-partition"
	LetterOffset    = "deadletter-offset"
	LetterKeyed     = "deadletter-keyed"     // where it was under the key of TopicConfig.Key, if it has one
	LetterTime      = "deadletter-timestamp" // the record's, in milliseconds since 1970, as Kafka has it
	LetterFailed    = "deadletter-failed"    // when it became a dead letter, RFC 3339
	LetterStage     = "deadletter-stage"     // the consumer group
	LetterOperator  = "deadletter-operator"  // that was asked, if one was
	LetterStep      = "deadletter-step"      // that failed, if one did
	LetterError     = "deadletter-error"
	LetterRequest   = "deadletter-request"  // of an event that waited: a Request
	LetterSize      = "deadletter-size"     // of a value that was cut: how many bytes it had
	LetterSHA256    = "deadletter-sha256"   // and the hash of these
	LetterKeySize   = "deadletter-key-size" // of a key that was cut: how many bytes it had

	LetterKind  = "__streams.errors.exception" // the Go type of the error, or "panic"
	LetterStack = "__streams.errors.stacktrace"

	streamsMessage   = "__streams.errors.message"
	streamsTopic     = "__streams.errors.topic"
	streamsPartition = "__streams.errors.partition"
	streamsOffset    = "__streams.errors.offset"

	// Names with these beginnings belong to letters and inboxes. A header of the record itself that has one
	// is kept with ownPrefix before it.
	letterPrefix  = "deadletter-"
	streamsPrefix = "__streams.errors."
	ownPrefix     = letterPrefix + "own-"
)

// maxReason and maxStack bound what a dead letter tells of its cause, in bytes.
const maxReason, maxStack = 4096, 8192

// deadLetter is the record of what could not be processed. Its topic must take it, so its time is the closest
// that it may have, and what is too large is left out: first the stack of a panic, then the end of the value,
// then the record's headers, then what can be missed of the others. head is the event if it waited, or nil.
func (m *Machine) deadLetter(msg Message, head *Request, op string, cause error) Output {
	topic := m.plan.DeadLetters()
	most := m.maxRecord(topic)
	o := Output{
		Topic: topic,
		Key:   text.TruncateBytes(msg.Key, most/4),
		Value: msg.Value,
		Time:  m.clamp(topic, msg.Time),

		EmptyKey: true,
	}

	about := m.reason(msg, op, cause, most)
	if len(o.Key) < len(msg.Key) {
		about = append(about, Header{LetterKeySize, number(len(msg.Key))})
	}

	if head != nil {
		about = append(about, Header{LetterRequest, head.encode()})
	}

	own := ownHeaders(msg)
	for _, makeSmaller := range []func(){
		func() {},
		func() { about = keep(about, func(name string) bool { return name != LetterStack }) },
		func() { about, o.Value = cut(about, msg.Value, 1024) },
		func() { own, about = nil, keep(about, func(name string) bool { return name != LetterID }) },
		func() { about = keep(about, isNeeded) },
		func() { o.Value = o.Value[:max(len(o.Value)-(o.Size()-most), 0)] },
	} {
		makeSmaller()

		if o.Headers = slices.Concat(own, about); o.Size() <= most {
			break
		}
	}

	return o
}

// needed are the headers of a dead letter that is as short as possible.
var needed = []string{LetterTopic, LetterPartition, LetterOffset, LetterStage, LetterOperator, LetterError,
	LetterSize, LetterSHA256, LetterKeySize}

func isNeeded(name string) bool { return slices.Contains(needed, name) }

// keep removes headers.
func keep(hs []Header, isKept func(name string) bool) []Header {
	return slices.DeleteFunc(hs, func(h Header) bool { return !isKept(h.Key) })
}

// reason tells where a record was, and what went wrong.
func (m *Machine) reason(msg Message, op string, cause error, most int) []Header {
	why := []byte(text.TruncateBytes(cause.Error(), min(maxReason, most/8)))
	first := msg.first()
	topic, partition, offset := []byte(first.Topic), number(int(first.Partition)), number(int(first.Offset))

	hs := []Header{
		{LetterID, []byte(m.origin(msg))},
		{LetterTopic, topic},
		{LetterPartition, partition},
		{LetterOffset, offset},
		{LetterStage, []byte(m.plan.Name + "." + m.stage.Name)},
		{LetterError, why},
		{LetterFailed, []byte(time.Now().UTC().Format(time.RFC3339Nano))},
		{LetterKind, []byte(kindOf(cause))},
		{streamsMessage, why},
		{streamsTopic, topic},
		{streamsPartition, partition},
		{streamsOffset, offset},
	}
	if msg.From.Topic != "" {
		hs = append(hs, Header{LetterKeyed, []byte(msg.here().String())})
	}

	if !msg.Time.IsZero() {
		hs = append(hs, Header{LetterTime, strconv.AppendInt(nil, msg.Time.UnixMilli(), 10)})
	}

	if op != "" {
		hs = append(hs, Header{LetterOperator, []byte(op)})
	}

	if e := new(stepError); errors.As(cause, &e) {
		hs = append(hs, Header{LetterStep, []byte(e.step)})
	}

	if e := new(panicError); errors.As(cause, &e) {
		stack := text.TruncateBytes(string(e.stack), min(maxStack, most/8))
		hs = append(hs, Header{LetterStack, []byte(stack)})
	}

	return hs
}

// kindOf names the type of the error at the bottom of a cause.
func kindOf(err error) string {
	for {
		if _, ok := err.(*panicError); ok {
			return "panic"
		}

		below := errors.Unwrap(err)
		if below == nil {
			return fmt.Sprintf("%T", err)
		}
		err = below
	}
}

// ownHeaders are those that the record had.
func ownHeaders(msg Message) (hs []Header) {
	for _, name := range slices.Sorted(maps.Keys(msg.Headers)) {
		kept := name
		if isReserved(name) {
			kept = ownPrefix + name
		}
		hs = append(hs, Header{kept, []byte(msg.Headers[name])})
	}
	return hs
}

func isReserved(name string) bool {
	return strings.HasPrefix(name, letterPrefix) || strings.HasPrefix(name, streamsPrefix) ||
		strings.HasPrefix(name, inboxPrefix)
}

// SplitLetter separates the headers of a dead letter into those that its record had and those about it.
func SplitLetter(headers map[string]string) (own, about map[string]string) {
	own, about = map[string]string{}, map[string]string{}
	for name, v := range headers {
		if was, ok := strings.CutPrefix(name, ownPrefix); ok {
			own[was] = v
		} else if isReserved(name) {
			about[name] = v
		} else {
			own[name] = v
		}
	}
	return own, about
}

// cut keeps the beginning of a value, and tells what the whole one was.
func cut(hs []Header, value []byte, keep int) ([]Header, []byte) {
	if len(value) <= keep {
		return hs, value
	}
	sum := sha256.Sum256(value)
	hs = append(hs,
		Header{LetterSize, number(len(value))},
		Header{LetterSHA256, []byte(hex.EncodeToString(sum[:]))})

	return hs, value[:keep]
}

func number(n int) []byte { return strconv.AppendInt(nil, int64(n), 10) }
