package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/llm"
	agents "github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// A tailor's shop, to chat with: a clerk who can look up prices, and change an order after a yes.
type (
	patronID string
	patron   struct {
		Buttons int                 `json:"buttons"`
		Talk    agents.Conversation `json:"talk,omitzero"`
	}
	buttons struct {
		Buttons int `json:"buttons"`
	}
	timed struct {
		Time time.Time `json:"time"`
	}
)

func tailor(m llm.Model) *topology.Topology {
	const (
		patrons  topology.Table[patronID, patron]         = "patrons"
		orders   topology.Topic[patronID, buttons]        = "orders"
		days     topology.Topic[patronID, timed]          = "days"
		commands topology.Topic[patronID, agents.Command] = "commands"
		results  topology.Topic[patronID, agents.Result]  = "results"
	)
	t := topology.New("tailor")
	topology.From(t, days)
	topology.Fold(patrons, topology.From(t, orders),
		func(p patron, b buttons) patron { p.Buttons = b.Buttons; return p })
	agents.Agent[patronID, patron]{
		Name: "clerk", Table: patrons, Talk: func(p *patron) *agents.Conversation { return &p.Talk },
		Model: llm.ToolsBySchema(m), Instructions: "You are a tailor's clerk.",
		Tools: func(agents.Case[patronID, patron]) []agents.Tool {
			return []agents.Tool{
				agents.Read("prices", "What buttons cost.", func(_ context.Context,
					b buttons) (map[string]int, error) {
					return map[string]int{"price": 2 * b.Buttons}, nil
				}),
				agents.Write("sew", "Sew on buttons.", func(_ context.Context,
					b buttons) (agents.Terms, error) {
					return agents.Terms{Text: fmt.Sprintf("%d buttons cost %d. Shall I?", b.Buttons,
						2*b.Buttons), Agreed: map[string]int{"total": 2 * b.Buttons}}, nil
				}),
			}
		},
	}.Declare(t)
	topology.Map(topology.From(t, commands), func(c agents.Command) agents.Result {
		return agents.Result{Command: c.ID, OK: true, Text: "Sewn on.", Time: c.Time}
	}).To(results)

	return t
}

// startTailor runs the shop until the test ends, and returns its broker.
func startTailor(t *testing.T, answers ...string) string {
	t.Helper()

	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		t.Fatal(err)
	}

	w, err := processors.NewWorker(processors.Config{Brokers: []string{b.Addr()}},
		tailor(llmtest.Says(answers...)))
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()

		if err := <-ended; err != nil {
			t.Error(err)
		}
		b.Close()
	})

	select {
	case <-w.Ready():
	case err := <-ended:
		t.Fatal(err)
	}

	return b.Addr()
}

// A chat through a pipe: each line waits for the answer to the one before.
func TestChat(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	broker := startTailor(t,
		`{"tool":"prices","arguments":{"buttons":3}}`, `{"reply":"Three are 6."}`,
		`{"tool":"sew","arguments":{"buttons":3}}`)
	succeed(t, `{"time":"2013-03-08T17:30:00-05:00"}`, "send", "days", "d", "-", "--brokers", broker)
	in := "What do three buttons cost?\n\nSew them on.\nyes\n/person\nAre you there?\n/say-as-person I am.\n/back\n/forget\n/nonsense\n"

	out := succeed(t, in, "chat", "--brokers", broker, "--as", "p-1", "--clock", "days", "--channel", "app")
	at := 0
	for _, want := range []string{
		"You are p-1",
		"> What do three buttons cost?", "prices buttons=3 → {\"price\":6} (", "\nThree are 6.\n",
		"> Sew them on.", "sew buttons=3 → proposed", "\n3 buttons cost 6. Shall I?\n", "? a yes before 17:40 does: sew buttons=3, agreed total=6\n",
		"> yes", "sew is with the desks", "· done", "\nSewn on.\n",
		"> /person", "> Are you there?", "a person has read this", "> /say-as-person", "\n(one of our people) I am.\n",
		"> /back", "> /forget", "forgotten", "> /nonsense", "/say-as-person", "ctrl-D",
	} {
		i := strings.Index(out[at:], want)
		if i < 0 {
			t.Fatalf("no %q after %q in\n%s", want, out[:at], out)
		}
		at += i + len(want)
	}

	if strings.Contains(out, "\x1b") {
		t.Errorf("colour in a pipe:\n%q", out)
	}

	said := succeed(t, "", "tail", "messages", "--stop", "--json", "--brokers", broker)
	if strings.Count(said, `"id":"app-`) != 8 || strings.Count(said,
		`"time":"2013-03-08T17:30:00-05:00"`) != 8 {
		t.Errorf("eight messages with ids and the time of the day:\n%s", said)
	}
}

// On a terminal lines are edited, and what comes meanwhile is printed above them.
func TestScreenOnTerminal(t *testing.T) {
	in, typing := io.Pipe()
	var out output
	s := onTerminal(in, &out, 80, 24)

	go io.WriteString(typing, "heloo\x7f\x7flo\rfree")

	if line := <-s.lines; line != "hello" || !s.free {
		t.Errorf("a line: %q", line)
	}

	s.dimly = true
	s.print(s.dim("looked up"))
	s.echo("what is typed is seen")

	go io.WriteString(typing, "ly\r\x04")

	if line := <-s.lines; line != "freely" {
		t.Errorf("a line that was being written when something came: %q", line)
	}

	if _, more := <-s.lines; more {
		t.Error("ctrl-D leaves nothing")
	}

	if so := out.text(); !strings.Contains(so, "\x1b[2mlooked up\x1b[0m") || strings.Contains(so, "is seen") {
		t.Errorf("the terminal shows %q", so)
	}
}
