package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A State is what the records so far come to. It is not safe for use by several goroutines.
type State struct {
	now      time.Time // the latest time of a record: windows never go back
	swept    time.Time // when old windows were last forgotten
	balances map[Account]*balance
	open     map[string]*reservation // that are not settled, by id
	stopped  map[string]Stop         // models
}

// A balance is what is charged to an account in its window.
type balance struct {
	from     time.Time // of the window
	limit    int64     // as of the last reservation
	spent    int64     // known
	unknown  int64     // charged in full, since nobody knows
	reserved int64
}

func (b *balance) charged() int64 { return b.spent + b.unknown + b.reserved }

// A reservation is one that was granted.
type reservation struct {
	Reserve
	at   time.Time
	from []time.Time // the windows of its charges
}

// A Stop is why a model is not asked.
type Stop struct {
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
}

// sweepEvery is how often old windows are forgotten, and unsettledFor how long a reservation may stay open
// until its use counts as unknown, both by the time of records.
const (
	sweepEvery   = time.Minute
	unsettledFor = 24 * time.Hour
)

// New returns the state before the first record.
func New() *State {
	return &State{
		balances: map[Account]*balance{},
		open:     map[string]*reservation{},
		stopped:  map[string]Stop{},
	}
}

// A Refusal is why a reservation is not granted.
type Refusal struct {
	Account Account   // that has not enough left
	Most    int64     // that the request can use of its unit
	Limit   int64     // of the account
	Charged int64     // in its window
	Until   time.Time // the end of the window; zero: none, or the model has stopped
	Stopped string    // why the model has stopped; "": it has not
}

// IsForever reports whether the request fits into no window at all.
func (r *Refusal) IsForever() bool { return r.Stopped == "" && r.Most > r.Limit }

// Error tells which account has too little left.
func (r *Refusal) Error() string {
	if r.Stopped != "" {
		return r.Stopped
	}

	of := "budget " + r.Account.Budget
	if r.Account.Per != "" {
		of += fmt.Sprintf(", %s %q", r.Account.Per, r.Account.Of)
	}

	window := ""
	if r.Account.Every > 0 {
		window = fmt.Sprintf(" in %v", time.Duration(r.Account.Every)*time.Millisecond)
	}

	return fmt.Sprintf("%s: a request of at most %d %s does not fit: %d of %d%s are charged",
		of, r.Most, r.Account.Unit, r.Charged, r.Limit, window)
}

// A Verdict is what came of a record.
type Verdict struct {
	Granted  bool     // a reservation was; one that repeats an open one was not
	Refused  *Refusal // why a reservation was not granted
	Exceeded string   // the model that has used more than it could, and is not asked any more
}

// Apply takes in the next record of the log, which was appended at a time.
func (s *State) Apply(at time.Time, r Record) (v Verdict) {
	if at.After(s.now) {
		s.now = at
	}
	s.sweep()
	if testhook.IsOff(testhook.BudgetOwn) {
		s.freeLost()
	}

	switch {
	case r.Reserve != nil && s.open[r.Reserve.ID] == nil:
		v.Refused = s.reserve(*r.Reserve)
		v.Granted = v.Refused == nil
	case r.Settle != nil:
		v.Exceeded = s.settle(*r.Settle)
	case r.Allow != nil:
		delete(s.stopped, r.Allow.Model)
	}
	return v
}

func (s *State) reserve(r Reserve) *Refusal {
	if no := s.refusal(r, s.now, nil); no != nil && !testhook.IsOff(testhook.BudgetLimit) {
		return no
	}

	granted := &reservation{Reserve: r, at: s.now}
	for _, c := range r.Charges {
		b := s.balance(c.Account)
		b.limit = c.Limit
		b.reserved += r.Most.in(c.Unit)
		granted.from = append(granted.from, b.from)
	}
	s.open[r.ID] = granted

	return nil
}

// balance returns that of an account in the window of now.
func (s *State) balance(a Account) *balance {
	from := a.window(s.now)
	b := s.balances[a]
	if b == nil || !b.from.Equal(from) {
		b = &balance{from: from}
		s.balances[a] = b
	}
	return b
}

// refusal returns why a reservation would not be granted at a time, or nil. more is what is charged beside.
func (s *State) refusal(r Reserve, at time.Time, more map[Account]int64) *Refusal {
	if stop, ok := s.stopped[r.Model]; ok {
		account := Account{Per: "model", Of: r.Model}
		return &Refusal{Account: account, Stopped: stop.Why}
	}

	for _, c := range r.Charges {
		most := r.Most.in(c.Unit)
		charged := more[c.Account]
		from := c.window(at)
		if b := s.balances[c.Account]; b != nil && b.from.Equal(from) {
			charged += b.charged()
		}

		if charged+most > c.Limit {
			return &Refusal{
				Account: c.Account,
				Most:    most,
				Limit:   c.Limit,
				Charged: charged,
				Until:   c.end(from),
			}
		}
	}

	return nil
}

