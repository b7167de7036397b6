package check

import (
	"strconv"
	"time"
)

// A Round is all that is known of a round when it is over.
type Round struct {
	Topics      Topics
	Sent        *Sent
	Records     map[string][]Record // by topic, committed, in the order of each partition
	AtLeastOnce bool                // then an event may take effect again
	Visible     map[caseID]time.Time
	Calls       []Call
	Woken       []Woken
}

// What records are, as JSON.
type (
	balance struct {
		Account  string
		Seq, Sum int
	}
	verdict struct {
		Account    string
		Seq, Terms int
		Rate, Read Rate
		By         string
	}
	failure struct {
		Case struct {
			Account string
			Seq     int
		} `json:"case"`
		Cause string `json:"cause"`
	}
)

// Counts are what a round came to.
type Counts struct {
	Inputs     int `json:"inputs"`
	Decisions  int `json:"decisions"`
	Failures   int `json:"failures"`
	Letters    int `json:"dead_letters"`
	Calls      int `json:"calls"`
	ExtraCalls int `json:"extra_calls"` // beyond those that cases and changed rows need
}

// Judge finds all that is wrong with a round.
func (r *Round) Judge(bad *Findings) Counts {
	c := Counts{Inputs: r.Sent.Inputs()}
	r.judgeBalances(bad)
	ends := r.judgeCases(bad, &c)
	r.judgeLetters(bad, &c)
	r.judgeAccounts(bad, ends)
	r.judgeAudits(bad, ends)
	r.judgeRates(bad)
	r.judgeWaiting(bad)
	reasked := r.judgeJournal(bad, ends)
	r.judgeCalls(bad, &c, len(ends), reasked)

	return c
}

// judgeBalances checks that each entry was applied once and in order. At least once, some may come again, but
// none is passed over.
func (r *Round) judgeBalances(bad *Findings) {
	last := map[string]int{}
	for _, rec := range r.Records[r.Topics.balances()] {
		b, ok := decode[balance](rec, bad)
		if !ok {
			continue
		}

		switch {
		case b.Seq > last[b.Account]+1:
			bad.Add("entry lost", "%s: %d after %d at %v", b.Account, b.Seq, last[b.Account], rec.Place)
		case b.Seq <= last[b.Account] && !r.AtLeastOnce:
			bad.Add("entry twice", "%s: %d after %d at %v", b.Account, b.Seq, last[b.Account], rec.Place)
		}
		last[b.Account] = b.Seq

		sums := r.Sent.sums[b.Account]
		if b.Seq < 1 || b.Seq > len(sums) {
			bad.Add("entry invented", "%s: %d at %v", b.Account, b.Seq, rec.Place)
		} else if want := sums[b.Seq-1]; b.Sum != want && !r.AtLeastOnce {
			bad.Add("wrong sum", "%s: %d is %d, want %d, at %v", b.Account, b.Seq, b.Sum, want, rec.Place)
		}
	}

	for account, sums := range r.Sent.sums {
		if last[account] != len(sums) {
			bad.Add("entry lost", "%s: the last is %d of %d", account, last[account], len(sums))
		}
	}
}

// An end is what became of a case.
type end struct {
	topic string
	id    string // the decision's, or ""
	times int
}

// judgeCases checks that each case was settled once: decided, failed, or a dead letter, with a decision's
// id of its own, and in the order of its account.
func (r *Round) judgeCases(bad *Findings, c *Counts) map[caseID]*end {
	ends, owner := map[caseID]*end{}, map[string]caseID{}

	for _, topic := range []string{r.Topics.verdicts(), r.Topics.failures(), r.Topics.reviews()} {
		last := map[string]int{}
		for _, rec := range r.Records[topic] {
			id, v, ok := outcome(r.Topics, rec, bad)
			if !ok {
				continue
			}

			r.judgeOrder(bad, rec, last, id)
			r.judgeID(bad, rec, owner, id)
			r.settle(bad, ends, id, rec.Topic, rec.Headers["ce_id"])
			r.judgeVerdict(bad, rec, id, v)
		}
	}

	for _, rec := range r.Records[r.Topics.deadLetters()] {
		if p, operator := letterOf(rec); operator != "" {
			if id, ok := r.Sent.caseAt(operator, p); ok {
				r.settle(bad, ends, id, rec.Topic, "")
			}
		}
	}

	r.Sent.cases(func(id caseID) {
		if ends[id] == nil {
			bad.Add("case lost", "%v", id)
		}
	})

	c.Decisions = len(r.Records[r.Topics.verdicts()]) + len(r.Records[r.Topics.reviews()])
	c.Failures = len(r.Records[r.Topics.failures()])

	return ends
}

