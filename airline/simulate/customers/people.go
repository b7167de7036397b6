package customers

import (
	"fmt"
	"hash/fnv"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// Who the customers are is drawn by a hash of their number, so that the rest stays as a seed made it.

var firstNames = []string{"Ada", "Bruno", "Chidi", "Dana", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas",
	"Kenji", "Lena", "Mateo", "Nadia", "Omar", "Priya",
	"Quinn", "Rosa", "Samir", "Tess", "Uma", "Viktor", "Wei", "Ximena", "Yusuf", "Zoe"}

var lastNames = []string{"Almeida", "Becker", "Cohen", "Diaz", "Eriksen", "Fischer", "Garcia", "Haddad",
	"Ivanova", "Johnson", "Kim", "Lopez", "Moore", "Nguyen",
	"Okafor", "Patel", "Rossi", "Santos", "Tanaka", "Ueda", "Varga", "Wong", "Young", "Zimmer"}

var cities = []vocab.Address{
	{City: "New York", Country: "USA", State: "NY", Zip: "10012"}, {City: "Newark", Country: "USA",
		State: "NJ", Zip: "07102"},
	{City: "Boston", Country: "USA", State: "MA", Zip: "02116"}, {City: "Chicago", Country: "USA",
		State: "IL", Zip: "60614"},
	{City: "Atlanta", Country: "USA", State: "GA", Zip: "30309"}, {City: "Denver", Country: "USA",
		State: "CO", Zip: "80205"},
}

// draw is a number below n that is always the same for this person and question.
func draw(person, question string, n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(question + " " + person))
	return int(h.Sum32() % uint32(n))
}

// passenger is one of a party; the first one is the customer. A family shares the name.
func passenger(id string, i int) vocab.Passenger {
	who := fmt.Sprintf("%s/%d", id, i)
	return vocab.Passenger{FirstName: firstNames[draw(who, "first", len(firstNames))],
		LastName: lastNames[draw(id, "last", len(lastNames))],
		Born: fmt.Sprintf("%d-%02d-%02d", 1940+draw(who, "year", 65), 1+draw(who, "month", 12),
			1+draw(who, "day", 28))}
}

func party(id string, n int) (all []vocab.Passenger) {
	for i := range n {
		all = append(all, passenger(id, i))
	}
	return all
}

// user is the profile of a customer: everyone has a credit card, and one in three a gift card.
func user(id, membership string, party []vocab.Passenger) *vocab.UserDetails {
	me := party[0]

	u := &vocab.UserDetails{ID: vocab.CustomerID(id),
		Name: vocab.Name{First: me.FirstName, Last: me.LastName}, Email: id + "@example.org",
		Born: me.Born, Membership: membership, SavedPassengers: party[1:], Address: cities[draw(id, "city", len(cities))],
		PaymentMethods: map[string]vocab.PaymentMethod{}}
	u.Address.Line1 = fmt.Sprintf("%d Main Street", 1+draw(id, "house", 400))
	u.PaymentMethods[card(id)] = vocab.PaymentMethod{Source: vocab.CreditCard, ID: card(id),
		Brand:    []string{"visa", "mastercard"}[draw(id, "brand", 2)],
		LastFour: fmt.Sprintf("%04d", draw(id, "last four", 10_000))}
	if draw(id, "gift", 3) == 0 {
		gift, left := fmt.Sprintf("gift_card_%07d", draw(id, "gift card",
			10_000_000)), vocab.Dollars(20+draw(id, "left", 280))
		u.PaymentMethods[gift] = vocab.PaymentMethod{Source: vocab.GiftCard, ID: gift, Amount: &left}
	}

	return u
}

// card is the credit card that a customer has paid with.
func card(id string) string { return fmt.Sprintf("credit_card_%07d", draw(id, "card", 10_000_000)) }

// seat is what half of the customers always want.
func seat(id string) vocab.SeatKind {
	return []vocab.SeatKind{vocab.Window, vocab.Aisle, "", ""}[draw(id, "seat", 4)]
}
