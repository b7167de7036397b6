// Command hotel finds a bed for those whom an airline strands overnight. It is an agent added from outside:
// it reads the public topics of the airline, which knows nothing of it, and runs beside it
// as a process of its own.
//
// The airline's decisions say who is stranded; that is code. Which hotel suits what they wrote is for a
// model; without one, and where it fails, the nearest is taken. The row of a city has its rooms, and alone
// gives them away.
package main

import (
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// Of the airline, and read only.
const (
	Decisions   topology.Topic[CustomerID, Decision]   = "decisions"
	Disruptions topology.Topic[CustomerID, Disruption] = "disruptions"
)

// What hotels say comes in; vouchers, notifications, and cases for people come out. The others are this
// agent's own.
const (
	HotelEvents   topology.Topic[City, Hotel]              = "hotel-events"
	Asks          topology.Topic[CustomerID, Ask]          = "hotel-asks"
	RoomRequests  topology.Topic[City, RoomRequest]        = "room-requests"
	RoomReplies   topology.Topic[CustomerID, RoomReply]    = "room-replies"
	Vouchers      topology.Topic[CustomerID, Voucher]      = "hotel-vouchers"
	Notifications topology.Topic[CustomerID, Notification] = "hotel-notifications"
	Escalations   topology.Topic[CustomerID, Escalation]   = "hotel-escalations"
)

// One row per customer, and one per city.
const (
	Guests topology.Table[CustomerID, Guest] = "guests"
	Cities topology.Table[City, Rooms]       = "cities"
)

// hotels is the agent. Without a model the nearest hotel is taken.
func hotels(m llm.Model) *topology.Topology {
	t := topology.New("hotel")
	choices, unsettled := topology.Async(cases(t), "choose", newChooser(m),
		topology.Policy[Case]{InFlight: 4})
	effects := topology.Merge(
		topology.Apply(Guests, topology.From(t, Disruptions), Guest.withDisruption),
		topology.Apply(Guests, topology.Events(topology.From(t, Decisions)), Guest.withDecision),
		topology.Apply(Guests, topology.Events(choices), Guest.withChoice),
		topology.Apply(Guests, unsettled, Guest.withFailure),
		topology.Apply(Guests, topology.From(t, RoomReplies), Guest.withReply))
	topology.FilterMap(effects, func(e effect) *Ask { return e.Ask }).To(Asks)
	topology.FilterMap(effects, func(e effect) *Voucher { return e.Voucher }).To(Vouchers)
	topology.FilterMap(effects, func(e effect) *Escalation { return e.Escalation }).To(Escalations)
	requests := topology.Route(effects, func(e effect) *RoomRequest { return e.Request }, RoomRequests,
		func(r RoomRequest, _ CustomerID) (City, RoomRequest) { return r.City, r })

	topology.Fold(Cities, topology.From(t, HotelEvents), Rooms.withHotel)
	topology.Rekey(topology.Apply(Cities, requests, Rooms.withRequest), RoomReplies,
		func(r RoomReply, _ City) (CustomerID, RoomReply) { return r.Customer, r })
	topology.Map(topology.From(t, Vouchers), Voucher.notification).To(Notifications)

	return t
}

// cases are the stays that need a hotel, with the rooms that there are now.
func cases(t *topology.Topology) topology.Stream[CustomerID, Case] {
	cases := topology.Join(topology.From(t, Asks), Guests, newCase).Filter(Case.isOpen)
	return topology.Lookup(cases, Cities, Case.city, Case.withRooms)
}
