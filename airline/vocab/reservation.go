package vocab

import "time"

// ReservationDetails are a reservation, as the airline's systems show it.
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
	Status          *string       `json:"status"`    // pending, cancelled; null once it is confirmed
}

// The statuses of a reservation. A confirmed one has none.
const (
	ReservationPending   = "pending"
	ReservationCancelled = "cancelled"
)

// IsPending reports whether a flight or the payment desk has yet to grant what the reservation needs.
func (d ReservationDetails) IsPending() bool {
	return d.Status != nil && *d.Status == ReservationPending
}

// IsCancelled reports whether the reservation was cancelled.
func (d ReservationDetails) IsCancelled() bool {
	return d.Status != nil && *d.Status == ReservationCancelled
}

// Party returns how many people travel.
func (d ReservationDetails) Party() int { return len(d.Passengers) }

// A Segment is one flight of a reservation. The price is for one passenger, at the time of the booking.
type Segment struct {
	FlightNumber string `json:"flight_number"`
	Origin       string `json:"origin"`
	Destination  string `json:"destination"`
	Date         string `json:"date"`
	Price        Amount `json:"price"`
}

// Flight returns the key of the flight.
func (s Segment) Flight() FlightID { return FlightKey(s.FlightNumber, s.Date) }

// A Passenger is a person who travels.
type Passenger struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Born      string `json:"dob"` // 1990-04-05
}

// A Payment is money paid for a reservation. A negative payment was given back.
type Payment struct {
	ID     string `json:"payment_id"` // of the payment method
	Amount Amount `json:"amount"`
}

// A Leg is what a flight has granted to a reservation, and how the flight stood then.
type Leg struct {
	Flight    FlightID  `json:"flight"`
	Route     RouteID   `json:"route,omitempty"`
	Held      bool      `json:"held,omitempty"`  // by name; otherwise, the seats are counted among those sold
	Seats     []string  `json:"seats,omitempty"` // 12A
	Departure time.Time `json:"departure,omitzero"`
	Arrival   time.Time `json:"arrival,omitzero"`
	Severity  Severity  `json:"severity,omitempty"`
	AsOf      time.Time `json:"as_of,omitzero"`
}
