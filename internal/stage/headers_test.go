package stage_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A plain codec writes texts, and says so.
type plain struct{}

func (plain) Marshal(v any) ([]byte, error)            { return fmt.Append(nil, v), nil }
func (plain) Unmarshal(b []byte, v any) error          { *v.(*string) = string(b); return nil }
func (plain) ContentType() string                      { return "text/plain" }
func csv(string) map[string]string                     { return map[string]string{"content-type": "text/csv"} }
func silent() topology.Codec                           { return struct{ topology.Codec }{plain{}} }
func says(context.Context, word) (string, error)       { return "yes", nil }
func text(w word) string                               { return w.Text }
func of(c topology.Codec) topology.TopicConfig[string] { return topology.TopicConfig[string]{Codec: c} }

// What a record says of its content is what its topic's codec writes, for decisions as for other events.
func TestContentTypeIsThatOfTheCodec(t *testing.T) {
	for want, c := range map[string]topology.TopicConfig[string]{
		"application/json": {},
		"text/plain":       of(plain{}),
		"text/csv":         {Codec: plain{}, Headers: csv},
		"":                 of(silent()),
	} {
		top := topology.New("words")
		topology.Configure(top, seen, c)
		topology.Configure(top, answers, c)
		in := topology.From(top, words)
		topology.Map(in, text).To(seen)
		decided, _ := topology.Async(in, "oracle", topology.Func[word, string](says), topology.Policy[word]{})
		decided.To(answers)

		p, err := top.Plan()
		if err != nil {
			t.Fatal(err)
		}
		e := &engine{t: t, row: &stage.Row{}, plan: p, machine: stage.New(p, &p.Stages[0], stage.Options{})}
		e.deliver(stage.Message{Topic: "words", Key: "k", Partition: murmur2.Partition("k", partitions),
			Value: []byte(`{"Text":"hello"}`)})
		e.answer(e.calls[0], "yes")

		for _, o := range e.out {
			if got := header(o, "content-type"); got != want {
				t.Errorf("a record of %s says %q, want %q", o.Topic, got, want)
			}
		}

		if len(e.out) != 2 {
			t.Errorf("%d records, want an event and a decision", len(e.out))
		}
	}
}

// Every record has an id that no other has, and that is the same if it is made again.
func TestEveryRecordHasAnIDOfItsOwn(t *testing.T) {
	ids := func() (all []string) {
		e := start(t, nil, stage.Options{})
		e.word("one two three?")
		e.word("four")
		e.answer(e.calls[0], "yes")
		for _, o := range e.out {
			all = append(all, header(o, "ce_id"))
		}
		return all
	}

	all := ids()
	if fmt.Sprint(all) != fmt.Sprint(ids()) {
		t.Errorf("made again, the ids are others: %v", all)
	}

	once := map[string]bool{}
	for _, id := range all {
		if id == "" || once[id] {
			t.Errorf("the id %q is nobody's, or another's: %v", id, all)
		}
		once[id] = true
	}
}

// A ruler has an answer without being asked.
type ruler struct {
	topology.Func[question, string]
}

func (ruler) GiveUp(question, error) (string, error) { return "by rule", nil }

// What is decided without asking tells which rows it was decided by, as what an operator decides does.
func TestAnAnswerWithoutAskingNamesItsRows(t *testing.T) {
	top := topology.New("words")
	counted := topology.Fold(counters, topology.From(top, words), func(c counter, _ word) counter {
		c.N++
		return c
	})
	ask := func(w word, c counter) question { return question{w.Text, c.N, nil} }
	asked := topology.Join(counted, counters, ask)
	never := func(context.Context, question) (string, error) { panic("it is asked") }
	decided, _ := topology.Async(asked, "oracle", ruler{never}, topology.Policy[question]{
		Deadline: func(question) time.Time { return time.Now().Add(-time.Second) },
	})
	decided.To(answers)

	p, err := top.Plan()
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{t: t, row: &stage.Row{}, plan: p, machine: stage.New(p, &p.Stages[0], stage.Options{})}
	e.word("hello")

	if len(e.out) != 1 {
		t.Fatalf("%d records: %v", len(e.out), e.out)
	}
	e.expect("rows", header(e.out[0], "ce_rows"), "counters/k@1")
	e.expect("decided by", header(e.out[0], "ce_decidedby"), "fallback")
}
