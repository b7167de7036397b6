package payments

import (
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Table has one row per user.
const Table topology.Table[vocab.CustomerID, User] = "users"

// A User is the row of one user.
type User struct {
	vocab.UserDetails
	Paid    map[vocab.ReservationID]int `json:"paid,omitempty"`    // the number of each reservation's last request
	Entered []vocab.ReservationID       `json:"entered,omitempty"` // reservations that were sold elsewhere
	Done    []vocab.Result              `json:"done,omitempty"`    // the newest results
}

// Exists reports whether the user is known. The row of an unknown user may remember requests.
func (u User) Exists() bool { return u.ID != "" }

// Public returns the user as the airline's systems show them.
func (u User) Public() vocab.UserDetails { return u.UserDetails }

// UnknownUser is the refusal for a user who does not exist.
func UnknownUser(id vocab.CustomerID) *vocab.Refusal {
	return vocab.Refuse(vocab.UserNotFound, "User %s not found", id)
}

// OnEvent takes in a profile. A profile with all of a user replaces their details, and keeps what only this
// row knows: the numbers of requests, the results, and the reservations that were entered here.
func (u User) OnEvent(e topology.Event[vocab.CustomerID, vocab.CustomerEvent]) User {
	profile := e.Value
	switch {
	case profile.Type != vocab.CustomerProfile:
	case profile.User != nil:
		u.UserDetails = *profile.User
		for _, r := range u.Entered {
			u = u.withReservation(u.ID, r)
		}
	default:
		u.ID, u.Email, u.Membership = e.Key, profile.Email, profile.Membership
	}

	return u
}
