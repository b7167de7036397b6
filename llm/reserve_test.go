package llm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// bounded is a request with a limit of its answer.
func bounded(text string) llm.Request {
	r := prompt(text)
	r.MaxTokens = 50
	return r
}

// Only what the server has said in a whole answer is known. All else stays charged, except for what was not
// sent.
func TestARequestToOllamaIsReservedAndSettled(t *testing.T) {
	for mishap, want := range map[llmtest.Mishap]string{
		llmtest.Loading:   "lost",
		llmtest.ServerErr: "lost",
		llmtest.Stops:     "lost",
		llmtest.HangsUp:   "lost",
		llmtest.Crashes:   "lost",
	} {
		s, ledger := server(t, keep), &llmtest.Ledger{}
		s.Next(mishap)
		_, err := llm.Ollama("tiny", s.URL).Chat(budget.With(t.Context(), ledger), bounded("?"))
		if all := ledger.Entries(); err == nil || len(all) != 1 || all[0].Became != want {
			t.Errorf("%v: %+v, %v", mishap, all, err)
		}
	}

	s, ledger := server(t, keep), &llmtest.Ledger{}
	reply, err := llm.Ollama("tiny", s.URL).Chat(budget.With(t.Context(), ledger), bounded("?"))
	all := ledger.Entries()
	settled := fmt.Sprintf("settled %d+%d", reply.TokensIn, reply.TokensOut)
	if err != nil || len(all) != 1 || all[0].Became != settled {
		t.Fatalf("%+v, %v", all, err)
	}

	if q := all[0].Request; q.Model != "tiny" || q.Output != 50 || q.Bytes < len("Rules.?") {
		t.Errorf("reserved: %+v", q)
	}

	nobody := &llmtest.Ledger{}
	_, err = llm.Ollama("tiny", "127.0.0.1:1").Chat(budget.With(t.Context(), nobody), bounded("?"))
	if err == nil {
		t.Fatal("there is no server")
	}

	if all := nobody.Entries(); len(all) != 1 || all[0].Became != "unsent" {
		t.Errorf("nothing was sent: %+v", all)
	}
}

// A request that is cancelled may be answered all the same: it stays charged.
func TestACancelledRequestStaysCharged(t *testing.T) {
	s, ledger := server(t, keep), &llmtest.Ledger{}
	s.Next(llmtest.Stalls)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	_, err := llm.Ollama("tiny", s.URL).Chat(budget.With(ctx, ledger), bounded("?"))
	if all := ledger.Entries(); err == nil || len(all) != 1 || all[0].Became != "lost" {
		t.Errorf("%+v, %v", all, err)
	}
}

// Nothing is sent that is not reserved. Each host that is tried has a reservation of its own, whose name it
// is told.
func TestNothingIsSentWithoutAReservation(t *testing.T) {
	var names []string
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		names = append(names, r.Header.Get(budget.Header))
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer busy.Close()

	refusing := &llmtest.Ledger{Refuses: fmt.Errorf("%w: a test", budget.ErrSpent)}
	_, err := llm.Ollama("tiny", busy.URL).Chat(budget.With(t.Context(), refusing), bounded("?"))
	if !errors.Is(err, budget.ErrSpent) || llm.Retryable(err) || len(names) > 0 {
		t.Errorf("%v, and %d requests", err, len(names))
	}

	ledger := &llmtest.Ledger{}
	two := llm.Resilient(llm.Ollama("tiny", busy.URL, busy.URL),
		llm.ResilientConfig{Attempts: 2, Backoff: time.Millisecond, Outage: -1})
	_, _ = two.Chat(budget.With(t.Context(), ledger), bounded("?"))
	want := "reservation-0 reservation-1 reservation-2 reservation-3"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("requests of the reservations %s, want %s", got, want)
	}
}

func TestAnEmbeddingIsReserved(t *testing.T) {
	ledger := &llmtest.Ledger{}
	s := server(t, keep)
	_, _ = llm.OllamaEmbedder("tiny", s.URL).Embed(budget.With(t.Context(), ledger), []string{"a text"})
	if all := ledger.Entries(); len(all) != 1 || !all[0].Request.Silent || all[0].Became == "" {
		t.Errorf("%+v", all)
	}
}
