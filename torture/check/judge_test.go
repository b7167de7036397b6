package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// A log is what is on the topics of a round in which nothing went wrong: one account with eight entries, of
// which two are judged and one is reviewed; a term, a rate, and a bad record.
func newLog(t *testing.T) *Round {
	t.Helper()

	const account = "a001" // none of its cases is doomed
	r := &Round{Topics: TopicsOf("t1"), Sent: NewSent(), Records: map[string][]Record{},
		Visible: map[caseID]time.Time{}}
	r.Sent.NextTerm(account)
	r.Sent.NextRate("eur")
	r.Sent.Bad(Place{r.Topics.Entries(), 0, 8}, "half a record")

	last := Entry{}
	for i := range 8 {
		last = r.Sent.NextEntry(account, 10)
		r.Sent.At(Place{r.Topics.Entries(), 0, int64(i)}, last)
		r.add(r.Topics.balances(), account, balance{account, last.Seq, 10 * last.Seq}, nil)
	}

	for _, seq := range []int{4, 8} {
		id := fmt.Sprint("t1/judge/", seq)
		v := verdict{Account: account, Seq: seq, Terms: 1, Rate: RateOf("eur", 1), By: "w0.1"}
		r.add(r.Topics.verdicts(), account, v, named(id))
		r.add(r.Topics.journal(), id+"#1", entry{ID: id, Attempt: 1, Operator: judge, Outcome: "taken",
			Rows: []string{"rates/eur@1#00000000"}}, nil)
		r.Visible[caseID{judge, account, seq}] = time.Unix(100, 0)
	}
	r.add(r.Topics.reviews(), account, verdict{Account: account, Seq: 7, By: "w0.1"}, named("t1/review/7"))
	r.add(r.Topics.parts(), "rates/eur@1#00000000", RateOf("eur", 1), nil)
	r.add(r.Topics.deadLetters(), account, nil, letterHeaders(Place{r.Topics.Entries(), 0, 8}, ""))

	r.add(r.Topics.cells("accounts"), "judge/0/a001", "waits", nil)
	r.tombstone(r.Topics.cells("accounts"), "judge/0/a001")
	r.add(r.Topics.Changelog("rates"), "eur", RateOf("eur", 1), versioned(1))
	r.add(r.Topics.Changelog("audits"), account, audit{Seq: 8, Sum: 80, Verdicts: 2, Last: 8}, versioned(8))
	r.add(r.Topics.Changelog("accounts"), account, accountRow(7), versioned(11))
	r.add(r.Topics.Changelog("accounts"), account, accountRow(8), versioned(12))

	return r
}

func accountRow(seq int) any {
	return map[string]any{"Seq": seq, "Sum": 10 * seq, "Terms": 1, "Decided": 2, "LastDecided": 8,
		"Reviewed": 1, "LastReviewed": 7}
}

func named(id string) map[string]string { return map[string]string{"ce_id": id} }

func versioned(n int) map[string]string {
	return map[string]string{"slipstream-version": fmt.Sprint(n)}
}

func letterHeaders(p Place, operator string) map[string]string {
	return map[string]string{"deadletter-topic": p.Topic, "deadletter-partition": fmt.Sprint(p.Partition),
		"deadletter-offset": fmt.Sprint(p.Offset), "deadletter-operator": operator}
}

func (r *Round) add(topic, key string, v any, headers map[string]string) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	at := Place{topic, 0, int64(len(r.Records[topic]))}
	r.Records[topic] = append(r.Records[topic], Record{Place: at, Key: key, Value: b, Headers: headers})
}

func (r *Round) tombstone(topic, key string) {
	at := Place{topic, 0, int64(len(r.Records[topic]))}
	r.Records[topic] = append(r.Records[topic], Record{Place: at, Key: key})
}

// change replaces the nth record of a topic.
func (r *Round) change(topic string, n int, change func(*Record)) {
	change(&r.Records[topic][n])
}

