package vocab

// A Cabin is where a party sits. All of a party sit in one.
type Cabin string

// The cabins, cheapest first.
const (
	BasicEconomy Cabin = "basic_economy"
	Economy      Cabin = "economy"
	Business     Cabin = "business"
)

// IsKnown reports whether there is such a cabin.
func (c Cabin) IsKnown() bool { return (&Seats{}).in(c) != nil }

// Seats counts seats by cabin.
type Seats struct {
	BasicEconomy int `json:"basic_economy,omitempty"`
	Economy      int `json:"economy,omitempty"`
	Business     int `json:"business,omitempty"`
}

// In returns the count of one cabin; a cabin nobody knows has none.
func (s Seats) In(c Cabin) int {
	if p := s.in(c); p != nil {
		return *p
	}
	return 0
}

// Plus returns the counts with n more (or fewer) in one cabin.
func (s Seats) Plus(c Cabin, n int) Seats {
	if p := s.in(c); p != nil {
		*p += n
	}
	return s
}

// Total counts all cabins.
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

// SeatCounts are Seats that say it when there are none.
type SeatCounts struct {
	BasicEconomy int `json:"basic_economy"`
	Economy      int `json:"economy"`
	Business     int `json:"business"`
}

// Prices are those of one seat, by cabin. A cabin without a price is not for sale.
type Prices struct {
	BasicEconomy Amount `json:"basic_economy"`
	Economy      Amount `json:"economy"`
	Business     Amount `json:"business"`
}

// In returns the price of one cabin.
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
