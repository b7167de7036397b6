package stage

import (
	"fmt"
	"math"
	"time"

	"github.com/slipstream-go/slipstream/internal/testhook"
)

// Limits are what a topic takes. A record that it does not take is the fault of the event that makes it so,
// and must be known before anything is sent: the broker would refuse the whole transaction.
type Limits struct {
	// MaxRecord bounds a record: key, value and headers, in bytes. Defaults to Options.MaxRecord, which it
	// can't exceed.
	MaxRecord int
	// Before and After are how far from now the time of a record may be. Default to any distance.
	Before, After time.Duration
}

// minTime and maxTime are where the nanoseconds of an int64 begin and end, with which the client of Kafka
// counts.
var minTime, maxTime = time.Unix(0, 0), time.Unix(0, math.MaxInt64)

// IsRecordTime reports whether any record can have a time: one from 1970 to April 2262.
func IsRecordTime(at time.Time) bool { return !at.Before(minTime) && at.Before(maxTime) }

// maxRecord is how large a record of a topic may be.
func (m *Machine) maxRecord(topic string) int {
	if n := m.o.Limits(topic).MaxRecord; n > 0 && !testhook.IsOff(testhook.Limits) {
		return min(n, m.o.MaxRecord)
	}
	return m.o.MaxRecord
}

// window returns the times that records of a topic may have.
func (m *Machine) window(topic string) (earliest, latest time.Time) {
	l, now := m.o.Limits(topic), time.Now()
	earliest, latest = minTime, maxTime.Add(-1)

	if at := now.Add(-l.Before); l.Before > 0 && at.After(earliest) {
		earliest = at
	}

	if l.After > 0 && l.After < latest.Sub(now) {
		latest = now.Add(l.After)
	}

	return earliest, latest
}

// checkTime refuses a time that records of a topic can't have. Without one, a record has that of its sending.
func (m *Machine) checkTime(topic string, at time.Time) error {
	if at.IsZero() || testhook.IsOff(testhook.EventTime) {
		return nil
	}

	switch earliest, latest := m.window(topic); {
	case at.Before(earliest):
		return fmt.Errorf("the time %s is earlier than topic %s takes", at.Format(time.RFC3339), topic)
	case at.After(latest):
		return fmt.Errorf("the time %s is later than topic %s takes", at.Format(time.RFC3339), topic)
	}

	return nil
}

// check refuses a record that its topic does not take.
func (m *Machine) check(o *Output) error {
	if n, most := o.Size(), m.maxRecord(o.Topic); n > most {
		return fmt.Errorf("the record for topic %s has %d bytes, at most %d are allowed", o.Topic, n, most)
	}
	return m.checkTime(o.Topic, o.Time)
}

// clamp returns the time closest to at that records of a topic may have.
func (m *Machine) clamp(topic string, at time.Time) time.Time {
	earliest, latest := m.window(topic)
	switch {
	case at.IsZero():
		return at
	case at.Before(earliest):
		return earliest
	case at.After(latest):
		return latest
	}
	return at
}
