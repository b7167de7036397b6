// Package budget bounds what the calls of an operator may cost, over all workers.
//
//	topology.Policy[Case]{
//		Tenant: func(c Case) string { return c.Airline },
//		Budget: budget.Budget{Limits: []budget.Limit{
//			{Tokens: 5_000_000, Every: 24 * time.Hour},
//			{Tokens: 200_000, Every: time.Hour, Per: budget.Tenant},
//			{Calls: 20, Every: time.Hour, Per: budget.Key},
//		}},
//	}
//
// What is counted is one request on the wire: each retry, repair, round of tools, hedge and host that is
// tried. The adapters of models, [llm.Ollama] and package llm/openai, reserve the most that a request can
// use before they send it, and settle it by what the server says that it has used. A request whose use is
// not known (it was cancelled or cut off, or its worker was killed) stays charged in full.
//
// The most that a request can use is proven, not estimated: a prompt has no more tokens than bytes, plus
// [Budget.Template]; an answer no more than its limit, which is mandatory. A server that uses more all the
// same is found at its answer. Its model is then not asked until somebody allows it: see
// processors.Client.AllowModel.
//
// [llm.Ollama]: https://pkg.go.dev/github.com/slipstream-go/slipstream/llm#Ollama
package budget

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Budget is how much the calls of an operator may cost. Its zero value limits nothing.
type Budget struct {
	// Name is the account of the budget. Operators of a topology whose budgets have the same name share what
	// is spent, and each keeps its own Limits. Defaults to the operator's name.
	Name string
	// Limits are all kept. Defaults to none.
	Limits []Limit
	// Past decides about a case whose first request does not fit. Defaults to Wait. A case whose later
	// request, such as a repair, does not fit is given up.
	Past Past
	// Prices are what models cost, by the name by which they are asked. A limit of Micros needs them: a model
	// without a price is not asked.
	Prices map[string]Price
	// Template is how many tokens a server's chat template may add to a request, beyond what is sent.
	// Defaults to 1,024.
	Template int
}

// A Limit bounds what is used within a window. At least one of Tokens, Calls and Micros has to be set.
type Limit struct {
	// Tokens are those of prompts and answers, kept prompts and thoughts included. 0: any number.
	Tokens int64
	// Calls are requests on the wire. 0: any number.
	Calls int64
	// Micros are millionths of the currency that Prices are in. 0: any amount.
	Micros int64

	// Every is how long a window lasts. Windows begin at multiples of it since the year 1, UTC: those of 24
	// hours at midnight. A request counts in the window in which it was reserved. Defaults to one window for
	// ever. A limit with another Every begins to count anew.
	Every time.Duration
	// Per is what has the limit for itself. Defaults to All.
	Per Level
}

// A Level is what has a limit for itself.
type Level string

// The levels of limits.
const (
	All    Level = ""       // all calls of the budget
	Tenant Level = "tenant" // those of a tenant: see topology.Policy.Tenant
	Key    Level = "key"    // those of a key
)

// A Past is what becomes of a case for which too little is left.
type Past int

const (
	// Wait has the case wait, without a place among those in flight, until enough is left. Its deadline
	// counts.
	Wait Past = iota
	// Rules has the operator give up: topology.Operator.GiveUp decides.
	Rules
	// Unsettled leaves the case unsettled: GiveUp is not asked.
	Unsettled
)

// A Price is what a model costs, in millionths of a currency for a million tokens. At 0.15 dollars for a
// million tokens of prompts, In is 150,000.
type Price struct{ In, Out int64 }

// IsZero reports whether the budget has no limits.
func (b Budget) IsZero() bool { return len(b.Limits) == 0 }

// Check returns what is wrong with the budget. hasTenant is whether tenants of cases are known.
func (b Budget) Check(hasTenant bool) error {
	var errs []error
	if b.Past < Wait || b.Past > Unsettled {
		errs = append(errs, fmt.Errorf("budget: Past is %d: it may be Wait, Rules or Unsettled", b.Past))
	}

	if b.Template < 0 {
		errs = append(errs, errors.New("budget: Template can't be negative"))
	}

	for model, p := range b.Prices {
		if p.In < 0 || p.Out < 0 {
			errs = append(errs, fmt.Errorf("budget: Prices[%q] can't be negative", model))
		}
	}

	for i, l := range b.Limits {
		err := b.check(l, hasTenant)
		if err == nil && slices.ContainsFunc(b.Limits[:i], l.isOf) {
			err = errors.New("another one counts the same for the same Per and Every: leave the lesser")
		}

		if err != nil {
			errs = append(errs, fmt.Errorf("budget: Limits[%d]: %w", i, err))
		}
	}

	return errors.Join(errs...)
}

func (b Budget) check(l Limit, hasTenant bool) error {
	switch {
	case l.Tokens < 0 || l.Calls < 0 || l.Micros < 0 || l.Every < 0:
		return errors.New("no field can be negative")
	case l.Tokens == 0 && l.Calls == 0 && l.Micros == 0:
		return errors.New("it limits nothing: set Tokens, Calls or Micros")
	case l.Every%time.Millisecond != 0:
		return fmt.Errorf("its Every of %v is not whole milliseconds", l.Every)
	case l.Per != All && l.Per != Tenant && l.Per != Key:
		return fmt.Errorf("its Per is %q: it may be All, Tenant or Key", l.Per)
	case l.Per == Tenant && !hasTenant:
		return errors.New("its Per is Tenant, and Policy.Tenant does not say whose a case is")
	case l.Micros > 0 && len(b.Prices) == 0:
		return errors.New("its Micros needs Prices")
	}
	return nil
}

// isOf reports whether another limit is of the same account.
func (l Limit) isOf(other Limit) bool {
	return l.Per == other.Per && l.Every == other.Every && (l.Tokens > 0 && other.Tokens > 0 ||
		l.Calls > 0 && other.Calls > 0 || l.Micros > 0 && other.Micros > 0)
}

// String is the limit in words.
func (l Limit) String() string {
	var parts []string
	for _, amount := range []struct {
		most int64
		unit string
	}{{l.Tokens, "tokens"}, {l.Calls, "calls"}, {l.Micros, "micros"}} {
		if amount.most > 0 {
			parts = append(parts, fmt.Sprint(amount.most, " ", amount.unit))
		}
	}

	s := strings.Join(parts, " and ")
	if l.Every > 0 {
		s += fmt.Sprint(" in ", l.Every)
	}

	if l.Per != All {
		s += " per " + string(l.Per)
	}
	return s
}

// DefaultTemplate is what Budget.Template defaults to.
const DefaultTemplate = 1024
