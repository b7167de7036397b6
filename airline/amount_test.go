package airline

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestAmountAsJSON(t *testing.T) {
	for text, want := range map[string]string{"250": "250", "250.0": "250", "99.5": "99.50", "-12.34": "-12.34", `"50"`: "50", "1e3": "1000", "0": "0", "-0.05": "-0.05"} {
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

func TestRefunds(t *testing.T) {
	pay := func(id string, dollars int) Payment { return Payment{id, Dollars(dollars)} }
	for _, c := range []struct {
		name    string
		history []Payment
		want    string
	}{
		{"three methods", []Payment{pay("gift_card_1", 80), pay("certificate_1", 120), pay("credit_card_1", 100)}, "[{gift_card_1 -80} {certificate_1 -120} {credit_card_1 -100}]"},
		{"twice with one", []Payment{pay("gift_card_1", 80), pay("gift_card_1", 20)}, "[{gift_card_1 -100}]"},
		{"some was given back", []Payment{pay("gift_card_1", 80), pay("gift_card_1", -30)}, "[{gift_card_1 -50}]"},
		{"some was given back to another", []Payment{pay("credit_card_1", 100), pay("gift_card_1", -30)}, "[{credit_card_1 -70}]"},
		{"off the last one first", []Payment{pay("credit_card_1", 100), pay("certificate_1", 20), pay("gift_card_1", -30)}, "[{credit_card_1 -90}]"},
		{"nothing was paid", nil, "[]"},
		{"all was given back", []Payment{pay("credit_card_1", 100), pay("credit_card_1", -100)}, "[]"},
	} {
		if got := fmt.Sprint(refunds(c.history)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
