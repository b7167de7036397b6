package budget

import (
	"context"
	"errors"
	"sync"
)

// A Request is what an adapter is about to send, as far as it bounds what is used.
type Request struct {
	Model  string // as the server calls it
	Bytes  int    // that are sent: a prompt has no more tokens, except for those of the server's template
	Within int    // the most tokens of a prompt that the server takes; 0: not known
	Output int    // the most tokens of an answer, thoughts included; 0: there is no limit, so it is not sent
	Silent bool   // there is no answer in tokens, as for embeddings
}

// A Ledger grants reservations. Engines have one; adapters call [Reserve].
type Ledger interface {
	// Reserve returns once a reservation is granted and lasts, whatever becomes of this process.
	Reserve(ctx context.Context, r Request) (Entry, error)
}

// An Entry is a reservation in a Ledger. It is settled once.
type Entry interface {
	// ID names the reservation in the ledger.
	ID() string
	// Settle is told how many tokens were used.
	Settle(in, out int)
	// Unsent is told that the request was not sent.
	Unsent()
	// Lose is told that nobody knows what was used.
	Lose()
}

type ledgerKey struct{}

// With returns a context whose requests have to be reserved in a ledger.
func With(ctx context.Context, l Ledger) context.Context {
	return context.WithValue(ctx, ledgerKey{}, l)
}

// IsBound reports whether the requests of a context have to be reserved.
func IsBound(ctx context.Context) bool {
	_, ok := ctx.Value(ledgerKey{}).(Ledger)
	return ok
}

// ErrSpent is the kind of the errors of Reserve that tell that too little is left.
var ErrSpent = errors.New("the budget is spent")

// ErrUnbounded is the kind of the errors of Reserve that tell that a request has no bound.
var ErrUnbounded = errors.New("what the request may use has no bound")

// A Reservation is what one request may use. A nil Reservation is that of a request that needs none. Its
// methods may be called by several goroutines.
type Reservation struct {
	entry Entry
	once  sync.Once
}

// Reserve reserves the most that a request can use, before it is sent. An adapter calls it for each request
// on the wire, and sends nothing if it returns an error. Without a ledger in the context, it returns nil.
func Reserve(ctx context.Context, r Request) (*Reservation, error) {
	l, ok := ctx.Value(ledgerKey{}).(Ledger)
	if !ok {
		return nil, nil
	}

	entry, err := l.Reserve(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Reservation{entry: entry}, nil
}

// ID names the reservation, for the server's log; "" for nil. Adapters send it as the header [Header].
func (r *Reservation) ID() string {
	if r == nil {
		return ""
	}
	return r.entry.ID()
}

// Header is the header of a request that names its reservation. OpenAI keeps it with the request.
const Header = "X-Client-Request-Id"

// Settle is to be called with the tokens that the server says were used. What is left of the reservation is
// free again.
func (r *Reservation) Settle(in, out int) {
	if r != nil {
		r.once.Do(func() { r.entry.Settle(in, out) })
	}
}

// Unsent is to be called if nothing of the request has reached a connection.
func (r *Reservation) Unsent() {
	if r != nil {
		r.once.Do(r.entry.Unsent)
	}
}

// Close ends the reservation. If it was not settled, all of it stays charged.
func (r *Reservation) Close() {
	if r != nil {
		r.once.Do(r.entry.Lose)
	}
}
