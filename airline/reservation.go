package airline

import (
	"slices"
	"time"
)

// ReservationDetails are a reservation in the fields of tau2-bench.
type ReservationDetails struct {
	ID              ReservationID `json:"reservation_id"`
	User            CustomerID    `json:"user_id"`
	Origin          string        `json:"origin"`
	Destination     string        `json:"destination"`
	FlightType      string        `json:"flight_type"` // one_way, round_trip
	Cabin           Cabin         `json:"cabin"`
	Flights         []Segment     `json:"flights"`
	Passengers      []Passenger   `json:"passengers"`
	PaymentHistory  []Payment     `json:"payment_history"`
	CreatedAt       string        `json:"created_at"` // 2024-05-15T15:00:00, by the airline's clock
	TotalBaggages   int           `json:"total_baggages"`
	NonfreeBaggages int           `json:"nonfree_baggages"`
	Insurance       string        `json:"insurance"` // yes, no
	Status          *string       `json:"status"`    // null once confirmed; "pending" before; "cancelled"
}

// A Segment is one flight of a reservation. The price is for one passenger, as it was when it was booked.
type Segment struct {
	FlightNumber string `json:"flight_number"`
	Origin       string `json:"origin"`
	Destination  string `json:"destination"`
	Date         string `json:"date"`
	Price        Amount `json:"price"`
}

// Flight is the key of the segment's flight.
func (s Segment) Flight() FlightID { return FlightKey(s.FlightNumber, s.Date) }

// A Passenger is a person who travels.
type Passenger struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Born      string `json:"dob"` // 1990-04-05
}

// A Payment is money paid for a reservation; a negative one was given back.
type Payment struct {
	ID     string `json:"payment_id"` // of the payment method
	Amount Amount `json:"amount"`
}

// The statuses of a reservation that has one.
var (
	pending   = "pending"
	cancelled = "cancelled"
)

// A Reservation is the row of one reservation: its details, which this row alone changes, and the saga under way, which
// asks flights and users for what is theirs.
type Reservation struct {
	ReservationDetails
	Legs        []Leg             `json:"legs,omitempty"`        // one for each flight
	Left        []FlightID        `json:"left,omitempty"`        // flights that it was changed from, the newest of them
	Compensated []string          `json:"compensated,omitempty"` // for which reasons
	Work        *Work             `json:"work,omitempty"`
	Queue       []Order           `json:"queue,omitempty"`     // they wait for the work
	Done        []Result          `json:"done,omitempty"`      // of commands done, the newest of them
	Seq         int               `json:"seq,omitempty"`       // requests to other desks so far
	N           int               `json:"n,omitempty"`         // updates so far
	Restating   *ReservationEvent `json:"restating,omitempty"` // it waits for the work
}

// A Leg is what a flight has granted to a reservation.
type Leg struct {
	Flight    FlightID  `json:"flight"`
	Route     RouteID   `json:"route,omitempty"`
	Held      bool      `json:"held,omitempty"`     // false: among those sold, when the row was restated
	Seats     []string  `json:"seats,omitempty"`    // 12A
	Departure time.Time `json:"departure,omitzero"` // as the flight stood when it granted, and so on
	Arrival   time.Time `json:"arrival,omitzero"`
	Severity  Severity  `json:"severity,omitempty"`
	AsOf      time.Time `json:"as_of,omitzero"`
}

// Bounds of a row.
const (
	maxQueue = 8
	maxDone  = 16
	maxLeft  = 8
)

// Exists says whether there is a reservation, pending ones included. A row can be more than that: it remembers commands.
func (r Reservation) Exists() bool { return r.ID != "" }

// Public is the reservation as the airline's systems show it.
func (r Reservation) Public() ReservationDetails { return r.ReservationDetails }

// Pending says whether not every owner has granted yet.
func (d ReservationDetails) Pending() bool { return d.Status != nil && *d.Status == pending }

// Cancelled says whether it was.
func (d ReservationDetails) Cancelled() bool { return d.Status != nil && *d.Status == cancelled }

// Party is how many travel.
func (d ReservationDetails) Party() int { return len(d.Passengers) }

// fare is what one passenger pays for the flights.
func (d ReservationDetails) fare() (sum Amount) {
	for _, s := range d.Flights {
		sum += s.Price
	}
	return sum
}

// done is the result of a command done before.
func (r Reservation) done(id string) *Result {
	if i := slices.IndexFunc(r.Done, func(d Result) bool { return d.Command == id }); i >= 0 {
		return &r.Done[i]
	}
	return nil
}
