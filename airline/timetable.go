package airline

// A Timetable is the row of a flight number, on whatever days it flies.
type Timetable struct {
	FlightNumber string `json:"flight_number"`
	Origin       string `json:"origin"`
	Destination  string `json:"destination"`
	Departs      string `json:"scheduled_departure_time_est"` // 06:00:00
	Arrives      string `json:"scheduled_arrival_time_est"`   // 01:30:00+1 is on the next day
}

// Exists says whether there is such a number.
func (t Timetable) Exists() bool { return t.FlightNumber != "" }

// A FlightNumber is the key of a timetable: "HAT001".
type FlightNumber string
