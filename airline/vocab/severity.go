package vocab

// A Severity is how bad a disruption is. The zero Severity is no disruption.
type Severity string

// The severities, mildest first. The Rules say how late is late, and how long a delay is long.
const (
	SeverityLate      Severity = "late"
	SeverityLongDelay Severity = "long-delay"
	SeverityCancelled Severity = "cancelled"
	SeverityDiverted  Severity = "diverted"
)

var severityRanks = map[Severity]int{
	SeverityLate:      1,
	SeverityLongDelay: 2,
	SeverityCancelled: 3,
	SeverityDiverted:  4,
}

// WorseThan reports whether s is a worse disruption than t.
func (s Severity) WorseThan(t Severity) bool { return severityRanks[s] > severityRanks[t] }