// again repeats the nth record of a topic.
func (r *Round) again(topic string, n int) {
	rec := r.Records[topic][n]
	rec.Offset = int64(len(r.Records[topic]))
	r.Records[topic] = append(r.Records[topic], rec)
}

// drop takes the last record of a topic away.
func (r *Round) drop(topic string) {
	all := r.Records[topic]
	r.Records[topic] = all[:len(all)-1]
}

// Each thing that can go wrong is found, as what it is.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(r *Round)
		want   []string
	}{
		{"nothing", func(*Round) {}, nil},
		{"an entry was applied twice", func(r *Round) { r.again(r.Topics.balances(), 7) },
			[]string{"entry twice"}},
		{"an entry was lost", func(r *Round) { r.drop(r.Topics.balances()) }, []string{"entry lost"}},
		{"two entries changed places", func(r *Round) {
			all := r.Records[r.Topics.balances()]
			all[2], all[3] = all[3], all[2]
		}, []string{"entry lost", "entry twice"}},
		{"a sum is wrong", func(r *Round) {
			r.change(r.Topics.balances(), 7, func(rec *Record) { rec.Value = value(balance{"a001", 8, 90}) })
		}, []string{"wrong sum"}},
		{"a case was decided twice", func(r *Round) { r.again(r.Topics.verdicts(), 1) },
			[]string{"id twice", "out of order", "settled twice"}},
		{"a case was decided twice under two ids", func(r *Round) {
			r.again(r.Topics.verdicts(), 1)
			r.change(r.Topics.verdicts(), 2, func(rec *Record) { rec.Headers = named("other") })
		}, []string{"out of order", "settled twice"}},
		{"a decision was lost", func(r *Round) { r.drop(r.Topics.verdicts()) },
			[]string{"case lost", "journal", "wrong row", "wrong row of the second stage"}},
		{"a case was decided and failed", func(r *Round) {
			r.add(r.Topics.failures(), "a001", map[string]any{"case": caseOf("a001", 8)}, named("f"))
		}, []string{"settled twice"}},
		{"a review is a dead letter, too", func(r *Round) {
			r.add(r.Topics.deadLetters(), "a001", nil, letterHeaders(Place{r.Topics.Entries(), 0, 6}, review))
		}, []string{"settled twice"}},
		{"a decision has no id", func(r *Round) {
			r.change(r.Topics.reviews(), 0, func(rec *Record) { rec.Headers = nil })
		}, []string{"decision without id"}},
		{"a verdict saw a rate that never was", func(r *Round) {
			v := verdict{Account: "a001", Seq: 8, Rate: Rate{"eur", 1, 1}}
			r.change(r.Topics.verdicts(), 1, func(rec *Record) { rec.Value = value(v) })
		}, []string{"row that never was"}},
		{"a bad record is no dead letter", func(r *Round) { r.drop(r.Topics.deadLetters()) },
			[]string{"dead letter"}},
		{"a good record is a dead letter", func(r *Round) {
			r.add(r.Topics.deadLetters(), "a001", nil, letterHeaders(Place{r.Topics.Entries(), 0, 1}, ""))
		}, []string{"dead letter"}},
		{"a changelog goes back", func(r *Round) {
			r.change(r.Topics.Changelog("accounts"), 0, func(rec *Record) { rec.Headers = versioned(13) })
		}, []string{"changelog goes back"}},
		{"a row is behind", func(r *Round) { r.drop(r.Topics.Changelog("accounts")) }, []string{"wrong row"}},
		{"the second stage is behind", func(r *Round) {
			a := audit{Seq: 7, Sum: 70, Verdicts: 2, Last: 8}
			r.change(r.Topics.Changelog("audits"), 0, func(rec *Record) { rec.Value = value(a) })
		}, []string{"wrong row of the second stage"}},
		{"a verdict took effect on other terms", func(r *Round) {
			row := accountRow(8).(map[string]any)
			row["Stale"] = 1
			r.change(r.Topics.Changelog("accounts"), 1, func(rec *Record) { rec.Value = value(row) })
		}, []string{"wrong row"}},
		{"an event still waits", func(r *Round) { r.drop(r.Topics.cells("accounts")) },
			[]string{"still waits"}},
		{"an event still waits in its row", func(r *Round) {
			headers := versioned(12)
			headers["slipstream-pending-0"] = "{}"
			r.change(r.Topics.Changelog("accounts"), 1, func(rec *Record) { rec.Headers = headers })
		}, []string{"still waits"}},
		{"a decision is on record twice", func(r *Round) { r.again(r.Topics.journal(), 1) },
			[]string{"journal"}},
		{"a decision is not on record", func(r *Round) { r.drop(r.Topics.journal()) }, []string{"journal"}},
		{"a row that was seen is not on record", func(r *Round) { r.drop(r.Topics.parts()) },
			[]string{"journal"}},
		{"a call began when its decision was visible", func(r *Round) {
			r.Calls = []Call{{time.Unix(101, 0), caseID{judge, "a001", 8}, 1, "w0.1"}}
		}, []string{"call after its decision"}},
		{"a call was cut off by a stop, at its beginning", func(r *Round) {
			r.Calls = []Call{{time.Unix(101, 1), caseID{judge, "a001", 8}, 1, "w0.1"}}
			r.Woken = []Woken{{"w0.1", time.Unix(101, 0)}}
		}, nil},
		{"two calls began after a stop", func(r *Round) {
			r.Calls = []Call{{time.Unix(101, 1), caseID{judge, "a001", 8}, 1, "w0.1"},
				{time.Unix(101, 2), caseID{judge, "a001", 4}, 1, "w0.1"}}
			r.Woken = []Woken{{"w0.1", time.Unix(101, 0)}}
		}, []string{"call after its decision"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newLog(t)
			c.damage(r)

			var bad Findings
			r.Judge(&bad)

			if got := slices.Sorted(maps.Keys(bad.Counts())); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v: %v", got, c.want, bad.All())
			}
		})
	}
}

