package stage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A counter counts words, has those with a question mark answered, and shows what it knows in the answer.
type (
	word    struct{ Text string }
	counter struct {
		N    int
		Tags []string
	}
	question struct {
		Text string
		N    int
		Tags []string
	}
)

const (
	words    topology.Topic[string, word]    = "words"
	limits   topology.Topic[string, int]     = "limits"
	seen     topology.Topic[string, string]  = "seen"
	answers  topology.Topic[string, string]  = "answers"
	counters topology.Table[string, counter] = "counters"
)

type oracle struct {
	topology.Func[question, string]
}

func (oracle) Check(_ context.Context, q question, a string) error {
	switch a {
	case "no":
		return errors.New("no is no answer")
	case "explode":
		panic("the answer exploded")
	}
	return nil
}

func (oracle) GiveUp(q question, cause error) (string, error) {
	if q.Text == "easy?" {
		return "by rule", nil
	}
	return "", cause
}

func declare(changed func(a, b question) bool) *topology.Topology {
	t := topology.New("words")
	topology.Fold(counters, topology.From(t, limits), func(c counter, n int) counter { c.N = n; return c })
	counted := topology.Fold(counters, topology.From(t, words), func(c counter, w word) counter {
		switch w.Text {
		case "panic":
			panic("a bad word")
		case "modify":
			c.Tags[0] = "modified"
		case "tag":
			c.Tags = append(slices.Clip(c.Tags), w.Text)
		}

		c.N++

		return c
	})
	topology.FlatMap(counted, func(w word) []string { return strings.Fields(w.Text) }).To(seen)
	asked := topology.Join(counted.Filter(func(w word) bool { return strings.HasSuffix(w.Text, "?") }),
		counters,
		func(w word, c counter) question { return question{w.Text, c.N, c.Tags} })
	settled, _ := topology.Async(asked.Filter(func(q question) bool { return q.N < 100 }), "oracle",
		oracle{func(context.Context, question) (string, error) { return "", nil }}, topology.Policy[question]{Changed: changed, Reasks: 1})
	settled.To(answers)

	return t
}

// An engine in the smallest: one stage, the row of one key, and what has come out.
type engine struct {
	t       *testing.T
	plan    *plan.Plan
	machine *stage.Machine
	copies  stage.Copies
	row     *stage.Row
	cells   map[string]*stage.Request // that wait, by operator and number
	offset  int64
	out     []stage.Output
	calls   []stage.Call
	impure  []string // steps
}

const partitions = 4

func start(t *testing.T, changed func(a, b question) bool, o stage.Options) *engine {
	p, err := declare(changed).Plan()
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{t: t, row: &stage.Row{}}
	o.Partitions, o.TopicID = partitions, func(topic string) string { return topic + "-uuid" }
	o.Impure = func(step, what string) { e.impure = append(e.impure, step+" "+what) }
	e.machine = stage.New(p, &p.Stages[0], o)

	return e
}

func (e *engine) send(topic, value string) stage.Effects {
	return e.deliver(stage.Message{Topic: topic, Key: "k", Partition: murmur2.Partition("k", partitions),
		Value: []byte(value)})
}

func (e *engine) word(text string) stage.Effects {
	return e.send("words", fmt.Sprintf(`{"Text":%q}`, text))
}

func (e *engine) deliver(m stage.Message) stage.Effects {
	m.Offset = e.offset
	e.offset++
	return e.apply(e.machine.Event(m, e.row, e.copies))
}

func (e *engine) answer(c stage.Call, value string) stage.Effects {
	return e.apply(e.settle(stage.Answer{Call: c, Value: value}))
}

func (e *engine) settle(a stage.Answer) (stage.Effects, error) {
	return e.machine.Settle(a, e.row, e.head(a.Call.Op), e.copies)
}

// ask asks about the heads of queues, as after a crash.
func (e *engine) ask(ops ...string) {
	e.t.Helper()
	e.apply(stage.Effects{Key: "k", Row: e.row, Heads: ops}, nil)
}

