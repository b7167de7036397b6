package vocab

import (
	"errors"
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

// Rules are the airline's, as events with versions: the newest version is in force. Times are in minutes.
type Rules struct {
	Version       int      `json:"version"`
	LateMinutes   int      `json:"late_minutes"`    // who arrives this late may be rebooked free of charge
	RefundMinutes int      `json:"refund_minutes"`  // who arrives later than this may have the money back; basic economy may rebook
	CutoffMinutes int      `json:"cutoff_minutes"`  // no new passengers from this long before departure
	MaxAsks       int      `json:"max_asks"`        // seat requests of one case before it goes to a person
	Desks         DeskMode `json:"desks,omitempty"` // how the desks conduct themselves. Defaults to Enforced
}

// DefaultRules are in force until the first event on Policies.
var DefaultRules = Rules{LateMinutes: 60, RefundMinutes: 180, CutoffMinutes: 45, MaxAsks: 3}

// RulesKey is the one key of Policies.
const RulesKey RulesID = "rebooking"

// RuleBook has one row, under RulesKey: the rules in force.
const RuleBook topology.Table[RulesID, Rules] = "rules"

// Valid says why rules can't be in force.
func (r Rules) Valid() error {
	if r.Version < 1 || r.LateMinutes < 1 || r.RefundMinutes < r.LateMinutes || r.CutoffMinutes < 0 || r.MaxAsks < 1 {
		return errors.New("airline: rules need version, late_minutes, refund_minutes (not less), cutoff_minutes and max_asks")
	}
	return nil
}

// newer is the step of the rules table: a late or repeated version changes nothing.
func (r Rules) Newer(n Rules) Rules {
	if n.Version > r.Version {
		return n
	}
	return r
}

func (r Rules) OrDefault() Rules {
	if r.Version == 0 {
		return DefaultRules
	}
	return r
}

// severity says how bad it is to arrive so much later than scheduled.
func (r Rules) Severity(late time.Duration) Severity {
	switch m := Minutes(late); {
	case m > r.RefundMinutes:
		return SeverityLongDelay
	case m >= r.LateMinutes:
		return SeverityLate
	}
	return ""
}

// mayRebook: all may when it is late, but the cheapest cabin only when it is worse than that.
func (r Rules) MayRebook(s Severity, c Cabin) bool {
	switch s {
	case SeverityLate:
		return c != BasicEconomy
	case SeverityLongDelay, SeverityCancelled:
		return true
	}
	return false
}

// mayRefund: cancelled, or so late that the law says so.
func (r Rules) MayRefund(s Severity) bool { return s == SeverityLongDelay || s == SeverityCancelled }

// cabins says where a party may sit: in their own cabin; basic economy also in economy, once the flight is cancelled.
func (r Rules) Cabins(own Cabin, s Severity) []Cabin {
	if own == BasicEconomy && s == SeverityCancelled {
		return []Cabin{BasicEconomy, Economy}
	}
	return []Cabin{own}
}

// closed says whether a flight takes no new passengers any more.
func (r Rules) IsClosed(departure, now time.Time) bool {
	return now.After(departure.Add(-time.Duration(r.CutoffMinutes) * time.Minute))
}

// worthMoving is how much earlier another flight must arrive before anyone is moved unasked.
const WorthMoving = 30 * time.Minute

// Ruled is an event with the rules in force, and what they mean for the desks.
type Ruled[E any] struct {
	Event   E
	Rules   Rules
	Conduct Conduct
}

// UnderRules adds the rules in force to each event.
func UnderRules[K ~string, E any](s topology.Stream[K, E], modes DeskModes) topology.Stream[K, Ruled[E]] {
	return topology.Lookup(s, RuleBook, func(E) RulesID { return RulesKey }, func(e E, r Rules) Ruled[E] {
		r = r.OrDefault()
		return Ruled[E]{e, r, modes[r.Desks]}
	})
}
