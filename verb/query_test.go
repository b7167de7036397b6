package verb_test

import (
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/verb"
)

func TestQuery(t *testing.T) {
	open(t)
	advised := start(t, "tail", "advice", "--from", "beginning", "--limit", "2")
	succeed(t, `{"key":"ann","value":{"tea":2}}`+"\n"+`{"key":"bob","value":{"tea":1}}`, "send", "orders")
	if s := advised.wait(); s != verb.StatusOK {
		t.Fatal(s)
	}

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
	for args, not := range map[string]string{"query totals --limit 1": "bob", "query totals --prefix b": "ann"} {
		if out := succeed(t, "", strings.Fields(args)...); strings.Contains(out, not) {
			t.Errorf("%s: %q in\n%s", args, not, out)
		}
	}
	for args, want := range map[string]string{
		"query totals nobody": `totals has no row "nobody"`,
		"query total":         `no table "total"`,
	} {
		if status, _, errs := run(t, "", strings.Fields(args)...); status != verb.StatusFailed || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %q: %s", args, status, want, errs)
		}
	}
}
