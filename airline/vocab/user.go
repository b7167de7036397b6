package vocab

// UserDetails are a user, as the airline's systems show them.
type UserDetails struct {
	ID              CustomerID               `json:"user_id"`
	Name            Name                     `json:"name"`
	Address         Address                  `json:"address"`
	Email           string                   `json:"email"`
	Born            string                   `json:"dob"` // 1990-04-05
	PaymentMethods  map[string]PaymentMethod `json:"payment_methods"`
	SavedPassengers []Passenger              `json:"saved_passengers"`
	Membership      string                   `json:"membership"` // regular, silver, gold
	Reservations    []ReservationID          `json:"reservations"`
}

// A Name is the name of a person.
type Name struct {
	First string `json:"first_name"`
	Last  string `json:"last_name"`
}

// An Address is where a person lives.
type Address struct {
	Line1   string `json:"address1"`
	Line2   string `json:"address2"`
	City    string `json:"city"`
	Country string `json:"country"`
	State   string `json:"state"`
	Zip     string `json:"zip"`
}

// A PaymentMethod is a card or a certificate of a user.
type PaymentMethod struct {
	Source   Source  `json:"source"`
	ID       string  `json:"id"`
	Amount   *Amount `json:"amount,omitempty"` // what is left; credit cards have none
	Brand    string  `json:"brand,omitempty"`
	LastFour string  `json:"last_four,omitempty"`
}

// Left returns the balance. It is zero for a credit card.
func (m PaymentMethod) Left() Amount {
	if m.Amount == nil {
		return 0
	}
	return *m.Amount
}

// A Source is a kind of payment method.
type Source string

// The kinds of payment methods.
const (
	CreditCard  Source = "credit_card"
	GiftCard    Source = "gift_card"
	Certificate Source = "certificate"
)
