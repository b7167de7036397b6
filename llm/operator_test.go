package llm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology"
)

// A case for the tests: a late flight, and what it may be changed to.
type trip struct {
	Flight string
	Others []string
	Notes  []string
}

type choice struct {
	Reason string `json:"reason" jsonschema:"at most ten words"`
	Flight string `json:"flight"`
	Case   string `json:"case" jsonschema:"-"`
}

func (t trip) facts() string                { return t.Flight + " is late. " + strings.Join(t.Notes, " ") }
func (t trip) choices() map[string][]string { return map[string][]string{"flight": t.Others} }
func (t trip) complete(c choice) choice     { c.Case = "case of " + t.Flight; return c }

func (t trip) dropNote() (trip, bool) {
	if len(t.Notes) == 0 {
		return t, false
	}
	t.Notes = t.Notes[:len(t.Notes)-1]
	return t, true
}

func rebooking(m llm.Model) llm.Operator[trip, choice] {
	return llm.Operator[trip, choice]{
		Model: m, Instructions: "Pick a flight.", Prompt: trip.facts, Choices: trip.choices, Complete: trip.complete,
	}
}

// The compiler shows that an Operator is a topology's, and can be warmed up, though llm does not import it.
var (
	_ topology.Operator[trip, choice] = llm.Operator[trip, choice]{}
	_ topology.Warmer                 = llm.Operator[trip, choice]{}
)

var late = trip{Flight: "UA1", Others: []string{"UA2", "UA3"}}

func TestDecideAnswersAndSaysWhereItComesFrom(t *testing.T) {
	out, from, err := rebooking(llmtest.Says(`{"reason":"sooner","flight":"UA2"}`)).Decide(t.Context(), late)
	if want := (choice{"sooner", "UA2", "case of UA1"}); err != nil || out != want {
		t.Errorf("%+v, %v; want %+v", out, err, want)
	}

	for name, want := range map[string]string{llm.DecidedBy: llm.ByModel, llm.ModelName: "script"} {
		if from[name] != want {
			t.Errorf("%s is %q, want %q", name, from[name], want)
		}
	}

	for _, name := range []string{llm.TokensIn, llm.TokensOut, llm.LatencyMS, llm.PromptVersion} {
		if from[name] == "" {
			t.Errorf("no %s", name)
		}
	}

	if v, ok := from[llm.Trimmed]; ok {
		t.Errorf("nothing was trimmed, but it says %s", v)
	}
}

func TestPromptVersionChangesWithTheInstructions(t *testing.T) {
	version := func(o llm.Operator[trip, choice]) string {
		_, from, _ := o.Decide(t.Context(), late)
		return from[llm.PromptVersion]
	}
	o := rebooking(llmtest.Says(`{"reason":"sooner","flight":"UA2"}`))
	before := version(o)
	o.Instructions += " Be kind."
	if after := version(o); after == before || after == "" {
		t.Errorf("%q, then %q", before, after)
	}

	if o.Version = "v7"; version(o) != "v7" {
		t.Error(version(o))
	}
}

func TestDecideRepairsOnce(t *testing.T) {
	for _, first := range []string{"I would wait.", `{"reason":"cheap","flight":"UA9"}`, `["UA2"]`} {
		m := llmtest.Says(first, `{"reason":"sooner","flight":"UA2"}`)
		out, from, err := rebooking(m).Decide(t.Context(), late)
		if err != nil || out.Flight != "UA2" || from[llm.DecidedBy] != llm.ByRepair {
			t.Errorf("after %s: %+v, %v, %v", first, out, from, err)
		}

		if p := m.Prompts(); len(p) != 2 || !strings.Contains(p[1], first) ||
			!strings.Contains(p[1], "refused") {
			t.Errorf("the repair did not show what was wrong: %q", p)
		}
	}
}

