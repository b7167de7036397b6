package flights

import (
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// The tables: flights, what each route offers, and the flight numbers.
const (
	Table      topology.Table[vocab.FlightID, Flight]              = "flights"
	Routes     topology.Table[vocab.RouteID, Offers]               = "routes"
	Timetables topology.Table[vocab.FlightNumber, vocab.Timetable] = "timetable"
)

// A Flight is the row of one flight: what is known of it, and who holds seats.
type Flight struct {
	vocab.Schedule
	ScheduledDeparture time.Time       `json:"scheduled_departure,omitzero"`
	ScheduledArrival   time.Time       `json:"scheduled_arrival,omitzero"`
	Departure          time.Time       `json:"departure,omitzero"` // estimated, and in the end actual
	Arrival            time.Time       `json:"arrival,omitzero"`
	Departs            string          `json:"departs,omitempty"` // the scheduled times, if they were stated as texts
	Arrives            string          `json:"arrives,omitempty"`
	Status             vocab.Status    `json:"status,omitempty"`
	Severity           vocab.Severity  `json:"severity,omitempty"` // as of now: a delay can shrink
	Holds              map[HoldID]Hold `json:"holds,omitempty"`
	Shown              vocab.Offer     `json:"shown,omitzero"` // what its route was told last
	N                  int             `json:"n,omitempty"`    // replies so far
	AsOf               time.Time       `json:"as_of,omitzero"` // the newest event
}

// IsKnown reports whether the flight was ever scheduled or stated.
func (f Flight) IsKnown() bool { return f.FlightNumber != "" }

// free counts the seats of a cabin that are neither sold nor held.
func (f Flight) free(c vocab.Cabin) int {
	n := f.Seats.In(c) - f.Sold.In(c)
	for _, h := range f.Holds {
		if h.State == Held && h.Cabin == c {
			n -= h.Party
		}
	}
	return n
}

// A HoldID is reservation/cabin. While a party changes cabins, it has seats in both.
type HoldID string

func holdID(r vocab.ReservationID, c vocab.Cabin) HoldID {
	return HoldID(string(r) + "/" + string(c))
}

func (h HoldID) reservation() vocab.ReservationID {
	return vocab.ReservationID(h[:strings.LastIndexByte(string(h), '/')])
}

// A Hold is what a reservation has, or had, on a flight.
type Hold struct {
	Customer vocab.CustomerID `json:"customer"`
	Cabin    vocab.Cabin      `json:"cabin"`
	Party    int              `json:"party"`
	Seq      int              `json:"seq"` // of the reservation's last request
	State    HoldState        `json:"state"`
	Seats    []string         `json:"seats,omitempty"` // 12A
	Sold     bool             `json:"sold,omitempty"`  // of a hold that waits: Sold of its request
	Wish     vocab.SeatKind   `json:"wish,omitempty"`  // a kind of seat that the customer always wants
	Told     bool             `json:"told,omitempty"`  // the customer was told that such a seat is free
}

// A HoldState is whether a hold takes seats.
type HoldState string

// Only Held takes seats. A hold is Waiting if its booking came before its flight.
const (
	Held    HoldState = "held"
	Waiting HoldState = "waiting"
	Gone    HoldState = "gone"
)
