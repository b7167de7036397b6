package concierge

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A payment is how the customer wants to pay. Without an amount it pays whatever is left.
type payment struct {
	ID     string        `json:"payment_id"`
	Amount *vocab.Amount `json:"amount,omitempty"`
}

// method returns the payment method that is meant, which may be named by its id, brand, last four digits or
// kind.
func method(u payments.User, meant string) (string, error) {
	if _, ok := u.PaymentMethods[meant]; ok {
		return meant, nil
	}

	var fit []string
	for _, id := range slices.Sorted(maps.Keys(u.PaymentMethods)) {
		m := u.PaymentMethods[id]
		kind := strings.ReplaceAll(string(m.Source), "_", " ")
		for _, name := range []string{m.Brand, m.LastFour, kind, string(m.Source)} {
			if name != "" && strings.EqualFold(name, strings.TrimSpace(meant)) {
				fit = append(fit, id)
				break
			}
		}
	}

	if len(fit) == 1 {
		return fit[0], nil
	}

	return "", fmt.Errorf("which way of payment is %q? The customer has %s", meant,
		strings.Join(methodsOf(u), ", "))
}

// methodsOf lists the payment methods of a user, with their balances.
func methodsOf(u payments.User) []string {
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

// payment returns the method by which the difference of a change is paid or refunded: the one that is named,
// otherwise the one that paid last, otherwise a card of the customer.
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

// firstMethod returns a credit card, otherwise the gift card with the highest balance, or "" if there is
// neither.
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

// split divides a price among payments: each pays its amount, and those without one pay what is left, as far
// as their balance goes.
func split(u payments.User, by []payment, price vocab.Amount) (paid []vocab.Payment, err error) {
	if len(by) == 0 {
		by = []payment{{ID: firstMethod(u)}}
	}

	if by[0].ID == "" {
		return nil, errors.New("the customer has no way of payment in their profile: a person must help")
	}

	left := price
	for _, p := range by {
		if p.Amount != nil {
			left -= *p.Amount
		}
	}

	for _, p := range by {
		id, err := method(u, p.ID)
		if err != nil {
			return nil, err
		}

		if p.Amount == nil {
			share := left
			if m := u.PaymentMethods[id]; m.Amount != nil {
				share = min(share, *m.Amount)
			}
			p.Amount = &share
			left -= share
		}

		if *p.Amount != 0 {
			paid = append(paid, vocab.Payment{ID: id, Amount: *p.Amount})
		}
	}

	return paid, nil
}

// describeMethod names a payment method as its owner knows it.
func describeMethod(u payments.User, id string) string {
	switch m := u.PaymentMethods[id]; {
	case m.Source == vocab.CreditCard && m.LastFour != "":
		return fmt.Sprintf("your %s ending in %s", m.Brand, m.LastFour)
	case m.Source != "":
		return "your " + strings.ReplaceAll(string(m.Source), "_", " ") + " " + id
	}

	// It may be used up, and gone from the profile.
	for _, s := range []vocab.Source{vocab.GiftCard, vocab.Certificate} {
		if strings.HasPrefix(id, string(s)) {
			return "your " + strings.ReplaceAll(string(s), "_", " ") + " " + id
		}
	}

	return "what you paid with"
}
