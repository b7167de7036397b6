package stage_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// Without each topic's own limits, the broker refuses a whole transaction because of one record, again and
// again. The record's own time counts as well as that of its value.
func TestLaw8WhatATopicDoesNotTakeIsADeadLetter(t *testing.T) {
	const small = 2000
	takes := func(topic string) stage.Limits {
		return map[string]stage.Limits{
			"seen":                 {MaxRecord: small, Before: time.Hour},
			"words.counters-table": {After: 5 * time.Minute},
			"words.dead-letters":   {MaxRecord: small, After: time.Minute},
		}[topic]
	}
	now := time.Now()
	micros := time.UnixMilli(now.UnixMicro())

	for what, c := range map[string]struct {
		text string
		at   time.Time
		want string // "": it is taken
	}{
		"ordinary":                        {"hello", now, ""},
		"without a time":                  {"hello", time.Time{}, ""},
		"an hour and a half ago":          {"hello", now.Add(-90 * time.Minute), "earlier than topic seen"},
		"long ago, to the changelog only": {"", now.Add(-90 * time.Minute), ""},
		"ten minutes ahead":               {"", now.Add(10 * time.Minute), "later than topic words.counters"},
		"in microseconds":                 {"hello", micros, "which no record can have"},
		"before time began":               {"hello", time.Unix(-1, 0), "which no record can have"},
		"large":                           {strings.Repeat("x", small), now, "the record for topic seen has"},
		"large, to the changelog only":    {strings.Repeat(" ", small), now, ""},
	} {
		e := start(t, nil, stage.Options{Limits: takes})
		ef := e.deliver(stage.Message{Topic: "words", Key: "k", Partition: murmur2.Partition("k", partitions),
			Time: c.at, Value: fmt.Appendf(nil, `{"Text":%q}`, c.text)})

		if (ef.DeadLetters > 0) != (c.want != "") {
			t.Errorf("%s: %d dead letters, want %q", what, ef.DeadLetters, c.want)
		}

		for _, o := range ef.Outputs {
			if o.Topic != "words.dead-letters" {
				continue
			}

			if reason := header(o, "deadletter-error"); !strings.Contains(reason, c.want) {
				t.Errorf("%s: the reason is %q, want %q", what, reason, c.want)
			}

			ahead := time.Until(o.Time)
			if o.Size() > small || ahead > time.Minute || o.Time.Before(time.Unix(0, 0)) {
				t.Errorf("%s: the dead letter has %d bytes and the time %v, which its topic does not take",
					what, o.Size(), o.Time)
			}
		}
	}
}

// A producer whose clock is ahead loses no event: it gets the time at which it came, unless the topic refuses
// it.
func TestLaw8ATimeAheadOfNow(t *testing.T) {
	now := time.Now()
	soon, late, before := now.Add(30*time.Minute), now.Add(2*time.Hour), now.Add(-time.Minute)
	never := now.AddDate(500, 0, 0)
	refuses := topology.TopicConfig[word]{RefuseAhead: true}
	allows := topology.TopicConfig[word]{Ahead: 3 * time.Hour}

	for what, c := range map[string]struct {
		config   topology.TopicConfig[word]
		at, told time.Time // of the record, of the value
		want     time.Time
		dead     int
	}{
		"half an hour":               {at: soon, want: soon},
		"two hours":                  {at: late, want: now},
		"two hours, in the value":    {at: before, told: late, want: before},
		"two hours, in both":         {at: late, told: late, want: now},
		"two hours, allowed":         {config: allows, at: late, want: late},
		"two hours, refused":         {config: refuses, at: late, dead: 1},
		"half an hour, not refused":  {config: refuses, at: soon, want: soon},
		"years, which no record has": {at: never, dead: 1},
		"years, in the value":        {at: now, told: never, dead: 1},
	} {
		if !c.told.IsZero() {
			c.config.Time = func(word) time.Time { return c.told }
		}
		top := topology.New("words")
		topology.Configure(top, words, c.config)
		topology.Map(topology.From(top, words), func(w word) string { return w.Text }).To(seen)
		p, err := top.Plan()
		if err != nil {
			t.Fatal(err)
		}

		m := stage.New(p, &p.Stages[0], stage.Options{Partitions: partitions})
		ef, err := m.Event(stage.Message{
			Topic:     "words",
			Key:       "k",
			Partition: murmur2.Partition("k", partitions),
			Time:      c.at,
			Value:     []byte(`{"Text":"x"}`),
		}, &stage.Row{}, nil)
		if err != nil {
			t.Fatal(err)
		}

		got := ef.Outputs[0].Time
		if ef.DeadLetters != c.dead || c.dead == 0 && got.Sub(c.want).Abs() > time.Minute {
			t.Errorf("%s: %d dead letters, the time is %v, want %d, %v",
				what, ef.DeadLetters, got, c.dead, c.want)
		}
	}
}

// A dead letter fits, however little its topic takes.
func TestLaw8ADeadLetterFits(t *testing.T) {
	for _, most := range []int{700, 1500, 5000, math.MaxInt} {
		takes := func(string) stage.Limits { return stage.Limits{MaxRecord: most} }
		e := start(t, nil, stage.Options{Limits: takes})
		ef := e.deliver(stage.Message{Topic: "words", Key: strings.Repeat("k", 900), Partition: 1,
			Value: []byte(strings.Repeat("no JSON ", 1000))})

		if len(ef.Outputs) != 1 || ef.Outputs[0].Size() > most {
			t.Errorf("of at most %d bytes: %d dead letters, of %d",
				most, len(ef.Outputs), ef.Outputs[0].Size())
		}
	}
}
