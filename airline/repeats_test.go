package airline

import (
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

// What comes again, or too late, changes nothing at any desk.
func TestRepeatedRequestsChangeNothing(t *testing.T) {
	left := Dollars(100)
	u := User{UserDetails: UserDetails{ID: "ann", PaymentMethods: map[string]PaymentMethod{"gift_card_1": {Source: GiftCard, ID: "gift_card_1", Amount: &left}}}}
	r := PaymentRequest{Type: PayChange, User: "ann", Reservation: "R1", Seq: 3, Payments: []Payment{{"gift_card_1", Dollars(40)}}}
	once, _ := u.withRequest(r)
	again, replies := once.withRequest(r)
	if got := again.PaymentMethods["gift_card_1"].left(); got != Dollars(60) || replies != nil {
		t.Errorf("left %v, told %v", got, replies)
	}
	f := Flight{Schedule: Schedule{FlightNumber: "SL1", Date: "2013-03-08", Seats: Seats{Economy: 6}}, Status: Available}
	f = f.hold(SeatRequest{Reservation: "R1", Cabin: Economy, Party: 1, Seq: 4}, Held, []string{"1A"})
	release := SeatRequest{Type: Release, Flight: "SL1.2013-03-08", Reservation: "R1", Cabin: Economy, Party: 1, Seq: 4}
	same, effects := f.withRequest(flightCase[SeatRequest]{Flight: release.Flight, Event: release, Rules: DefaultRules})
	if same.Holds["R1/economy"].State != Held || effects != nil {
		t.Errorf("%+v, told %+v", same.Holds, effects)
	}
	if why := f.fixed(SeatRequest{Type: Move, Reservation: "R1", Cabin: Economy, Party: 2, Seq: 5}); why == "" {
		t.Error("a party moves that is not the one that is seated")
	}
}

// A reply to a request that nobody waits for any more is not taken for another's.
func TestRepliesOfOtherRequests(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	c.seats(Granted, "")
	c.payment(WhoIs, c.row.Work.WhoIs, nil)
	if c.payment(Pay, c.row.Work.Pay+7, nil); c.row.Work == nil || c.row.Work.Paid != nil {
		t.Error("the reply to another payment is taken")
	}
	c.reads("pending")
}

// A command without an id could not be known again.
func TestCommandsNeedIDs(t *testing.T) {
	routed := route(topology.Event[CustomerID, Command]{Key: "ann", Value: Command{Tool: CancelReservation, Arguments: []byte(`{"reservation_id":"R1"}`)}})
	if routed.Result == nil || routed.Result.Code != string(BadArguments) {
		t.Errorf("%+v", routed)
	}
}
