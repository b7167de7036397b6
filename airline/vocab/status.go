package vocab

// A Status is where a flight is in its life. A flight that was never heard of has none.
type Status string

// The statuses. An available flight is on sale. The airline can move a disrupted party to a flight that is on
// time or delayed, too.
const (
	StatusAvailable Status = "available"
	StatusOnTime    Status = "on time"
	StatusDelayed   Status = "delayed"
	StatusFlying    Status = "flying"
	StatusLanded    Status = "landed"
	StatusCancelled Status = "cancelled"
	StatusDiverted  Status = "diverted"
)

// HasLeft reports whether the flight has left its origin.
func (s Status) HasLeft() bool {
	return s == StatusFlying || s == StatusLanded || s == StatusDiverted
}

// IsOpen reports whether the flight has yet to leave.
func (s Status) IsOpen() bool {
	return s == StatusAvailable || s == StatusOnTime || s == StatusDelayed
}