// At least once, events may take effect again, but none is lost, and a repeat has the id of the first.
func TestJudgeAtLeastOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(r *Round)
		want   []string
	}{
		{"entries and a decision come again", func(r *Round) {
			r.again(r.Topics.balances(), 6)
			r.again(r.Topics.balances(), 7)
			r.again(r.Topics.verdicts(), 1)
			r.again(r.Topics.deadLetters(), 0)
		}, nil},
		{"an entry was lost", func(r *Round) {
			all := r.Records[r.Topics.balances()]
			r.Records[r.Topics.balances()] = append(all[:3:3], all[4:]...)
		}, []string{"entry lost"}},
		{"a decision comes again under another id", func(r *Round) {
			r.again(r.Topics.verdicts(), 1)
			r.change(r.Topics.verdicts(), 2, func(rec *Record) { rec.Headers = named("other") })
		}, []string{"repeat has another id"}},
		{"a row is behind", func(r *Round) { r.drop(r.Topics.Changelog("accounts")) }, []string{"wrong row"}},
		{"a crash has left an attempt without the row that it saw", func(r *Round) {
			e := entry{ID: "t1/judge/8", Attempt: 1, Outcome: "taken", Rows: []string{"x/y@1#00"}}
			r.change(r.Topics.journal(), 1, func(rec *Record) { rec.Value = value(e) })
			e.Attempt, e.Rows = 2, nil
			r.add(r.Topics.journal(), "t1/judge/8#2", e, nil)
		}, nil},
		{"a row that was seen is not on record", func(r *Round) { r.drop(r.Topics.parts()) },
			[]string{"journal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newLog(t)
			r.AtLeastOnce = true
			c.damage(r)

			var bad Findings
			r.Judge(&bad)

			if got := slices.Sorted(maps.Keys(bad.Counts())); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v: %v", got, c.want, bad.All())
			}
		})
	}
}

func value(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func caseOf(account string, seq int) any { return map[string]any{"Account": account, "Seq": seq} }
