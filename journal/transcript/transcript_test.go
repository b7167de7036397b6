package transcript_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/journal/transcript"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

func TestConformance(t *testing.T) {
	llmtest.Conformance(t, func(*testing.T) llm.Model {
		return transcript.Of(llmtest.Says(slices.Repeat([]string{`{"reason":"it leaves on time","action":"keep"}`}, 20)...))
	})
}

// desk asks a model twice for each question, the second time with what it said first.
func desk(m llm.Model) *topology.Topology {
	t := topology.New("desk")
	ask := func(ctx context.Context, q string) (string, error) {
		r := llm.Request{Messages: []llm.Message{{Role: llm.System, Text: "Be brief."},
			{Role: llm.User, Text: q}},
			Tools: []llm.Tool{{Name: "clock", Description: "the time"}}}

		reply, err := m.Chat(ctx, r)
		if err != nil {
			return "", err
		}

		r.Messages = append(r.Messages, reply.Message,
			llm.Message{Role: llm.ToolRole, Text: "noon", Calls: []llm.Call{{Tool: "clock"}}})
		reply, err = m.Chat(ctx, r)

		return reply.Message.Text, err
	}
	questions := topology.From(t, topology.Topic[string, string]("questions"))
	answers, unsettled := topology.Async(questions, "answer", topology.Func[string, string](ask),
		topology.Policy[string]{Record: true})
	answers.To("answers")
	unsettled.To("unsettled")

	return t
}

func only(t testing.TB, e topologytest.Engine) journal.Entry {
	var l journal.Log
	for _, r := range e.Sent("desk.journal") {
		if err := l.Add(r.Key, r.Value); err != nil {
			t.Fatal(err)
		}
	}

	for _, r := range e.Sent("desk.journal-parts") {
		l.AddPart(r.Key, r.Value)
	}

	return l.Entry(l.Records()[0])
}

// A chat of two exchanges is on record with each message once, and both costs.
func TestChatGoesOnRecord(t *testing.T) {
	e := topologytest.Memory(t, desk(transcript.Of(llmtest.Says("let me see", "it is noon"))))
	_ = e.Send("questions", "k", []byte(`"what time is it?"`))

	entry := only(t, e)
	var got []string
	for _, n := range entry.Notes {
		text, err := entry.Text(n)
		if err != nil {
			t.Error(err)
		}

		if strings.HasPrefix(n.Name, transcript.Usage) {
			var c transcript.Cost
			if err := json.Unmarshal([]byte(text), &c); err != nil || c.Model != "script" ||
				c.TokensIn == 0 || c.TokensOut == 0 {
				t.Errorf("%s: %v", text, err)
			}
			text = ""
		}
		got = append(got, fmt.Sprintf("%s:%s:%v", n.Name, text, n.Kept != ""))
	}

	want := []string{"0 system:Be brief.:true", "1 user:what time is it?:false",
		`tools:[{"name":"clock","description":"the time","schema":null}]:true`,
		"2 assistant:let me see:false", "usage 2::false", "3 tool:noon\n" + `[{"tool":"clock","args":null}]:false`, "4 assistant:it is noon:false", "usage 4::false"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// An exchange that fails is on record with its error, and without a reply.
func TestFailedChatGoesOnRecord(t *testing.T) {
	m := &llmtest.Script{}
	if err := m.Answer("fails it is night"); err != nil {
		t.Fatal(err)
	}
	e := topologytest.Memory(t, desk(transcript.Of(m)))
	_ = e.Send("questions", "k", []byte(`"anyone?"`))

	entry := only(t, e)
	last := entry.Notes[len(entry.Notes)-1]
	if last.Name != "usage 2" || !strings.Contains(last.Text, "it is night") || len(entry.Notes) != 4 {
		t.Errorf("%+v", entry.Notes)
	}
}

func TestUnrecordedChatIsLeftAlone(t *testing.T) {
	reply, err := transcript.Of(llmtest.Says("hello")).Chat(t.Context(),
		llm.Request{Messages: []llm.Message{{Role: llm.User, Text: "hi"}}})
	if err != nil || reply.Message.Text != "hello" {
		t.Errorf("%v %v", reply, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if _, err := transcript.Of(llmtest.Says("hello")).Chat(ctx, llm.Request{}); !errors.Is(err,
		context.Canceled) {
		t.Error(err)
	}
}

func ExampleOf() {
	e := topologytest.Memory(printing{}, desk(transcript.Of(llmtest.Says("let me see", "it is noon"))))
	_ = e.Send("questions", "k", []byte(`"what time is it?"`))
	fmt.Println(only(nil, e).Notes[1])
	// Output: {1 user what time is it?  false}
}

type printing struct{ testing.TB }

func (printing) Cleanup(func()) {}

// What an operator of package llm is asked and says goes on record without a wrapper, and once with one.
func TestOperatorsPutTheirChatsOnRecord(t *testing.T) {
	for name, wrap := range map[string]func(llm.Model) llm.Model{
		"as it is": func(m llm.Model) llm.Model { return m },
		"wrapped":  transcript.Of,
	} {
		type said struct {
			Text string `json:"text"`
		}
		top := topology.New("desk")
		asked := topology.From(top, topology.Topic[string, string]("questions"))
		answers, unsettled := topology.Async(asked, "answer",
			llm.Operator[string, said]{Model: wrap(llmtest.Says(`{"text":"noon"}`)),
				Instructions: "Be brief."},
			topology.Policy[string]{Record: true})
		answers.To("answers")
		unsettled.To("unsettled")

		e := topologytest.Memory(t, top)
		if err := e.Send("questions", "k", []byte(`"what time is it?"`)); err != nil {
			t.Fatal(err)
		}
		entry := only(t, e)

		var got []string
		for _, n := range entry.Notes {
			text, err := entry.Text(n)
			if err != nil || strings.HasPrefix(n.Name, transcript.Usage) {
				text = ""
			}
			got = append(got, n.Name+":"+text)
		}

		want := []string{"0 system:Be brief.", "1 user:what time is it?",
			`2 assistant:{"text":"noon"}`, "usage 2:"}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
}
