package openai_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/llm/openai"
)

// Only what the server has said in a whole answer is known. All else stays charged, except for what was not
// sent.
func TestARequestIsReservedAndSettled(t *testing.T) {
	bounded := prompt("?")
	bounded.MaxTokens = 50

	s, ledger := serve(t, llmtest.Says(keep)), &llmtest.Ledger{}
	m := model(t, openai.Config{Hosts: []string{s.url}})
	reply, err := m.Chat(budget.With(t.Context(), ledger), bounded)
	all := ledger.Entries()
	want := fmt.Sprintf("settled %d+%d", reply.TokensIn, reply.TokensOut)
	if err != nil || len(all) != 1 || all[0].Became != want {
		t.Fatalf("%+v, %v", all, err)
	}

	if q := all[0].Request; q.Output != 50 || q.Bytes < len(bounded.Messages[0].Text) {
		t.Errorf("reserved: %+v", q)
	}

	cut, ledger := serve(t, llmtest.Says(keep)).instead(hangsUp(delta(`"content":"so "`))), &llmtest.Ledger{}
	m = model(t, openai.Config{Hosts: []string{cut.url}})
	_, err = m.Chat(budget.With(t.Context(), ledger), bounded)
	if all := ledger.Entries(); err == nil || len(all) != 1 || all[0].Became != "lost" {
		t.Errorf("%+v, %v", all, err)
	}

	nobody := &llmtest.Ledger{}
	m = model(t, openai.Config{Hosts: []string{"http://127.0.0.1:1/v1"}})
	_, err = m.Chat(budget.With(t.Context(), nobody), bounded)
	if all := nobody.Entries(); err == nil || len(all) != 1 || all[0].Became != "unsent" {
		t.Errorf("%+v, %v", all, err)
	}
}

// A setting that takes away a bound, or what was used, is refused under a budget.
func TestUnderABudgetNoSettingTakesAwayABound(t *testing.T) {
	bounded := prompt("?")
	bounded.MaxTokens = 50

	for says, c := range map[string]openai.Config{
		`sets "n"`:                {With: map[string]any{"n": 5}},
		`sets "max_tokens"`:       {With: map[string]any{"max_tokens": 100_000}},
		`leaves out "max_tokens"`: {Without: []string{"max_tokens"}},
		`leaves out "stream_opt`:  {Without: []string{"stream_options"}},
	} {
		s, ledger := serve(t, llmtest.Says(keep)), &llmtest.Ledger{}
		c.Hosts = []string{s.url}
		_, err := model(t, c).Chat(budget.With(t.Context(), ledger), bounded)
		if !errors.Is(err, budget.ErrUnbounded) || !strings.Contains(err.Error(), says) ||
			len(ledger.Entries()) > 0 {
			t.Errorf("%v, want %s", err, says)
		}
	}
}
