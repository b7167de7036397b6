package vocab

// A Status is where a flight is in its life, in the words of the field.
type Status string

// The statuses. A flight never heard of has none. Seats are sold while it is available; whoever is disrupted can be moved to
// one that is on time or delayed, too.
const (
	StatusAvailable Status = "available"
	StatusOnTime    Status = "on time"
	StatusDelayed   Status = "delayed"
	StatusFlying    Status = "flying"
	StatusLanded    Status = "landed"
	StatusCancelled Status = "cancelled"
	StatusDiverted  Status = "diverted"
)

// flown says whether it has left.
func (s Status) HasLeft() bool { return s == StatusFlying || s == StatusLanded || s == StatusDiverted }
