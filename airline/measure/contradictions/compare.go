package contradictions

import (
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// An End is how a party's day ended.
type End struct {
	Outcome vocab.Outcome  // of the last decision; "": none was needed
	Flight  vocab.FlightID // that they were on
	Late    float64        // minutes between the first flight's scheduled arrival and theirs
	Arrived bool           // false: refunded, with a person, or on a flight that never arrived
}

// Ends returns how the day ended for each party.
func (j *Judge) Ends() map[vocab.CustomerID]End {
	out := make(map[vocab.CustomerID]End, len(j.parties))
	for id, p := range j.parties {
		out[id] = j.end(p)
	}
	return out
}

func (j *Judge) end(p *party) End {
	e := End{Flight: p.booked.Flight}
	if n := len(p.decisions); n > 0 {
		e.Outcome, e.Flight = p.decisions[n-1].Outcome, p.decisions[n-1].Trip.Flight
	}

	landed := j.flight(e.Flight).landed()
	if e.Arrived = !landed.IsZero() && e.Outcome != vocab.Refunded &&
		e.Outcome != vocab.Escalated; e.Arrived {
		first := j.flight(p.booked.Flight)
		e.Late = landed.Sub(first.before(landed).scheduled).Minutes()
	}

	return e
}

// A Cost is how one run of a day ended beside another, for the parties about which either decided something.
type Cost struct {
	Parties int     `json:"parties"`
	Both    int     `json:"both"`    // arrived in both
	Minutes float64 `json:"minutes"` // later than in the other, all of Both together; less than 0: sooner
	Later   int     `json:"later"`   // of Both, by more than half an hour
	Sooner  int     `json:"sooner"`
	Never   int     `json:"never"` // arrived in the other run only, less those in this only
}

// Mean is the minutes of a party that arrived in both.
func (c Cost) Mean() float64 { return c.Minutes / float64(max(1, c.Both)) }

// Compare returns what a run cost the parties, compared with another of the same day and customers.
func Compare(run, other map[vocab.CustomerID]End) (c Cost) {
	for id, a := range run {
		b := other[id]
		if a.Outcome == "" && b.Outcome == "" {
			continue
		}

		c.Parties++
		switch {
		case a.Arrived && b.Arrived:
			c.both(a.Late - b.Late)
		case b.Arrived:
			c.Never++
		case a.Arrived:
			c.Never--
		}
	}

	return c
}

func (c *Cost) both(minutes float64) {
	c.Both++
	c.Minutes += minutes
	switch {
	case minutes > much.Minutes():
		c.Later++
	case minutes < -much.Minutes():
		c.Sooner++
	}
}
