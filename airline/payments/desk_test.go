package payments

import (
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A rule is told on cases: what stands, and the code it is refused with, or none.
type ruling struct {
	name string
	why  *vocab.Refusal
	want vocab.Code
}

func judge(t *testing.T, rulings ...ruling) {
	t.Helper()

	for _, r := range rulings {
		var got vocab.Code
		if r.why != nil {
			got = r.why.Code
		}

		if got != r.want {
			t.Errorf("%s: %q, want %q", r.name, got, r.want)
		}
	}
}

func TestMayCombine(t *testing.T) {
	u := User{UserDetails: vocab.UserDetails{PaymentMethods: map[string]vocab.PaymentMethod{}}}
	for source, n := range map[vocab.Source]int{vocab.Certificate: 2, vocab.CreditCard: 2,
		vocab.GiftCard: 4} {
		for i := range n {
			id := fmt.Sprintf("%s_%d", source, i)
			u.PaymentMethods[id] = vocab.PaymentMethod{Source: source, ID: id}
		}
	}
	pays := func(ids ...string) (p []vocab.Payment) {
		for _, id := range ids {
			p = append(p, vocab.Payment{ID: id, Amount: vocab.Dollars(1)})
		}
		return p
	}
	judge(t,
		ruling{"one of each", u.checkMethods(pays("certificate_0", "credit_card_0", "gift_card_0")), ""},
		ruling{"three gift cards", u.checkMethods(pays("gift_card_0", "gift_card_1", "gift_card_2")), ""},
		ruling{"four gift cards", u.checkMethods(pays("gift_card_0", "gift_card_1", "gift_card_2",
			"gift_card_3")), vocab.TooManyMethods},
		ruling{"two certificates", u.checkMethods(pays("certificate_0", "certificate_1")),
			vocab.TooManyMethods},
		ruling{"two credit cards", u.checkMethods(pays("credit_card_0", "credit_card_1")),
			vocab.TooManyMethods},
		ruling{"money taken out", u.checkMethods([]vocab.Payment{{ID: "credit_card_0",
			Amount: vocab.Dollars(200)}, {ID: "gift_card_0", Amount: vocab.Dollars(-100)}}), vocab.BadSchema})
}

// What comes again, or too late, changes nothing at the payment desk.
func TestRepeatedPaymentRequestsChangeNothing(t *testing.T) {
	left := vocab.Dollars(100)
	u := User{UserDetails: vocab.UserDetails{ID: "ann",
		PaymentMethods: map[string]vocab.PaymentMethod{"gift_card_1": {Source: vocab.GiftCard,
			ID: "gift_card_1", Amount: &left}}}}
	r := vocab.PaymentRequest{Type: vocab.PayChange, User: "ann", Reservation: "R1", Seq: 3,
		Payments: []vocab.Payment{{ID: "gift_card_1", Amount: vocab.Dollars(40)}}}
	once, _ := u.OnRequest(r)

	again, replies := once.OnRequest(r)
	if got := again.PaymentMethods["gift_card_1"].Left(); got != vocab.Dollars(60) || replies != nil {
		t.Errorf("left %v, told %v", got, replies)
	}
}

// A user that is stated again keeps what was done.
func TestRestatedUsersRemember(t *testing.T) {
	u := User{UserDetails: vocab.UserDetails{ID: "ann"}, Done: []vocab.Result{{Command: "s-1"}}}
	u = u.OnEvent(topology.Event[vocab.CustomerID, vocab.CustomerEvent]{Key: "ann",
		Value: vocab.CustomerEvent{Type: vocab.CustomerProfile, User: &vocab.UserDetails{ID: "ann"}}})
	if len(u.Done) != 1 {
		t.Errorf("%+v", u)
	}
}
