package main

import (
	"maps"
	"time"
)

// A City has hotels, and one or several airports: NYC.
type City string

// A Hotel is what a hotel says of itself; its last word counts.
type Hotel struct {
	Name    string   `json:"hotel"`
	Rooms   int      `json:"rooms"`   // that it keeps for the airline's guests
	Minutes int      `json:"minutes"` // from the airports
	Shuttle string   `json:"shuttle"` // the first one of the day, 05:00
	Has     []string `json:"has"`     // "takes dogs", "family rooms"
}

// contracts are in force until a hotel says otherwise. The hotels are made up.
var contracts = map[City]map[string]Hotel{"NYC": {
	"Runway Inn": {Name: "Runway Inn", Rooms: 60, Minutes: 8, Shuttle: "04:00"},
	"Harbor Lodge": {Name: "Harbor Lodge", Rooms: 40, Minutes: 15, Shuttle: "04:30",
		Has: []string{"takes dogs", "family rooms"}},
	"The Meridian": {Name: "The Meridian", Rooms: 25, Minutes: 25, Shuttle: "06:00",
		Has: []string{"step-free rooms", "quiet"}},
}}

// Rooms is the row of a city, by hotel.
type Rooms struct {
	Hotels map[string]Hotel `json:"hotels,omitempty"` // that have said something; see contracts
	Night  string           `json:"night,omitempty"`  // the newest that was asked for
	Given  map[string]int   `json:"given,omitempty"`  // rooms for it
}

// all are the hotels of a city, by name.
func (r Rooms) all(city City) map[string]Hotel {
	all := maps.Clone(contracts[city])
	if all == nil {
		return r.Hotels
	}
	maps.Copy(all, r.Hotels)
	return all
}

// free is how many rooms a hotel has left for a night.
func (r Rooms) free(city City, hotel, night string) int {
	if night > r.Night {
		return r.all(city)[hotel].Rooms
	}
	return r.all(city)[hotel].Rooms - r.Given[hotel]
}

// A RoomRequest asks a hotel for rooms for a night, or gives them back if they are fewer than none.
type RoomRequest struct {
	Customer CustomerID `json:"customer"`
	City     City       `json:"city"`
	Hotel    string     `json:"hotel"`
	Night    string     `json:"night"`
	Rooms    int        `json:"rooms"`
	Seq      int        `json:"seq"` // of the customer's requests
	Time     time.Time  `json:"time"`
}

// A RoomReply grants all of them, or none.
type RoomReply struct {
	RoomRequest
	Granted bool `json:"granted"`
}

func (r Rooms) withHotel(h Hotel) Rooms {
	r.Hotels = with(r.Hotels, h.Name, h)
	return r
}

// withRequest gives rooms away, or takes them back. Those of an earlier night are no use any more.
func (r Rooms) withRequest(q RoomRequest) (Rooms, []RoomReply) {
	granted := q.Night >= r.Night && q.Rooms <= r.free(q.City, q.Hotel, q.Night)
	if granted && q.Night > r.Night {
		r.Night, r.Given = q.Night, nil
	}

	if granted {
		r.Given = with(r.Given, q.Hotel, r.Given[q.Hotel]+q.Rooms)
	}
	return r, []RoomReply{{q, granted}}
}

// with is a copy of m in which k is v.
func with[V any](m map[string]V, k string, v V) map[string]V {
	n := maps.Clone(m)
	if n == nil {
		n = map[string]V{}
	}
	n[k] = v
	return n
}