// outcome returns the case of a record of verdicts, failures or reviews. v is nil for a failure.
func outcome(t Topics, r Record, bad *Findings) (c caseID, v *verdict, ok bool) {
	if r.Topic == t.failures() {
		f, ok := decode[failure](r, bad)
		return caseID{judge, f.Case.Account, f.Case.Seq}, nil, ok
	}

	operator := judge
	if r.Topic == t.reviews() {
		operator = review
	}
	d, ok := decode[verdict](r, bad)

	return caseID{operator, d.Account, d.Seq}, &d, ok
}

func (r *Round) judgeOrder(bad *Findings, rec Record, last map[string]int, id caseID) {
	if id.seq <= last[id.account] && !r.AtLeastOnce {
		bad.Add("out of order", "%v: after %d at %v", id, last[id.account], rec.Place)
	}
	last[id.account] = id.seq
}

func (r *Round) judgeID(bad *Findings, rec Record, owner map[string]caseID, id caseID) {
	name := rec.Headers["ce_id"]
	if name == "" {
		bad.Add("decision without id", "%v at %v", id, rec.Place)
		return
	}

	if other, twice := owner[name]; twice && (other != id || !r.AtLeastOnce) {
		bad.Add("id twice", "%s: %v and %v at %v", name, other, id, rec.Place)
	}
	owner[name] = id
}

// settle takes down what became of a case. At least once it may be settled again, under the same id.
func (r *Round) settle(bad *Findings, ends map[caseID]*end, id caseID, topic, name string) {
	before := ends[id]
	if before == nil {
		ends[id] = &end{topic, name, 1}
		return
	}

	before.times++
	if !r.AtLeastOnce {
		bad.Add("settled twice", "%v: in %s and in %s", id, before.topic, topic)
	} else if before.id != name && before.id != "" && name != "" {
		bad.Add("repeat has another id", "%v: %s and %s", id, before.id, name)
	}
}

// judgeVerdict checks that a verdict is one that its operator can have given, on rows that there were.
func (r *Round) judgeVerdict(bad *Findings, rec Record, id caseID, v *verdict) {
	if v == nil {
		return
	}

	fallback := v.By == "fallback"
	if id.isDoomed() && !fallback || fallback && (id.operator != judge || !id.isFallback()) {
		bad.Add("wrong verdict", "%v by %q at %v", id, v.By, rec.Place)
	}

	for _, rate := range []Rate{v.Rate, v.Read} {
		if rate.Seq == 0 && rate == (Rate{}) {
			continue // it was not written yet, or not asked for
		}

		if rate != RateOf(rate.ID, rate.Seq) || rate.Seq > r.Sent.rates[rate.ID] {
			bad.Add("row that never was", "%v saw %+v at %v", id, rate, rec.Place)
		}
	}
}

// judgeLetters checks that what is bad, and only that, has become a dead letter, once.
func (r *Round) judgeLetters(bad *Findings, c *Counts) {
	got := map[Place]int{}
	for _, rec := range r.Records[r.Topics.deadLetters()] {
		c.Letters++

		p, operator := letterOf(rec)
		if operator == review {
			if _, ok := r.Sent.caseAt(review, p); !ok {
				bad.Add("dead letter", "of %s, about no entry: %v at %v", operator, p, rec.Place)
			}
			continue
		}

		got[p]++
		if r.Sent.bad[p] == "" {
			bad.Add("dead letter", "%v is good: %s at %v", p, rec.Headers["deadletter-error"], rec.Place)
		}
	}

	for p, why := range r.Sent.bad {
		if n := got[p]; n != 1 && (n == 0 || !r.AtLeastOnce) {
			bad.Add("dead letter", "%v (%s): %d times", p, why, n)
		}
	}
}

func version(r Record) int64 {
	n, _ := strconv.ParseInt(r.Headers["slipstream-version"], 10, 64)
	return n
}