func TestDecideFailsAfterTheRepair(t *testing.T) {
	m := llmtest.Says("nonsense")

	out, from, err := rebooking(m).Decide(t.Context(), late)
	if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), "no llm_test.choice") {
		t.Error(err)
	}

	if _, decided := from[llm.DecidedBy]; decided || from[llm.ModelName] != "script" || out != (choice{}) {
		t.Errorf("%+v from %v", out, from)
	}

	if n := len(m.Prompts()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

func TestDecideReturnsTheModelsErrorAsItIs(t *testing.T) {
	down := llmtest.Fault("503 overloaded")
	_, from, err := rebooking(llmtest.Failing(down)).Decide(t.Context(), late)
	if err != down || from[llm.PromptVersion] == "" {
		t.Errorf("%v from %v", err, from)
	}
}

func TestValidateObjectsWhenAnsweredAndLater(t *testing.T) {
	o := rebooking(llmtest.Says(`{"reason":"?","flight":"UA2"}`, `{"reason":"?","flight":"UA3"}`))
	o.Validate = func(_ trip, c choice) error {
		if c.Flight == "UA2" {
			return errors.New("UA2 has no seat")
		}
		return nil
	}

	out, _, err := o.Decide(t.Context(), late)
	if err != nil || out.Flight != "UA3" {
		t.Errorf("%+v, %v", out, err)
	}

	if err := o.Check(t.Context(), late, choice{Flight: "UA2"}); err == nil {
		t.Error("Check does not ask Validate")
	}
}

func TestCheckAsksTheChoicesOfNow(t *testing.T) {
	o := rebooking(nil)
	now := trip{Flight: "UA1", Others: []string{"UA3"}}
	if err := o.Check(t.Context(), late, choice{Flight: "UA2"}); err != nil {
		t.Error(err)
	}

	if err := o.Check(t.Context(), now, choice{Flight: "UA2"}); err == nil ||
		!strings.Contains(err.Error(), `"UA2" is not offered`) {
		t.Error(err)
	}
}

func TestDecideWithoutAChoiceAsksNobody(t *testing.T) {
	m := llmtest.Says(keep)
	_, _, err := rebooking(m).Decide(t.Context(), trip{Flight: "UA1"})
	if !errors.Is(err, llm.ErrRefused) || len(m.Prompts()) != 0 {
		t.Errorf("%v after %q", err, m.Prompts())
	}
}

func TestGiveUp(t *testing.T) {
	cause := errors.New("cause")
	o := rebooking(nil)
	if _, err := o.GiveUp(late, cause); err != cause {
		t.Error(err)
	}

	o.Fallback = func(in trip, err error) (choice, error) {
		return choice{Reason: err.Error(), Flight: in.Others[0]}, nil
	}
	if out, err := o.GiveUp(late, cause); err != nil || out.Flight != "UA2" || out.Reason != "cause" {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestTrimFitsThePromptAndSaysSo(t *testing.T) {
	m := llmtest.Says(`{"reason":"sooner","flight":"UA2"}`)
	o := rebooking(m)
	o.Trim, o.MaxPromptTokens = trip.dropNote, 60

	in := late
	for i := range 10 {
		in.Notes = append(in.Notes, fmt.Sprintf("Note %d is of thirty letters.", i))
	}

	_, from, err := o.Decide(t.Context(), in)
	if err != nil || from[llm.Trimmed] != "6" {
		t.Errorf("trimmed %q, %v", from[llm.Trimmed], err)
	}

	if p := m.Prompts()[0]; llm.Tokens(o.Instructions, p) > 60 || !strings.Contains(p, "Note 3") ||
		strings.Contains(p, "Note 4") {
		t.Error(p)
	}

	if len(in.Notes) != 10 {
		t.Error("the case itself was trimmed")
	}

	o.MaxPromptTokens = 10
	if _, _, err := o.Decide(t.Context(), in); !errors.Is(err, llm.ErrRefused) || len(m.Prompts()) != 1 {
		t.Errorf("%v after %d prompts", err, len(m.Prompts()))
	}
}

func TestRequestIsStaticFirst(t *testing.T) {
	s := server(t, `{"reason":"sooner","flight":"UA2"}`)
	if _, _, err := rebooking(llm.Ollama("tiny", s.URL)).Decide(t.Context(), late); err != nil {
		t.Fatal(err)
	}

	q := s.Requests()[0]
	roles := []string{q.Messages[0].Role, q.Messages[1].Role}
	if !slices.Equal(roles, []string{llm.System, llm.User}) || q.Messages[0].Content != "Pick a flight." {
		t.Errorf("%+v", q.Messages)
	}

	if q.Options["num_predict"] != 512.0 {
		t.Errorf("num_predict %v", q.Options["num_predict"])
	}
}

func TestOverlongAnswerIsToldToBeBrief(t *testing.T) {
	s := server(t, `{"reason":"a b c d e f","flight":"UA2"}`, `{"reason":"sooner","flight":"UA2"}`)
	o := rebooking(llm.Ollama("tiny", s.URL))
	o.MaxTokens = 3
	if _, from, err := o.Decide(t.Context(), late); err != nil || from[llm.DecidedBy] != llm.ByRepair {
		t.Errorf("%v, %v", from, err)
	}

	if last := s.Requests()[1].Messages[3].Content; !strings.Contains(last, "be brief") {
		t.Error(last)
	}
}