func (e *engine) head(op string) *stage.Request {
	return e.cells[fmt.Sprint(op, e.row.Queue(op).First)]
}

// waiting counts the events that wait.
func (e *engine) waiting() int { return len(e.cells) }

// Take and Release implement stage.Slots: there is always a slot.
func (e *engine) Take(string) bool { return true }
func (e *engine) Release(string)   {}

func (e *engine) apply(ef stage.Effects, err error) stage.Effects {
	e.t.Helper()

	if err == nil {
		ef, err = e.machine.Proceed(ef, e, func(op string, seq int64) (*stage.Request, error) {
			return e.cells[fmt.Sprint(op, seq)], nil
		}, e.copies)
	}

	if err != nil {
		e.t.Fatal(err)
	}
	e.row = ef.Row
	if e.cells == nil {
		e.cells = map[string]*stage.Request{}
	}

	for _, c := range ef.Waiting {
		e.cells[fmt.Sprint(c.Op, c.Seq)] = c.Request
		if c.Gone {
			delete(e.cells, fmt.Sprint(c.Op, c.Seq))
		}
	}
	e.out = append(e.out, ef.Outputs...)
	e.calls = append(e.calls, ef.Calls...)
	return ef
}

// values are those that came out on a topic so far.
func (e *engine) values(topic string) (all []string) {
	for _, o := range e.out {
		if o.Topic == topic {
			all = append(all, string(o.Value))
		}
	}
	return all
}

