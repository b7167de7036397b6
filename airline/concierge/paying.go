package concierge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A payment is what a customer says about paying; without an amount it is whatever is left to pay.
type payment struct {
	ID     string        `json:"payment_id"`
	Amount *vocab.Amount `json:"amount,omitempty"`
}

// method is the payment method of a user that is meant: its id, its brand, its last four digits, or its kind.
func method(u payments.User, meant string) (string, error) {
	if _, ok := u.PaymentMethods[meant]; ok {
		return meant, nil
	}
	var fit []string
	for _, id := range slices.Sorted(maps.Keys(u.PaymentMethods)) {
		m := u.PaymentMethods[id]
		for _, name := range []string{m.Brand, m.LastFour, strings.ReplaceAll(string(m.Source), "_", " "), string(m.Source)} {
			if name != "" && strings.EqualFold(name, strings.TrimSpace(meant)) {
				fit = append(fit, id)
				break
			}
		}
	}
	if len(fit) == 1 {
		return fit[0], nil
	}
	return "", fmt.Errorf("which way of payment is %q? The customer has %s", meant, strings.Join(wallet(u), ", "))
}

func wallet(u payments.User) []string {
	if len(u.PaymentMethods) == 0 {
		return []string{"none"}
	}
	var all []string
	for _, id := range slices.Sorted(maps.Keys(u.PaymentMethods)) {
		text := id
		if m := u.PaymentMethods[id]; m.Amount != nil {
			text += fmt.Sprintf(" with $%v", *m.Amount)
		}
		all = append(all, text)
	}
	return all
}

// payment is how the difference of a change is paid, or given back: as they say, else as they have paid last, else by a
// card of theirs.
func (d desk) payment(t live, r reservations.Reservation, meant string) (string, error) {
	u, err := t.User(d.Key)
	if err != nil {
		return "", err
	}
	if meant != "" {
		return method(u, meant)
	}
	for _, p := range slices.Backward(r.PaymentHistory) {
		if m, ok := u.PaymentMethods[p.ID]; ok && m.Source != vocab.Certificate {
			return p.ID, nil
		}
	}
	return firstMethod(u), nil
}

// firstMethod is a credit card, else the fullest gift card; "" if there is neither.
func firstMethod(u payments.User) (id string) {
	for _, next := range slices.Sorted(maps.Keys(u.PaymentMethods)) {
		m, best := u.PaymentMethods[next], u.PaymentMethods[id]
		switch {
		case m.Source == vocab.Certificate || best.Source == vocab.CreditCard:
		case m.Source == vocab.CreditCard, id == "", balance(m) > balance(best):
			id = next
		}
	}
	return id
}

func balance(m vocab.PaymentMethod) vocab.Amount {
	if m.Amount == nil {
		return 0
	}
	return *m.Amount
}

// shares is how a price is paid: what was said, and the rest by whatever has no amount, as far as its balance goes.
func shares(u payments.User, said []payment, price vocab.Amount) (paid []vocab.Payment, err error) {
	if len(said) == 0 {
		said = []payment{{ID: firstMethod(u)}}
	}
	if said[0].ID == "" {
		return nil, fmt.Errorf("the customer has no way of payment in their profile: a person must help")
	}
	left := price
	for _, p := range said {
		if p.Amount != nil {
			left -= *p.Amount
		}
	}
	for _, p := range said {
		id, err := method(u, p.ID)
		if err != nil {
			return nil, err
		}
		if p.Amount == nil {
			share := left
			if m := u.PaymentMethods[id]; m.Amount != nil {
				share = min(share, *m.Amount)
			}
			p.Amount, left = &share, left-share
		}
		if *p.Amount != 0 {
			paid = append(paid, vocab.Payment{ID: id, Amount: *p.Amount})
		}
	}
	return paid, nil
}

// inWords is a payment method as its owner knows it.
func inWords(u payments.User, id string) string {
	switch m := u.PaymentMethods[id]; {
	case m.Source == vocab.CreditCard && m.LastFour != "":
		return fmt.Sprintf("your %s ending in %s", m.Brand, m.LastFour)
	case m.Source != "":
		return "your " + strings.ReplaceAll(string(m.Source), "_", " ") + " " + id
	}
	for _, s := range []vocab.Source{vocab.GiftCard, vocab.Certificate} { // one that was used up
		if strings.HasPrefix(id, string(s)) {
			return "your " + strings.ReplaceAll(string(s), "_", " ") + " " + id
		}
	}
	return "what you paid with"
}
