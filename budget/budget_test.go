package budget_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/budget"
)

func TestABudgetThatMeansNothingIsRefused(t *testing.T) {
	for says, l := range map[string]budget.Limit{
		"limits nothing":       {},
		"can be negative":      {Tokens: -1},
		"whole milliseconds":   {Calls: 1, Every: time.Microsecond},
		`Per is "firm"`:        {Calls: 1, Per: "firm"},
		"Policy.Tenant":        {Calls: 1, Per: budget.Tenant},
		"Micros needs Prices":  {Micros: 1},
		"Limits[0]: it limits": {Every: time.Hour},
	} {
		err := budget.Budget{Limits: []budget.Limit{l}}.Check(false)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", l, err, says)
		}
	}

	for says, b := range map[string]budget.Budget{
		"Limits[1]: another one counts":    {Limits: []budget.Limit{{Calls: 1}, {Calls: 2, Tokens: 5}}},
		"Past is 7":                        {Past: 7},
		"Template can't be negative":       {Template: -1},
		`Prices["large"] can't be negativ`: {Prices: map[string]budget.Price{"large": {Out: -1}}},
	} {
		if err := b.Check(false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", b, err, says)
		}
	}

	good := budget.Budget{Limits: []budget.Limit{{Calls: 1, Per: budget.Tenant}}}
	if err := good.Check(true); err != nil {
		t.Error(err)
	}
}
