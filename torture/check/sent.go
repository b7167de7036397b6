package check

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
)

// Each DecideEvery-th entry of an account is judged, and each ReviewEvery-th is reviewed.
const (
	DecideEvery = 4
	ReviewEvery = 7
)

// The operators.
const (
	judge  = "judge"
	review = "review"
)

type (
	// An Entry is an input that changes the sum of an account.
	Entry struct {
		Account     string
		Seq, Amount int
	}
	// A Term is an input that makes the cases of an account stale.
	Term struct {
		Account string
		Seq     int
	}
	// A Rate is an input that cases look up.
	Rate struct {
		ID         string
		Seq, Value int
	}
)

// RateIDs are the rates that there are.
var RateIDs = []string{"eur", "gbp", "jpy", "usd"}

// RateOf returns a rate's state after n changes, whose value follows from n.
func RateOf(id string, n int) Rate { return Rate{id, n, 7*n + len(id)} }

// A Place is where a record is.
type Place struct {
	Topic     string
	Partition int32
	Offset    int64
}

func (p Place) String() string { return fmt.Sprintf("%s/%d/%d", p.Topic, p.Partition, p.Offset) }

// A Sent is what a round has sent. Its zero value is empty. Its methods may be called by any goroutine; its
// fields are read when all is sent.
type Sent struct {
	mu      sync.Mutex
	sums    map[string][]int // by account: the sum after each entry
	sum     map[string]int
	terms   map[string]int
	rates   map[string]int
	entries map[Place]Entry
	bad     map[Place]string // records that must become dead letters, and what is wrong with them
	inputs  int
}

// NewSent returns what has sent nothing.
func NewSent() *Sent {
	return &Sent{
		sums:    map[string][]int{},
		sum:     map[string]int{},
		terms:   map[string]int{},
		rates:   map[string]int{},
		entries: map[Place]Entry{},
		bad:     map[Place]string{},
	}
}

// NextEntry returns the next entry of an account, which the caller sends.
func (s *Sent) NextEntry(account string, amount int) Entry {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.inputs++
	s.sum[account] += amount
	s.sums[account] = append(s.sums[account], s.sum[account])

	return Entry{account, len(s.sums[account]), amount}
}

// NextTerm returns the next term of an account, which the caller sends.
func (s *Sent) NextTerm(account string) Term {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.inputs++
	s.terms[account]++

	return Term{account, s.terms[account]}
}

// NextRate returns the next state of a rate, which the caller sends.
func (s *Sent) NextRate(id string) Rate {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.inputs++
	s.rates[id]++

	return RateOf(id, s.rates[id])
}

// At tells where an entry has arrived.
func (s *Sent) At(p Place, e Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[p] = e
}

// Bad tells where a record has arrived that must become a dead letter.
func (s *Sent) Bad(p Place, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.inputs++
	s.bad[p] = why
}

// Inputs returns how many records were sent.
func (s *Sent) Inputs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inputs
}

// caseAt returns the case that the entry at a place has become, for an operator.
func (s *Sent) caseAt(operator string, p Place) (c caseID, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	e, ok := s.entries[p]
	return caseID{operator, e.Account, e.Seq}, ok
}

// wanted is what a round comes to.
type wanted struct{ balances, judged, reviewed, bad, rows int }

func (s *Sent) wanted() (w wanted) {
	s.mu.Lock()
	defer s.mu.Unlock()

	for _, sums := range s.sums {
		w.balances += len(sums)
		w.judged += len(sums) / DecideEvery
		w.reviewed += len(sums) / ReviewEvery
	}
	w.bad = len(s.bad)

	return w
}

// A caseID names a case.
type caseID struct {
	operator, account string
	seq               int
}

func (c caseID) String() string { return fmt.Sprintf("%s of %s/%d", c.operator, c.account, c.seq) }

// cases calls yield with each case that must be settled.
func (s *Sent) cases(yield func(caseID)) {
	for account, sums := range s.sums {
		for seq := DecideEvery; seq <= len(sums); seq += DecideEvery {
			yield(caseID{judge, account, seq})
		}

		for seq := ReviewEvery; seq <= len(sums); seq += ReviewEvery {
			yield(caseID{review, account, seq})
		}
	}
}

// draw is a number that operators take as a coin, too: it only depends on the case.
func (c caseID) draw(what string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join([]string{what, c.account, fmt.Sprint(c.seq)}, "/")))
	return int(h.Sum32() % 1000)
}

// isDoomed reports whether no call decides the case.
func (c caseID) isDoomed() bool { return c.draw("doomed") < 50 }

// isFallback reports whether the case is decided without asking when no call decides it.
func (c caseID) isFallback() bool { return c.draw("fallback") < 500 }
