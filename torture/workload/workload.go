// Package workload is the topology that workers run while they are hurt. Each event carries its number among
// those of its key, so rows and outputs notice for themselves what is lost, doubled or out of order.
//
// Package check knows the same topics and fields, and shares no code with this one.
package workload

import (
	"errors"

	"github.com/slipstream-go/slipstream/topology"
)

// Keys of the tables.
type (
	AccountID string
	RateID    string
)

type (
	// An Entry changes the sum of an account.
	Entry struct {
		Account     AccountID
		Seq, Amount int
	}
	// A Term makes cases of its account stale.
	Term struct {
		Account AccountID
		Seq     int
	}
	// A Rate is what cases look up. Its value follows from its number.
	Rate struct {
		ID         RateID
		Seq, Value int
	}
	// A Balance is told for each entry.
	Balance struct {
		Account  AccountID
		Seq, Sum int
	}
	// A Case is an entry that is decided.
	Case struct {
		Account AccountID
		Seq     int
		Terms   int  // of the account
		Rate    Rate // looked up
	}
	// A Verdict is a decision.
	Verdict struct {
		Account AccountID
		Seq     int
		Terms   int  // for which it was asked
		Rate    Rate // of the case
		Read    Rate // which the operator has read by itself
		By      string
	}
)

type (
	// An Account counts what it was told. Each counter of disorder must stay zero.
	Account struct {
		Seq, Sum, Disorder          int // of entries
		Terms, TermsDisorder        int
		Decided, Failed             int
		LastDecided, DecideDisorder int
		Stale                       int // verdicts for other terms than those when they took effect
		Reviewed, LastReviewed      int
		ReviewDisorder              int
	}
	// An Audit is the account as the second stage sees it: by balances and verdicts.
	Audit struct {
		Seq, Sum, Disorder              int
		Verdicts, Last, VerdictDisorder int
	}
)

// Each DecideEvery-th entry of an account is judged, and each ReviewEvery-th is reviewed.
const (
	DecideEvery = 4
	ReviewEvery = 7
)

// Topics are the names of a round's topics.
type Topics struct {
	Entries  topology.Topic[AccountID, Entry]
	Terms    topology.Topic[AccountID, Term]
	Rates    topology.Topic[RateID, Rate]
	Balances topology.Topic[AccountID, Balance]
	Verdicts topology.Topic[AccountID, Verdict]
	Failures topology.Topic[AccountID, topology.Failure[Case]]
	Reviews  topology.Topic[AccountID, Verdict]
}

// TopicsOf returns the topics of a round. Its topology has the round's name.
func TopicsOf(round string) Topics {
	return Topics{
		Entries:  topology.Topic[AccountID, Entry](round + ".entries"),
		Terms:    topology.Topic[AccountID, Term](round + ".terms"),
		Rates:    topology.Topic[RateID, Rate](round + ".rates"),
		Balances: topology.Topic[AccountID, Balance](round + ".balances"),
		Verdicts: topology.Topic[AccountID, Verdict](round + ".verdicts"),
		Failures: topology.Topic[AccountID, topology.Failure[Case]](round + ".failures"),
		Reviews:  topology.Topic[AccountID, Verdict](round + ".reviews"),
	}
}

// The tables.
const (
	Accounts topology.Table[AccountID, Account] = "accounts"
	Audits   topology.Table[AccountID, Audit]   = "audits"
	Rates    topology.Table[RateID, Rate]       = "rates"
)

// Declare returns the topology of a round. Its stages are the rates, which others look up; the accounts, with
// two co-partitioned inputs and two operators; and the audits, which follow balances and verdicts.
func Declare(round string, judge Judge) *topology.Topology {
	t := topology.New(round)
	topics := TopicsOf(round)

	topology.Fold(Rates, topology.From(t, topics.Rates), topology.Latest)
	topology.Fold(Accounts, topology.From(t, topics.Terms), Account.withTerm)

	valid := topology.From(t, topics.Entries).Check(Entry.check)
	balances := topology.Apply(Accounts, valid, Account.withEntry)
	balances.To(topics.Balances)

	decide(topics, balances, judge)
	review(topics, balances, judge)

	topology.Fold(Audits, topology.From(t, topics.Balances), Audit.withBalance)
	topology.Fold(Audits, topology.From(t, topics.Verdicts), Audit.withVerdict)

	return t
}

