package payments

import (
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Users has one row per user.
const Table topology.Table[vocab.CustomerID, User] = "users"

// A User is the row of one user: the payment desk. Balances and certificates change in no other place.
type User struct {
	vocab.UserDetails
	Paid    map[vocab.ReservationID]int `json:"paid,omitempty"`    // the last request of each reservation that was taken in
	Entered []vocab.ReservationID       `json:"entered,omitempty"` // those that were sold elsewhere
	Done    []vocab.Result              `json:"done,omitempty"`    // of commands done, the newest of them
}

// Exists says whether the user is known. A row can be more than that: it remembers requests.
func (u User) Exists() bool { return u.ID != "" }

// Public is the user as the airline's systems show them.
func (u User) Public() vocab.UserDetails { return u.UserDetails }

func UnknownUser(id vocab.CustomerID) *vocab.Refusal {
	return vocab.Refuse(vocab.UserNotFound, "User %s not found", id)
}

// withEvent takes in a profile. One that has all of a user replaces the row wholly, but for what only this row knows: the
// numbers of requests, the commands that were done, and reservations that were sold elsewhere and entered here.
func (u User) OnEvent(e topology.Event[vocab.CustomerID, vocab.CustomerEvent]) User {
	switch {
	case e.Value.Type != vocab.CustomerProfile:
	case e.Value.User != nil:
		u.UserDetails = *e.Value.User
		for _, r := range u.Entered {
			u = u.enrolled(u.ID, r)
		}
	default:
		u.ID, u.Email, u.Membership = e.Key, e.Value.Email, e.Value.Membership
	}
	return u
}
