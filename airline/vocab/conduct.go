package vocab

import "fmt"

// A DeskMode names a Conduct. The zero DeskMode is Enforced.
type DeskMode string

// Enforced desks check the airline's policy for customers, move seats, and pay back money.
const Enforced DeskMode = "enforced"

// A Conduct is how the desks treat commands. The zero Conduct is that of Enforced.
type Conduct struct {
	// Unchecked desks leave the airline's policy to the sender of the commands, and check none of it.
	Unchecked bool `json:"unchecked,omitempty"`

	// BooksOnly desks enter changes and cancellations in the books, and do nothing else. They ask flights for
	// the price of new seats, but take no seats and give none back. They enter refunds in the payment
	// history, but pay none.
	BooksOnly bool `json:"books_only,omitempty"`
}

// DeskModes are the modes that Rules may name beside Enforced.
type DeskModes map[DeskMode]Conduct

// Valid returns why rules can't be in force. Rules that name an unknown mode can't be.
func (m DeskModes) Valid(r Rules) error {
	if _, known := m[r.Desks]; !known && r.Desks != "" && r.Desks != Enforced {
		return fmt.Errorf("airline: rules: unknown mode of the desks: %q", r.Desks)
	}
	return r.Valid()
}