// decide has cases judged that look up a rate, and whose operator reads another one.
func decide(topics Topics, balances topology.Stream[AccountID, Balance], judge Judge) {
	cases := topology.Lookup(casesOf(balances, DecideEvery), Rates, Case.rate, Case.withRate)
	verdicts, failures := topology.Async(cases, "judge", judge, topology.Policy[Case]{
		Timeout: judgeTimeout,
		Reasks:  3,
		Changed: func(asked, now Case) bool { return asked.Terms != now.Terms },
		Reads:   []topology.Readable{Rates},
		Record:  true,
	})

	verdicts.To(topics.Verdicts)
	failures.To(topics.Failures)
	topology.Fold(Accounts, verdicts, Account.withVerdict)
	topology.Fold(Accounts, failures, Account.withFailure)
}

// review has other cases judged, whose failures no step takes: they are dead letters.
func review(topics Topics, balances topology.Stream[AccountID, Balance], judge Judge) {
	judge.name, judge.stubborn = "review", true
	reviews, _ := topology.Async(casesOf(balances, ReviewEvery), judge.name, judge, topology.Policy[Case]{
		InFlight: 8,
		Timeout:  judgeTimeout,
	})

	reviews.To(topics.Reviews)
	topology.Fold(Accounts, reviews, Account.withReview)
}

func casesOf(s topology.Stream[AccountID, Balance], every int) topology.Stream[AccountID, Case] {
	nth := s.Filter(func(b Balance) bool { return b.Seq%every == 0 })
	return topology.Join(nth, Accounts, func(b Balance, a Account) Case {
		return Case{Account: b.Account, Seq: b.Seq, Terms: a.Terms}
	})
}

func (e Entry) check() error {
	if e.Seq <= 0 {
		return errors.New("the entry has no number")
	}
	return nil
}

func (a Account) withEntry(e Entry) (Account, []Balance) {
	if e.Seq != a.Seq+1 {
		a.Disorder++
	}
	a.Seq, a.Sum = e.Seq, a.Sum+e.Amount

	return a, []Balance{{e.Account, e.Seq, a.Sum}}
}

func (a Account) withTerm(t Term) Account {
	if t.Seq != a.Terms+1 {
		a.TermsDisorder++
	}
	a.Terms = t.Seq

	return a
}

func (a Account) withVerdict(v Verdict) Account {
	a.Decided++
	if v.Terms != a.Terms {
		a.Stale++
	}
	return a.settled(v.Seq)
}

func (a Account) withFailure(f topology.Failure[Case]) Account {
	a.Failed++
	return a.settled(f.Case.Seq)
}

func (a Account) settled(seq int) Account {
	if seq != a.LastDecided+DecideEvery {
		a.DecideDisorder++
	}
	a.LastDecided = seq

	return a
}

// withReview counts a review. Those that have failed are left out, so numbers may be skipped.
func (a Account) withReview(v Verdict) Account {
	if v.Seq <= a.LastReviewed {
		a.ReviewDisorder++
	}
	a.Reviewed, a.LastReviewed = a.Reviewed+1, v.Seq

	return a
}

func (a Audit) withBalance(b Balance) Audit {
	if b.Seq != a.Seq+1 {
		a.Disorder++
	}
	a.Seq, a.Sum = b.Seq, b.Sum

	return a
}

func (a Audit) withVerdict(v Verdict) Audit {
	if v.Seq <= a.Last {
		a.VerdictDisorder++
	}
	a.Verdicts, a.Last = a.Verdicts+1, v.Seq

	return a
}
