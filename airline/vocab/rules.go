package vocab

import (
	"errors"
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

// Rules are the airline's rules. They come as events with versions, and the newest version is in force.
type Rules struct {
	Version       int `json:"version"`
	LateMinutes   int `json:"late_minutes"`   // who arrives this late may be rebooked free of charge
	RefundMinutes int `json:"refund_minutes"` // beyond this, a refund is due, and basic economy may be rebooked
	CutoffMinutes int `json:"cutoff_minutes"` // a flight takes no new passengers from this long before it leaves
	MaxAsks       int `json:"max_asks"`       // seat requests of one case, before a person decides

	// Desks says how the desks treat commands. Defaults to Enforced.
	Desks DeskMode `json:"desks,omitempty"`
}

// DefaultRules are in force until the first event on Policies.
var DefaultRules = Rules{LateMinutes: 60, RefundMinutes: 180, CutoffMinutes: 45, MaxAsks: 3}

// RulesKey is the only key of Policies.
const RulesKey RulesID = "rebooking"

// RuleBook has one row, under RulesKey: the rules in force.
const RuleBook topology.Table[RulesID, Rules] = "rules"

// WorthMoving is how much earlier another flight must arrive before a party is moved to it, or told of it,
// unasked.
const WorthMoving = 30 * time.Minute

// Valid returns why the rules can't be in force.
func (r Rules) Valid() error {
	hasTimes := r.LateMinutes >= 1 && r.RefundMinutes >= r.LateMinutes && r.CutoffMinutes >= 0
	if r.Version < 1 || r.MaxAsks < 1 || !hasTimes {
		return errors.New("airline: rules need version, late_minutes, refund_minutes (not less), " +
			"cutoff_minutes and max_asks")
	}
	return nil
}

// Newer is the step of RuleBook. It keeps the newer version, so that a late or repeated event changes
// nothing.
func (r Rules) Newer(n Rules) Rules {
	if n.Version > r.Version {
		return n
	}
	return r
}

// OrDefault returns DefaultRules if the rules were never stated.
func (r Rules) OrDefault() Rules {
	if r.Version == 0 {
		return DefaultRules
	}
	return r
}

// Severity returns how bad it is to arrive so much later than scheduled.
func (r Rules) Severity(late time.Duration) Severity {
	switch m := minutes(late); {
	case m > r.RefundMinutes:
		return SeverityLongDelay
	case m >= r.LateMinutes:
		return SeverityLate
	}
	return ""
}

// MayRebook reports whether a party may be rebooked. Basic economy may only if it is worse than late.
func (r Rules) MayRebook(s Severity, c Cabin) bool {
	switch s {
	case SeverityLate:
		return c != BasicEconomy
	case SeverityLongDelay, SeverityCancelled:
		return true
	}
	return false
}

// MayRefund reports whether a party may have their money back.
func (r Rules) MayRefund(s Severity) bool {
	return s == SeverityLongDelay || s == SeverityCancelled
}

// Cabins returns where a rebooked party may sit: in their own cabin. Basic economy may also sit in economy,
// once their flight is cancelled.
func (r Rules) Cabins(own Cabin, s Severity) []Cabin {
	if own == BasicEconomy && s == SeverityCancelled {
		return []Cabin{BasicEconomy, Economy}
	}
	return []Cabin{own}
}

// IsClosed reports whether a flight takes no new passengers any more.
func (r Rules) IsClosed(departure, now time.Time) bool {
	cutoff := time.Duration(r.CutoffMinutes) * time.Minute
	return now.After(departure.Add(-cutoff))
}

// Ruled is an event, with the rules in force and what they mean for the desks.
type Ruled[E any] struct {
	Event   E
	Rules   Rules
	Conduct Conduct
}

// UnderRules adds the rules in force to each event.
func UnderRules[K ~string, E any](s topology.Stream[K, E], modes DeskModes) topology.Stream[K, Ruled[E]] {
	key := func(E) RulesID { return RulesKey }
	return topology.Lookup(s, RuleBook, key, func(e E, r Rules) Ruled[E] {
		r = r.OrDefault()
		return Ruled[E]{e, r, modes[r.Desks]}
	})
}
