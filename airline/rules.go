package airline

import (
	"errors"
	"fmt"
	"time"
)

// Rules are the airline's, as events with versions: the newest version is in force. Times are in minutes.
type Rules struct {
	Version       int      `json:"version"`
	LateMinutes   int      `json:"late_minutes"`    // who arrives this late may be rebooked free of charge
	RefundMinutes int      `json:"refund_minutes"`  // who arrives later than this may have the money back; basic economy may rebook
	CutoffMinutes int      `json:"cutoff_minutes"`  // no new passengers from this long before departure
	MaxAsks       int      `json:"max_asks"`        // seat requests of one case before it goes to a person
	Desks         DeskMode `json:"desks,omitempty"` // what the desks check of commands. Defaults to Enforced
}

// A DeskMode says how much the desks check.
type DeskMode string

// The desks enforce the airline's policy for customers, or are as the tools of tau2-bench are, which leave the policy to
// the model: no rule is checked, and a cancellation gives back neither seats nor balances.
const (
	Enforced DeskMode = "enforced"
	Tau2     DeskMode = "tau2"
)

func (r Rules) tau2() bool { return r.Desks == Tau2 }

// DefaultRules are in force until the first event on Policies.
var DefaultRules = Rules{LateMinutes: 60, RefundMinutes: 180, CutoffMinutes: 45, MaxAsks: 3}

// RulesKey is the one key of Policies.
const RulesKey RulesID = "rebooking"

// Valid says why rules can't be in force.
func (r Rules) Valid() error {
	if r.Version < 1 || r.LateMinutes < 1 || r.RefundMinutes < r.LateMinutes || r.CutoffMinutes < 0 || r.MaxAsks < 1 {
		return errors.New("airline: rules need version, late_minutes, refund_minutes (not less), cutoff_minutes and max_asks")
	}
	if r.Desks != "" && r.Desks != Enforced && r.Desks != Tau2 {
		return fmt.Errorf("airline: rules: desks %q is neither %q nor %q", r.Desks, Enforced, Tau2)
	}
	return nil
}

// newer is the step of the rules table: a late or repeated version changes nothing.
func (r Rules) newer(n Rules) Rules {
	if n.Version > r.Version {
		return n
	}
	return r
}

func (r Rules) orDefault() Rules {
	if r.Version == 0 {
		return DefaultRules
	}
	return r
}

// severity says how bad it is to arrive so much later than scheduled.
func (r Rules) severity(late time.Duration) Severity {
	switch m := minutes(late); {
	case m > r.RefundMinutes:
		return LongDelay
	case m >= r.LateMinutes:
		return Late
	}
	return ""
}

// mayRebook: all may when it is late, but the cheapest cabin only when it is worse than that.
func (r Rules) mayRebook(s Severity, c Cabin) bool {
	switch s {
	case Late:
		return c != BasicEconomy
	case LongDelay, Cancelled:
		return true
	}
	return false
}

// mayRefund: cancelled, or so late that the law says so.
func (r Rules) mayRefund(s Severity) bool { return s == LongDelay || s == Cancelled }

// cabins says where a party may sit: in their own cabin; basic economy also in economy, once the flight is cancelled.
func (r Rules) cabins(own Cabin, s Severity) []Cabin {
	if own == BasicEconomy && s == Cancelled {
		return []Cabin{BasicEconomy, Economy}
	}
	return []Cabin{own}
}

// closed says whether a flight takes no new passengers any more.
func (r Rules) closed(departure, now time.Time) bool {
	return now.After(departure.Add(-time.Duration(r.CutoffMinutes) * time.Minute))
}
