package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// A Guest is the row of one customer, who stands for a party.
type Guest struct {
	From    map[string]City `json:"from,omitempty"`    // where each flight of theirs leaves
	Stay    *Stay           `json:"stay,omitempty"`    // a night for which there is no voucher yet
	Voucher *Voucher        `json:"voucher,omitempty"` // the last one
	Issued  int             `json:"issued,omitempty"`  // vouchers
	Seq     int             `json:"seq,omitempty"`     // requests for rooms
}

// A Stay is a night that a party must spend somewhere.
type Stay struct {
	Case    string    `json:"case_id"` // the airline's
	Of      string    `json:"reservation_id"`
	Night   string    `json:"night"`  // 2013-03-08
	Flight  string    `json:"flight"` // the disrupted one
	City    City      `json:"city,omitempty"`
	Party   int       `json:"party"`
	Note    string    `json:"note,omitempty"`
	Leaves  time.Time `json:"leaves,omitzero"` // their flight; none: they have none
	Time    time.Time `json:"time"`
	Attempt int       `json:"attempt,omitempty"` // 0: not asked yet
	Refused []string  `json:"refused,omitempty"` // hotels that had no room after all
	Choice  *Choice   `json:"choice,omitempty"`  // waits for the rooms
	Person  bool      `json:"person,omitempty"`  // sees to it
}

// An Ask is a stay that needs a hotel, for the Attempt-th time.
type Ask struct {
	Case    string `json:"case_id"`
	Attempt int    `json:"attempt"`
}