func (e *engine) expect(what string, got, want any) {
	e.t.Helper()

	if fmt.Sprint(got) != fmt.Sprint(want) {
		e.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func header(o stage.Output, name string) string {
	for _, h := range o.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

func TestLaw1StepsRunDepthFirstInDeclarationOrder(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("one two?")
	e.expect("outputs", e.values("seen"), []string{`"one"`, `"two?"`})
	e.expect("the case has the row after the change", e.calls[0].Case, question{"one two?", 1, nil})
}

func TestLaw1TheHeadOfAKeyIsAskedAndNoOther(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("first?")
	e.word("second?")
	e.expect("calls", len(e.calls), 1)
	e.answer(e.calls[0], "yes")
	e.expect("calls", len(e.calls), 2)
	e.answer(e.calls[1], "yes, too")
	e.expect("answers", e.values("answers"), []string{`"yes"`, `"yes, too"`})
	e.expect("waiting", e.waiting(), 0)
}

func TestLaw2AStepThatModifiesItsArgumentIsFound(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("tag")
	e.expect("impure", len(e.impure), 0)
	e.word("modify")
	e.expect("impure", e.impure, []string{"fold counters " + stage.Modifies})
}

func TestLaw2ACallHasItsOwnCopyOfTheRow(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("tag")
	e.word("why?")
	e.calls[0].Case.(question).Tags[0] = "what an operator does to it"
	e.word("tag")
	e.expect("row", string(e.row.Bytes), `{"N":3,"Tags":["tag","tag"]}`)
}

func TestLaw3APanicLeavesADeadLetterAndNothingElse(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")

	row, outs := e.row, len(e.out)
	ef := e.word("panic")
	if ef.Changed || e.row != row || len(ef.Calls) > 0 || len(e.out) != outs+1 {
		t.Errorf("%+v", ef)
	}
	e.expect("error", header(ef.Outputs[0], "deadletter-error"), "panic: a bad word")
}

func TestLaw5AnIDIsMadeOfWhereTheEventWas(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")
	part := murmur2.Partition("k", partitions)
	e.expect("id", e.calls[0].ID, fmt.Sprintf("words/oracle/words-uuid/%d/0", part))
	e.answer(e.calls[0], "because")
	e.expect("ce_id", header(e.out[len(e.out)-1], "ce_id"), e.calls[0].ID)
}

func TestLaw5AnAnswerTakesEffectOnce(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")
	e.answer(e.calls[0], "because")

	if ef := e.answer(e.calls[0], "because"); !ef.Ignored || ef.Changed || len(ef.Outputs) > 0 {
		t.Errorf("repeated: %+v", ef)
	}
}

func TestLaw5AnAnswerOfAnOlderAttemptIsIgnored(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")
	e.ask("oracle") // after a crash
	e.expect("attempts", []int{e.calls[0].Attempt, e.calls[1].Attempt}, []int{1, 2})

	if ef := e.answer(e.calls[0], "from before the crash"); !ef.Ignored {
		t.Errorf("%+v", ef)
	}
	e.answer(e.calls[1], "from after it")
	e.expect("answers", e.values("answers"), `["from after it"]`)
}

func TestLaw6AChangedCaseIsAskedAgainAndThenGivenUp(t *testing.T) {
	e := start(t, func(asked, now question) bool { return asked.N != now.N }, stage.Options{})
	e.word("easy?")
	e.send("limits", "7")
	e.answer(e.calls[0], "for 1")
	e.expect("answers", len(e.values("answers")), 0)
	e.expect("second case", e.calls[1].Case, question{"easy?", 7, nil})
	e.send("limits", "8")
	e.answer(e.calls[1], "for 7")
	e.expect("answers", e.values("answers"), `["by rule"]`)
	e.expect("decided by", header(e.out[len(e.out)-1], "ce_decidedby"), "fallback")
}

func TestLaw6AnAnswerThatFailsItsCheckIsAskedAgain(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")
	e.answer(e.calls[0], "no")
	e.expect("calls", len(e.calls), 2)
	ef := e.answer(e.calls[1], "no")
	e.expect("dead letters", ef.DeadLetters, 1) // nobody takes the unsettled stream
	e.expect("waiting", e.waiting(), 0)
}

func TestLaw6ACaseFilteredOutByNowDropsItsAnswer(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")
	e.word("how?")
	e.send("limits", "100") // the filter of cases says no
	e.answer(e.calls[0], "because")
	e.expect("answers", len(e.values("answers")), 0)
	e.expect("waiting", e.waiting(), 0)
	e.expect("calls", len(e.calls), 1)
}

func TestLaw7ABurstOfOneKeyWaitsWithoutItsRow(t *testing.T) {
	e := start(t, nil, stage.Options{MaxRecord: 4000})
	for range 90 {
		e.expect("dead letters", e.word("why?").DeadLetters, 0)
	}
	e.expect("waiting", e.waiting(), 90)
	e.expect("calls", len(e.calls), 1)

	for i := range 90 {
		e.answer(e.calls[i], fmt.Sprint(i))
	}
	e.expect("waiting", e.waiting(), 0)
	e.expect("answers", len(e.values("answers")), 90)
}

func TestLaw7WhatWaitsIsBoundedEachForItself(t *testing.T) {
	e := start(t, nil, stage.Options{MaxRecord: 4000})
	ef := e.deliver(stage.Message{Topic: "words", Key: "k", Partition: murmur2.Partition("k", partitions),
		Value: []byte(`{"Text":"why?"}`), Headers: map[string]string{"x": strings.Repeat("x", 3900)}})
	e.expect("dead letters", ef.DeadLetters, 1)
	e.expect("waiting", e.waiting(), 0)
}

// Each thing that can be wrong with a record, and what its dead letter says.
func TestLaw8ABadRecordIsADeadLetter(t *testing.T) {
	own := murmur2.Partition("k", partitions)
	for _, bad := range []struct {
		name string
		m    stage.Message
		says string
	}{
		{"not decodable", stage.Message{Topic: "words", Key: "k", Partition: own, Value: []byte("{")},
			"cannot be decoded as stage_test.word"},
		{"another type", stage.Message{Topic: "limits", Key: "k", Partition: own, Value: []byte(`"x"`)},
			"cannot be decoded as int"},
		{"no key", stage.Message{Topic: "words", Value: []byte("{}")}, "the record has no key"},
		{"misrouted", stage.Message{Topic: "words", Key: "k", Partition: own ^ 1, Value: []byte("{}")},
			"misrouted"},
		{"panic", stage.Message{Topic: "words", Key: "k", Partition: own, Value: []byte(`{"Text":"panic"}`)},
			"panic: a bad word"},
		{"too large an output", stage.Message{Topic: "words", Key: "k", Partition: own,
			Value: fmt.Appendf(nil, `{"Text":%q}`, strings.Repeat("x", 3900))}, "the record for topic seen"},
		{"too large a second output", stage.Message{Topic: "words", Key: "k", Partition: own,
			Value: fmt.Appendf(nil, `{"Text":"fine %s"}`,
				strings.Repeat("x", 3900))}, "the record for topic seen"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			e := start(t, nil, stage.Options{MaxRecord: 3900})
			ef := e.deliver(bad.m)
			if ef.Changed || ef.DeadLetters != 1 || len(ef.Outputs) != 1 ||
				ef.Outputs[0].Topic != "words.dead-letters" {
				t.Fatalf("%+v", ef)
			}

			o := ef.Outputs[0]
			if got := header(o, "deadletter-error"); !strings.Contains(got, bad.says) {
				t.Errorf("says %q, want %q", got, bad.says)
			}
			e.expect("position", header(o, "deadletter-topic")+"/"+header(o,
				"deadletter-partition")+"/"+header(o, "deadletter-offset"),
				fmt.Sprintf("%s/%d/0", bad.m.Topic, bad.m.Partition))
			e.expect("stage", header(o, "deadletter-stage"), "words.counters")

			if fits := header(o, "deadletter-sha256") == ""; fits && string(o.Value) != string(bad.m.Value) {
				t.Errorf("bytes: %q", o.Value)
			}
		})
	}
}

func TestLaw8APanicAtSettleIsADeadLetterOfTheOperator(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")
	e.word("how?")
	ef := e.answer(e.calls[0], "explode")
	e.expect("dead letters", ef.DeadLetters, 1)
	e.expect("operator", header(ef.Outputs[0], "deadletter-operator"), "oracle")
	e.expect("the next one is asked", len(e.calls), 2)
	e.expect("its case", e.calls[1].Case, question{"how?", 2, nil})
}

// A row that was written by something else, or by another version, ends the stage: the events that meet it
// are not to blame.
func TestLaw8ARowThatCannotBeReadIsNobodysDeadLetter(t *testing.T) {
	e := start(t, nil, stage.Options{})
	row := &stage.Row{Bytes: []byte(`"not a counter"`), Version: 3, Time: time.Now()}
	ef, err := e.machine.Event(stage.Message{Topic: "words", Key: "k",
		Partition: murmur2.Partition("k", partitions), Value: []byte(`{"Text":"why?"}`)}, row, nil)
	if bad := new(stage.RowError); !errors.As(err, &bad) || bad.Table != "counters" || bad.Key != "k" {
		t.Errorf("%v", err)
	}

	if ef.Changed || ef.Row != row || len(ef.Outputs) > 0 {
		t.Errorf("%+v", ef)
	}
}

// A case that kills its worker each time is got rid of.
func TestLaw8ACaseThatKillsItsWorkerIsGivenUp(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")
	for range 9 {
		e.ask("oracle") // after a crash
	}
	e.expect("attempts", e.calls[9].Attempt, 10)
	e.ask("oracle")
	e.expect("calls", len(e.calls), 10)
	e.expect("waiting", e.waiting(), 0)

	got := header(e.out[len(e.out)-1], "deadletter-error")
	if !strings.Contains(got, "10 attempts have ended without an answer") {
		t.Error(got)
	}
}

// What waits was kept by another version, in which it was something else.
func TestLaw8WhatWaitsIsTakenForNothingElse(t *testing.T) {
	e := start(t, nil, stage.Options{})
	e.word("why?")
	head := *e.head("oracle")
	head.Anchor = strings.Replace(head.Anchor, "counters", "others", 1)

	_, err := e.machine.Ask("k", "oracle", e.row, &head, nil)
	if bad := new(stage.AnchorError); !errors.As(err, &bad) || bad.Op != "oracle" {
		t.Errorf("%v", err)
	}
}
