package reservations

import (
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

func TestRefunds(t *testing.T) {
	pay := func(id string, dollars int) vocab.Payment {
		return vocab.Payment{ID: id, Amount: vocab.Dollars(dollars)}
	}
	for _, c := range []struct {
		name    string
		history []vocab.Payment
		want    string
	}{
		{"three methods", []vocab.Payment{pay("gift_card_1", 80), pay("certificate_1", 120),
			pay("credit_card_1", 100)}, "[{gift_card_1 -80} {certificate_1 -120} {credit_card_1 -100}]"},
		{"twice with one", []vocab.Payment{pay("gift_card_1", 80), pay("gift_card_1", 20)},
			"[{gift_card_1 -100}]"},
		{"some was given back", []vocab.Payment{pay("gift_card_1", 80), pay("gift_card_1", -30)},
			"[{gift_card_1 -50}]"},
		{"some was given back to another", []vocab.Payment{pay("credit_card_1", 100),
			pay("gift_card_1", -30)}, "[{credit_card_1 -70}]"},
		{"off the last one first", []vocab.Payment{pay("credit_card_1", 100), pay("certificate_1", 20),
			pay("gift_card_1", -30)}, "[{credit_card_1 -90}]"},
		{"nothing was paid", nil, "[]"},
		{"all was given back", []vocab.Payment{pay("credit_card_1", 100), pay("credit_card_1", -100)}, "[]"},
	} {
		if got := fmt.Sprint(refunds(c.history)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