// A Voucher pays a room for a night. It is issued at most once a night, unless it was withdrawn.
type Voucher struct {
	ID     string    `json:"voucher_id"` // the same when it is withdrawn
	Case   string    `json:"case_id"`
	Of     string    `json:"reservation_id"`
	Night  string    `json:"night"`
	City   City      `json:"city"`
	Hotel  string    `json:"hotel"`
	Rooms  int       `json:"rooms"`
	Status string    `json:"status"` // issued or withdrawn
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"decided_by,omitempty"` // model, repair, fallback or policy
	Leaves time.Time `json:"leaves,omitzero"`
	Time   time.Time `json:"time"`
}

const (
	issued    = "issued"
	withdrawn = "withdrawn"
)

// A Notification is what the party is told.
type Notification struct {
	Voucher string    `json:"voucher_id"`
	Text    string    `json:"text"`
	Time    time.Time `json:"time"`
}

// An Escalation is a stay that a person must see to.
type Escalation struct {
	Case  string    `json:"case_id"`
	Night string    `json:"night"`
	Party int       `json:"party"`
	Note  string    `json:"note,omitempty"`
	Why   string    `json:"why"`
	Time  time.Time `json:"time"`
}

// An effect is what a change of a guest's row causes elsewhere.
type effect struct {
	Ask        *Ask
	Request    *RoomRequest
	Voucher    *Voucher
	Escalation *Escalation
}

// withDisruption learns where a flight leaves. It may come after the decision about it.
func (g Guest) withDisruption(d Disruption) (Guest, []effect) {
	city, _, _ := strings.Cut(d.Route, "-")
	g.From = with(g.From, d.Flight, City(city))
	return g.ask()
}

// withDecision opens a stay, changes it, or ends it: the last decision counts.
func (g Guest) withDecision(e topology.Event[CustomerID, Decision]) (Guest, []effect) {
	d := e.Value
	night := d.night()
	if night == "" {
		return g.away(e.Key, d)
	}

	s := Stay{Case: d.Case, Of: d.Reservation, Night: night, Flight: d.Flight}
	switch {
	case g.Voucher != nil && g.Voucher.Status == issued && g.Voucher.Night == night:
		return g, nil
	case g.Stay != nil && g.Stay.Night == night && g.Stay.Of != d.Reservation:
		return g, nil // one bed a night
	case g.Stay != nil && g.Stay.Night == night:
		s = *g.Stay
	}

	s.Party, s.Note, s.Leaves, s.Time = d.Party, d.Note, d.Trip.Departure, d.Time
	g.Stay = &s

	return g.ask()
}

// ask asks for a hotel once, when it is known where.
func (g Guest) ask() (Guest, []effect) {
	if g.Stay == nil || g.Stay.Attempt > 0 || g.From[g.Stay.Flight] == "" {
		return g, nil
	}
	s := *g.Stay
	s.City, s.Attempt = g.From[s.Flight], 1
	g.Stay = &s
	return g, []effect{{Ask: &Ask{s.Case, s.Attempt}}}
}

// away ends a stay: they get away the same day, or have gone home. A room that is being asked for is given
// back when it is granted.
func (g Guest) away(id CustomerID, d Decision) (Guest, []effect) {
	if g.Stay != nil && g.Stay.Of == d.Reservation {
		g.Stay = nil
	}

	if g.Voucher == nil || g.Voucher.Status != issued || g.Voucher.Of != d.Reservation {
		return g, nil
	}

	v := *g.Voucher
	v.Status, v.Time = withdrawn, d.Time
	g.Voucher = &v
	g, back := g.request(RoomRequest{Customer: id, City: v.City, Hotel: v.Hotel, Night: v.Night,
		Rooms: -v.Rooms, Time: d.Time})

	return g, append(back, effect{Voucher: &v})
}

// withChoice asks the chosen hotel for the rooms.
func (g Guest) withChoice(e topology.Event[CustomerID, Choice]) (Guest, []effect) {
	c := e.Value
	if !g.waitsFor(c.Ask) {
		return g, nil
	}
	c.By = e.Headers["ce_"+llm.DecidedBy]
	s := *g.Stay
	s.Choice = &c
	g.Stay = &s

	return g.request(RoomRequest{Customer: e.Key, City: s.City, Hotel: c.Hotel, Night: s.Night,
		Rooms: s.rooms(), Time: s.Time})
}

func (g Guest) request(r RoomRequest) (Guest, []effect) {
	g.Seq++
	r.Seq = g.Seq
	return g, []effect{{Request: &r}}
}

func (g Guest) waitsFor(a Ask) bool {
	s := g.Stay
	return s != nil && !s.Person && s.Choice == nil && s.Case == a.Case && s.Attempt == a.Attempt
}

// rooms that the party needs: two to a room.
func (s Stay) rooms() int { return (s.Party + 1) / 2 }

// withReply issues the voucher, or asks again with what is left.
func (g Guest) withReply(r RoomReply) (Guest, []effect) {
	waits := g.Stay != nil && g.Stay.Choice != nil && r.Seq == g.Seq
	switch {
	case r.Rooms < 0 || !waits && !r.Granted:
		return g, nil
	case !waits: // nobody needs it any more
		back := r.RoomRequest
		back.Rooms = -r.Rooms
		return g.request(back)
	}

	s := *g.Stay
	if !r.Granted {
		s.Choice, s.Attempt, s.Refused = nil, s.Attempt+1, append(slices.Clip(s.Refused), r.Hotel)
		g.Stay = &s
		return g, []effect{{Ask: &Ask{s.Case, s.Attempt}}}
	}

	g.Issued++
	g.Stay, g.Voucher = nil, &Voucher{ID: fmt.Sprintf("%s-%s-%d", r.Customer, s.Night, g.Issued),
		Case: s.Case, Of: s.Of, Night: s.Night, City: r.City,
		Hotel: r.Hotel, Rooms: r.Rooms, Status: issued, Reason: s.Choice.Reason, By: s.Choice.By, Leaves: s.Leaves, Time: r.Time}

	return g, []effect{{Voucher: g.Voucher}}
}

// withFailure gives a stay to a person: no hotel has room for it.
func (g Guest) withFailure(f topology.Failure[Case]) (Guest, []effect) {
	if !g.waitsFor(f.Case.Ask) {
		return g, nil
	}
	s := *g.Stay
	s.Person = true
	g.Stay = &s
	return g, []effect{{Escalation: &Escalation{Case: s.Case, Night: s.Night, Party: s.Party, Note: s.Note,
		Why: f.Cause, Time: s.Time}}}
}

func (v Voucher) notification() Notification {
	n := Notification{Voucher: v.ID, Time: v.Time}
	rooms := cmp.Or(map[int]string{1: "a room is"}[v.Rooms], fmt.Sprintf("%d rooms are", v.Rooms))
	switch {
	case v.Status == withdrawn:
		n.Text = fmt.Sprintf("You need no bed tonight after all: the voucher for %s is withdrawn.", v.Hotel)
	case v.Leaves.IsZero():
		n.Text = fmt.Sprintf("No flight of ours is left for you tonight: %s yours at %s, on us.", rooms,
			v.Hotel)
	default:
		n.Text = fmt.Sprintf("You leave at %s tomorrow: %s yours at %s tonight, on us.",
			v.Leaves.Format("15:04"), rooms, v.Hotel)
	}

	return n
}