func (s *State) settle(t Settle) (exceeded string) {
	r := s.open[t.ID]
	if r == nil {
		return ""
	}
	delete(s.open, t.ID)

	for i, c := range r.Charges {
		b := s.balances[c.Account]
		if b == nil || !b.from.Equal(r.from[i]) {
			continue // the window is over
		}

		most := r.Most.in(c.Unit)
		b.reserved -= most
		if t.Used == nil {
			b.unknown += most
		} else {
			b.spent += t.Used.in(c.Unit)
		}
	}

	if t.Used == nil || !t.Used.exceeds(r.Most) {
		return ""
	}
	s.stopped[r.Model] = Stop{Since: s.now, Why: fmt.Sprintf(
		"model %s has used %d tokens (%d micros) where a request can use at most %d (%d), so no budget is "+
			"kept with it: it is not asked until `budget allow` allows it",
		r.Model, t.Used.Tokens, t.Used.Micros, r.Most.Tokens, r.Most.Micros)}

	return r.Model
}

// freeLost gives up what was reserved long ago, which only a test wants.
func (s *State) freeLost() {
	for id, r := range s.open {
		if s.now.Sub(r.at) > lostAfter {
			s.settle(Settle{ID: id, Used: &Amounts{}})
		}
	}
}

const lostAfter = 2 * time.Second

// sweep forgets windows that are over, and takes what was never settled for unknown.
func (s *State) sweep() {
	if s.now.Sub(s.swept) < sweepEvery {
		return
	}
	s.swept = s.now

	for a, b := range s.balances {
		if end := a.end(b.from); !end.IsZero() && !s.now.Before(end) {
			delete(s.balances, a)
		}
	}

	for id, r := range s.open {
		if s.now.Sub(r.at) > unsettledFor {
			s.settle(Settle{ID: id})
		}
	}
}

// Fits returns why a reservation would not be granted at a time, as far as the records so far tell.
func (s *State) Fits(r Reserve, at time.Time) *Refusal { return s.refusal(r, s.later(at), nil) }

// later is a time, or that of the last record if that is later.
func (s *State) later(at time.Time) time.Time {
	if s.now.After(at) {
		return s.now
	}
	return at
}

// A Trial tells how many of several reservations would be granted, one after the other.
type Trial struct {
	s    *State
	at   time.Time
	more map[Account]int64
}

// Try begins a trial.
func (s *State) Try(at time.Time) *Trial {
	return &Trial{s: s, at: s.later(at), more: map[Account]int64{}}
}

// Now is the time of the trial, by the ledger's clock.
func (t *Trial) Now() time.Time { return t.at }

// Add returns why one more would not be granted, or nil, and counts it then.
func (t *Trial) Add(r Reserve) *Refusal {
	if no := t.s.refusal(r, t.at, t.more); no != nil {
		return no
	}

	for _, c := range r.Charges {
		t.more[c.Account] += r.Most.in(c.Unit)
	}
	return nil
}

// A Balance is what is charged to an account in the window that runs.
type Balance struct {
	Account
	From     time.Time `json:"from,omitzero"`  // of the window; zero: there is one for ever
	Until    time.Time `json:"until,omitzero"` // the end of the window
	Limit    int64     `json:"limit"`          // as of the last reservation
	Spent    int64     `json:"spent"`
	Unknown  int64     `json:"unknown"` // charged in full, since it is not known what was used
	Reserved int64     `json:"reserved"`
	Left     int64     `json:"left"` // that may still be reserved
}

// Balances returns those of all accounts at a time, in order. A reservation whose call must have ended long
// ago, since its worker was killed, counts as unknown.
func (s *State) Balances(at time.Time) (all []Balance) {
	at = s.later(at)
	lost := map[Account]int64{}
	for _, r := range s.open {
		if r.Lasts == 0 || at.Sub(r.at) < time.Duration(r.Lasts)*time.Millisecond {
			continue
		}

		for i, c := range r.Charges {
			if r.from[i].Equal(c.window(at)) {
				lost[c.Account] += r.Most.in(c.Unit)
			}
		}
	}

	for a, b := range s.balances {
		if !b.from.Equal(a.window(at)) {
			continue
		}

		all = append(all, Balance{
			Account:  a,
			From:     b.from,
			Until:    a.end(b.from),
			Limit:    b.limit,
			Spent:    b.spent,
			Unknown:  b.unknown + lost[a],
			Reserved: b.reserved - lost[a],
			Left:     max(b.limit-b.charged(), 0),
		})
	}
	slices.SortFunc(all, func(x, y Balance) int {
		return cmp.Or(strings.Compare(x.Budget, y.Budget), strings.Compare(x.Per, y.Per),
			strings.Compare(x.Of, y.Of), strings.Compare(x.Unit, y.Unit), cmp.Compare(x.Every, y.Every))
	})

	return all
}

// Stopped returns the models that are not asked any more.
func (s *State) Stopped() map[string]Stop { return s.stopped }
