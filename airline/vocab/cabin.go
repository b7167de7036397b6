package vocab

// A Cabin is where a party sits. A party sits in one cabin.
type Cabin string

// The cabins, cheapest first.
const (
	BasicEconomy Cabin = "basic_economy"
	Economy      Cabin = "economy"
	Business     Cabin = "business"
)

// IsKnown reports whether there is such a cabin.
func (c Cabin) IsKnown() bool { return new(Seats).in(c) != nil }

// Seats counts seats by cabin.
type Seats struct {
	BasicEconomy int `json:"basic_economy,omitempty"`
	Economy      int `json:"economy,omitempty"`
	Business     int `json:"business,omitempty"`
}

// SeatCounts are Seats whose JSON also has the cabins without seats.
type SeatCounts struct {
	BasicEconomy int `json:"basic_economy"`
	Economy      int `json:"economy"`
	Business     int `json:"business"`
}

// In returns the count of one cabin. An unknown cabin has no seats.
func (s Seats) In(c Cabin) int {
	if count := s.in(c); count != nil {
		return *count
	}
	return 0
}

// Plus returns the counts with n more seats in one cabin. A negative n takes seats away.
func (s Seats) Plus(c Cabin, n int) Seats {
	if count := s.in(c); count != nil {
		*count += n
	}
	return s
}

// Total counts the seats of all cabins.
func (s Seats) Total() int { return s.BasicEconomy + s.Economy + s.Business }

func (s *Seats) in(c Cabin) *int {
	switch c {
	case BasicEconomy:
		return &s.BasicEconomy
	case Economy:
		return &s.Economy
	case Business:
		return &s.Business
	}

	return nil
}

// Prices are the prices of one seat, by cabin. A cabin without a price is not for sale.
type Prices struct {
	BasicEconomy Amount `json:"basic_economy"`
	Economy      Amount `json:"economy"`
	Business     Amount `json:"business"`
}

// In returns the price of one cabin. An unknown cabin has no price.
func (p Prices) In(c Cabin) Amount {
	switch c {
	case BasicEconomy:
		return p.BasicEconomy
	case Economy:
		return p.Economy
	case Business:
		return p.Business
	}

	return 0
}
