package flights

import (
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// The tables of flights.
const (
	Table      topology.Table[vocab.FlightID, Flight]              = "flights"
	Routes     topology.Table[vocab.RouteID, Offers]               = "routes"
	Timetables topology.Table[vocab.FlightNumber, vocab.Timetable] = "timetable"
)

// A Flight is the row of one flight: what is known of it, and who holds seats. It alone grants them.
type Flight struct {
	vocab.Schedule
	ScheduledDeparture time.Time       `json:"scheduled_departure,omitzero"`
	ScheduledArrival   time.Time       `json:"scheduled_arrival,omitzero"`
	Departure          time.Time       `json:"departure,omitzero"` // as now estimated, in the end actual
	Arrival            time.Time       `json:"arrival,omitzero"`
	Departs            string          `json:"departs,omitempty"` // the scheduled times as texts, where the airline has them so
	Arrives            string          `json:"arrives,omitempty"`
	Status             vocab.Status    `json:"status,omitempty"`
	Severity           vocab.Severity  `json:"severity,omitempty"` // as of now: a delay can shrink again
	Holds              map[HoldID]Hold `json:"holds,omitempty"`
	Shown              vocab.Offer     `json:"shown,omitzero"` // what its route was last told
	N                  int             `json:"n,omitempty"`    // replies so far
	AsOf               time.Time       `json:"as_of,omitzero"` // the newest event
}

// A HoldID is reservation/cabin: while a party changes cabins, it has seats in both.
type HoldID string

func holdID(r vocab.ReservationID, c vocab.Cabin) HoldID { return HoldID(string(r) + "/" + string(c)) }

func (h HoldID) reservation() vocab.ReservationID {
	return vocab.ReservationID(h[:strings.LastIndexByte(string(h), '/')])
}

// A Hold is what one reservation has, or had, on a flight. Seq is that of its last request.
type Hold struct {
	Customer vocab.CustomerID `json:"customer"`
	Cabin    vocab.Cabin      `json:"cabin"`
	Party    int              `json:"party"`
	Seq      int              `json:"seq"`
	State    HoldState        `json:"state"`
	Seats    []string         `json:"seats,omitempty"` // 12A
	Sold     bool             `json:"sold,omitempty"`  // of one that waits: as its request says
	Wish     vocab.SeatKind   `json:"wish,omitempty"`  // a kind of seat that they always want, and do not have
	Told     bool             `json:"told,omitempty"`  // that one has become free
}

// A HoldState says whether a hold is worth a seat.
type HoldState string

// Only Held takes seats. Waiting is a booking that was heard of before its flight.
const (
	Held    HoldState = "held"
	Waiting HoldState = "waiting"
	Gone    HoldState = "gone"
)

// Known says whether the flight was ever scheduled or stated.
func (f Flight) IsKnown() bool { return f.FlightNumber != "" }

// free counts the seats of a cabin that nobody has.
func (f Flight) free(c vocab.Cabin) int {
	n := f.Seats.In(c) - f.Sold.In(c)
	for _, h := range f.Holds {
		if h.State == Held && h.Cabin == c {
			n -= h.Party
		}
	}
	return n
}

// open says whether it has yet to leave.
func (f Flight) isOpen() bool {
	return f.Status == vocab.StatusAvailable || f.Status == vocab.StatusOnTime || f.Status == vocab.StatusDelayed
}
