package vocab

// A Severity says how bad a disruption is. The zero Severity is no disruption.
type Severity string

// The severities, mildest first. What counts as late and as long is in the Rules.
const (
	SeverityLate      Severity = "late"
	SeverityLongDelay Severity = "long-delay"
	SeverityCancelled Severity = "cancelled"
	SeverityDiverted  Severity = "diverted"
)

var ranks = map[Severity]int{SeverityLate: 1, SeverityLongDelay: 2, SeverityCancelled: 3, SeverityDiverted: 4}

// WorseThan compares two severities.
func (s Severity) WorseThan(t Severity) bool { return ranks[s] > ranks[t] }
