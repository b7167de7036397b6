// Package ledger counts what calls of models may cost, and have cost.
//
// A ledger is a log of records, of which each reader computes the same state: a reservation is granted or
// refused by the records before it, and by nothing else. So no reader has to be asked, none has to be the
// first, and a process that is late, stopped or killed can grant itself nothing. Only the process that has
// made a reservation ever settles it. What it never settles stays charged.
package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Units in which limits count.
const (
	Calls  = "calls"
	Tokens = "tokens"
	Micros = "micros" // millionths of the currency of the prices
)

// An Account is what is counted together: within each window, for one limit.
type Account struct {
	Budget string `json:"budget"`
	Per    string `json:"per,omitempty"` // what Of is: a tenant or a key; "": the account is that of all
	Of     string `json:"of,omitempty"`
	Unit   string `json:"unit"`
	Every  int64  `json:"every,omitempty"` // milliseconds of a window; 0: one window for ever
}

// window returns the beginning of the window that a time is in.
func (a Account) window(at time.Time) time.Time {
	if a.Every == 0 {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Duration(a.Every) * time.Millisecond)
}

// end returns when the window that begins then is over; zero: never.
func (a Account) end(from time.Time) time.Time {
	if a.Every == 0 {
		return time.Time{}
	}
	return from.Add(time.Duration(a.Every) * time.Millisecond)
}

// Amounts are what a request uses, by unit.
type Amounts struct {
	Calls  int64 `json:"calls,omitempty"`
	Tokens int64 `json:"tokens,omitempty"`
	Micros int64 `json:"micros,omitempty"`
}

// in returns the amount in a unit.
func (a Amounts) in(unit string) int64 {
	switch unit {
	case Calls:
		return a.Calls
	case Tokens:
		return a.Tokens
	}
	return a.Micros
}

// exceeds reports whether any amount is larger than that of b.
func (a Amounts) exceeds(b Amounts) bool {
	return a.Calls > b.Calls || a.Tokens > b.Tokens || a.Micros > b.Micros
}

// A Charge is an account, and how much may be charged to it in a window.
type Charge struct {
	Account
	Limit int64 `json:"limit"`
}

// A Reserve asks for one request on the wire. It is granted if all of its accounts have that much left.
type Reserve struct {
	ID      string   `json:"id"` // of this request alone
	Model   string   `json:"model"`
	Most    Amounts  `json:"most"` // that the request can use
	Charges []Charge `json:"charges"`
	Call    string   `json:"call,omitempty"`  // the id of the event that waits, for people
	Lasts   int64    `json:"lasts,omitempty"` // milliseconds after which its call has ended; 0: not known
}

// A Settle tells what a request has used whose reservation was granted.
type Settle struct {
	ID   string   `json:"id"`
	Used *Amounts `json:"used,omitempty"` // nil: it is not known, so Most stays charged
}

// An Allow has a model asked again that had used more than it could.
type Allow struct {
	Model string `json:"model"`
	Why   string `json:"why,omitempty"`
}

// A Record is one entry of the log: one of its fields is set.
type Record struct {
	Reserve *Reserve `json:"reserve,omitempty"`
	Settle  *Settle  `json:"settle,omitempty"`
	Allow   *Allow   `json:"allow,omitempty"`
}

// Encode returns the record as JSON.
func (r Record) Encode() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // texts and numbers
	}
	return b
}

// Decode returns the record that Encode has encoded.
func Decode(b []byte) (r Record, err error) {
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("a record of the ledger: %w", err)
	}

	if r.Reserve == nil && r.Settle == nil && r.Allow == nil {
		return r, errors.New("a record of the ledger has nothing that is known")
	}
	return r, nil
}
