package lookup

import (
	"errors"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

func TestCalculate(t *testing.T) {
	for expression, want := range map[string]string{
		"2 + 2": "4.0", "1/3": "0.33", "2*(3+4)": "14.0", "-3 - -4": "1.0", "10 / 4": "2.5", "7//2": "3.0", "-7//2": "-4.0", "2**3": "8.0", "2**3**2": "512.0", "-2**2": "-4.0", "2**-1": "0.5",
		"0.1+0.2": "0.3", "0": "0.0", "00": "0.0", "1.5": "1.5", ".5": "0.5", "5.": "5.0", "100*100*100*100*100*100*100*100*100": "1e+18", "2.675": "2.67", "((1))": "1.0", "6 - 3 - 2": "1.0", "8/2/2": "2.0",
	} {
		if got, err := calculate(expression); err != nil || got != want {
			t.Errorf("%s is %v, %v, want %s", expression, got, err, want)
		}
	}

	for expression, want := range map[string]vocab.Code{
		"2 + x": vocab.BadExpression, "import": vocab.BadExpression, "2;3": vocab.BadExpression, "1e3": vocab.BadExpression,
		"": vocab.BadFormula, "(1": vocab.BadFormula, "1 2": vocab.BadFormula, "1 +": vocab.BadFormula, "*1": vocab.BadFormula, "1/0": vocab.BadFormula, "1//0": vocab.BadFormula, "007": vocab.BadFormula, "1.2.3": vocab.BadFormula, "1 / / 2": vocab.BadFormula,
		strings.Repeat("(", 10_000): vocab.BadFormula, strings.Repeat("-", 10_000) + "1": vocab.BadFormula,
	} {
		var r *vocab.Refusal
		if _, err := calculate(expression); !errors.As(err, &r) || r.Code != want {
			t.Errorf("%.20s: %v, want %s", expression, err, want)
		}
	}
}
