package verb_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/verb"
)

func TestQuery(t *testing.T) {
	open(t)
	succeed(t, `{"key":"ann","value":{"tea":2}}`+"\n"+`{"key":"bob","value":{"tea":1}}`, "send", "orders")
	stored(t, `"thank you for 2"`, `"thank you for 1"`)

	for args, want := range map[string]string{
		"query":                   "totals\n",
		"query totals":            `ann  {"tea":2`,
		"query totals --limit 1":  `ann  {"tea":2`,
		"query totals --prefix b": `bob  {"tea":1`,
		"query totals ann":        `"tea": 2`,
		"query totals bob":        "version ",
	} {
		if out := succeed(t, "", strings.Fields(args)...); !strings.Contains(out, want) {
			t.Errorf("%s: no %q in\n%s", args, want, out)
		}
	}

	for args, not := range map[string]string{"query totals --limit 1": "bob",
		"query totals --prefix b": "ann"} {
		if out := succeed(t, "", strings.Fields(args)...); strings.Contains(out, not) {
			t.Errorf("%s: %q in\n%s", args, not, out)
		}
	}

	if _, _, errs := run(t, "", "query", "totals", "--limit", "1"); !strings.Contains(errs, "there are more") {
		t.Errorf("of two rows, one is printed, and nothing says so: %q", errs)
	}

	if _, _, errs := run(t, "", "query", "totals", "--limit", "2"); errs != "" {
		t.Errorf("all rows are printed, and it says: %q", errs)
	}

	for args, want := range map[string]struct {
		status int
		says   string
	}{
		"query totals nobody": {verb.StatusFailed, `totals has no row "nobody"`},
		"query total":         {verb.StatusUsage, `there is no table "total": did you mean totals?`},
		"query total ann":     {verb.StatusUsage, `there is no table "total": did you mean totals?`},
	} {
		if status, _, errs := run(t, "", strings.Fields(args)...); status != want.status ||
			!strings.Contains(errs, want.says) {
			t.Errorf("%s: status %d, want %d and %q: %s", args, status, want.status, want.says, errs)
		}
	}
}

func TestWaiting(t *testing.T) {
	open(t)

	if out := succeed(t, "", "waiting"); out != "nothing waits\n" {
		t.Errorf("%q", out)
	}

	if out := succeed(t, "", "waiting", "advise", "--json"); out != "" {
		t.Errorf("%q", out)
	}

	status, _, errs := run(t, "", "waiting", "advice")
	if status != verb.StatusUsage || !strings.Contains(errs, `no operator "advice": did you mean advise?`) {
		t.Errorf("an operator that there is not: status %d, %s", status, errs)
	}
}

// stored waits until the rows of totals have these texts in them: the store that is queried takes in rows after their
// commit.
func stored(t *testing.T, texts ...string) {
	t.Helper()

	out := ""
	for end := time.Now().Add(waiting); time.Now().Before(end); {
		out = succeed(t, "", "query", "totals")
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(out, text) }) {
			return
		}
	}
	t.Fatalf("the rows have not all of %q: %s", texts, out)
}
