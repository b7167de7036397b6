package vocab

import (
	"encoding/json"
	"testing"
)

func TestAmountAsJSON(t *testing.T) {
	for text, want := range map[string]string{"250": "250", "250.0": "250", "99.5": "99.50",
		"-12.34": "-12.34", `"50"`: "50", "1e3": "1000", "0": "0", "-0.05": "-0.05"} {
		var a Amount

		err := json.Unmarshal([]byte(text), &a)
		b, _ := json.Marshal(a)
		if err != nil || string(b) != want {
			t.Errorf("%s becomes %s, %v, want %s", text, b, err, want)
		}
	}

	for _, text := range []string{`"abc"`, "0.001", "true", "[]", "1e30", `""`} {
		var a Amount
		if err := json.Unmarshal([]byte(text), &a); err == nil {
			t.Errorf("%s is %v", text, a)
		}
	}
}
