package airline

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

// A counter is a reservation's row, stepped by hand: what it asks is only answered when the test says so.
type counter struct {
	t   *testing.T
	row Reservation
	out []reservationEffect // of the last step
}

func (c *counter) order(id, tool, arguments string) {
	o := Order{Caller: "ann", Command: Command{ID: id, Tool: tool, Arguments: json.RawMessage(arguments), Time: at(6, 0)}}
	c.row, c.out = c.row.onOrder(ruled[Order]{o, DefaultRules})
}

func (c *counter) book(id string, flights ...string) {
	list := ""
	for i, f := range flights {
		if i > 0 {
			list += ","
		}
		list += fmt.Sprintf(`{"flight_number":%q,"date":"2013-03-08"}`, f)
	}
	c.order(id, BookReservation, fmt.Sprintf(`{"user_id":"ann","origin":"JFK","destination":"BOS","flight_type":"one_way","cabin":"economy","flights":[%s],
		"passengers":[{"first_name":"Ann","last_name":"Lee","dob":"1990-01-01"}],"payment_methods":[{"payment_id":"credit_card_1","amount":100}],
		"total_baggages":0,"nonfree_baggages":0,"insurance":"no","reservation_ids":["R1","R2"]}`, list))
}

// seats answers all requests for seats that are open.
func (c *counter) seats(result SeatResult, why string) {
	c.t.Helper()
	answered := 0
	for _, a := range c.row.Work.Asked {
		if a.Reply == nil {
			reply := SeatReply{SeatRequest: a.Request, Result: result, Why: why, Standing: Standing{Origin: "JFK", Destination: "BOS", Status: Available, Price: Dollars(100)}}
			c.row, c.out = c.row.onSeats(ruled[SeatReply]{reply, DefaultRules})
			answered++
		}
	}
	if answered == 0 {
		c.t.Fatal("no seats were asked for")
	}
}

func (c *counter) payment(kind PaymentRequestType, seq int, refused *Refusal) {
	c.row, c.out = c.row.onPayment(ruled[PaymentReply]{PaymentReply{PaymentRequest: PaymentRequest{Type: kind, Seq: seq}, Refused: refused}, DefaultRules})
}

// results are those of the last step, as command and code.
func (c *counter) results() (out string) {
	for _, e := range c.out {
		if e.Result != nil {
			out += fmt.Sprintf("%s:%s ", e.Result.Command, e.Result.Code)
		}
	}
	return out
}

func (c *counter) reads(status string) {
	c.t.Helper()
	got := "none"
	if c.row.Exists() {
		got = "confirmed"
		if c.row.Public().Status != nil {
			got = *c.row.Public().Status
		}
	}
	if got != status {
		c.t.Errorf("reads as %s, want %s", got, status)
	}
}

// A booking reads as pending from the first request to the last grant, and nobody is told before that.
func TestBookingIsPendingUntilAllGrant(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	c.reads("pending")
	c.seats(Granted, "")
	c.reads("pending")
	c.payment(WhoIs, c.row.Work.WhoIs, nil)
	c.reads("pending")
	if c.row.Work.Phase != Paying || c.results() != "" {
		t.Fatalf("%s, told %q", c.row.Work.Phase, c.results())
	}
	c.payment(Pay, c.row.Work.Pay, nil)
	c.reads("confirmed")
	if c.results() != "b-1: " || c.row.Work != nil {
		t.Errorf("told %q", c.results())
	}
}

// Undone, it is told only when the flights have their seats back.
func TestBookingIsUndoneBeforeItIsTold(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	c.seats(Granted, "")
	c.payment(WhoIs, c.row.Work.WhoIs, nil)
	c.payment(Pay, c.row.Work.Pay, refuse(BalanceShort, "short"))
	c.reads("pending")
	if c.row.Work.Phase != Undoing || c.results() != "" {
		t.Fatalf("%s, told %q", c.row.Work.Phase, c.results())
	}
	c.seats(Released, "")
	c.reads("none")
	if c.results() != "b-1:balance_short " {
		t.Errorf("told %q", c.results())
	}
	c.book("b-1", "SL1")
	if c.results() != "b-1:balance_short " || c.row.Work != nil {
		t.Errorf("sent again, it is told %q", c.results())
	}
}

// Replies that nobody waits for change nothing: repeated ones, and those to what is over.
func TestRepliesAreTakenOnce(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	reply := SeatReply{SeatRequest: c.row.Work.Asked[0].Request, Result: Granted}
	c.seats(Granted, "")
	before, _ := json.Marshal(c.row)
	c.row, c.out = c.row.onSeats(ruled[SeatReply]{reply, DefaultRules})
	c.payment(Pay, 77, nil)
	if after, _ := json.Marshal(c.row); string(after) != string(before) || len(c.out) != 0 {
		t.Errorf("a repeated reply leads to %+v", c.out)
	}
}

// Commands that come meanwhile wait for their turn; one that is under way or waits is not done again; too many are too many.
func TestCommandsWait(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	c.book("b-1", "SL1")
	if c.results() != "" || len(c.row.Queue) != 0 {
		t.Fatalf("sent again while it is under way: %q, %v", c.results(), c.row.Queue)
	}
	for i := range maxQueue {
		c.order(fmt.Sprint("c-", i), CancelReservation, `{"reservation_id":"R1"}`)
		c.order(fmt.Sprint("c-", i), CancelReservation, `{"reservation_id":"R1"}`)
	}
	c.order("c-more", CancelReservation, `{"reservation_id":"R1"}`)
	if c.results() != "c-more:busy " || len(c.row.Queue) != maxQueue {
		t.Fatalf("%q, %d wait", c.results(), len(c.row.Queue))
	}
	c.seats(Refused, "full")
	c.payment(WhoIs, c.row.Work.WhoIs, nil)
	want := "b-1:not_enough_seats "
	for i := range maxQueue {
		want += fmt.Sprintf("c-%d:reservation_not_found ", i)
	}
	if c.results() != want {
		t.Errorf("told %q, want %q", c.results(), want)
	}
}

// An id that is taken is passed over, also when the command comes again after the id has become free.
func TestTakenIDsArePassedOver(t *testing.T) {
	c := &counter{t: t, row: Reservation{ReservationDetails: ReservationDetails{ID: "R1", User: "bob"}}}
	for range 2 {
		c.book("b-1", "SL1")
		if len(c.out) != 1 || c.out[0].Forward == nil || c.out[0].Forward.about() != "R2" {
			t.Fatalf("%+v", c.out)
		}
		c.row.ReservationDetails = ReservationDetails{}
	}
}

// A command that comes again with fewer ids is not passed around for ever.
func TestIDsCanRunOut(t *testing.T) {
	c := &counter{t: t, row: Reservation{ReservationDetails: ReservationDetails{ID: "R1", User: "bob"}}}
	c.book("b-1", "SL1")
	o := Order{Caller: "ann", Try: 5, Command: Command{ID: "b-1", Tool: BookReservation, Arguments: json.RawMessage(`{"reservation_ids":["R1"]}`)}}
	c.row, c.out = c.row.onOrder(ruled[Order]{o, DefaultRules})
	if c.results() != "b-1:too_many_reservations " {
		t.Errorf("%+v", c.out)
	}
}

// A restatement waits for the command under way.
func TestRestatementWaits(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	e := ReservationEvent{Type: restatedTool, Reservation: &ReservationDetails{ID: "R1", User: "ann", Origin: "LGA"}}
	c.row, c.out = c.row.onEvent(topology.Event[ReservationID, ReservationEvent]{Key: "R1", Value: e})
	c.reads("pending")
	c.seats(Granted, "")
	c.payment(WhoIs, c.row.Work.WhoIs, nil)
	c.payment(Pay, c.row.Work.Pay, nil)
	if c.results() != "b-1: " || c.row.Origin != "LGA" || len(c.row.Flights) != 0 {
		t.Errorf("told %q, and is %+v", c.results(), c.row.Public())
	}
}

// What the airline's own agents order is done, however many commands wait: nobody would tell them that it was not.
func TestAirlineOrdersAlwaysWait(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	for i := range maxQueue + 1 {
		c.order(fmt.Sprint("c-", i), CancelReservation, `{"reservation_id":"R1"}`)
	}
	if c.results() != fmt.Sprintf("c-%d:busy ", maxQueue) {
		t.Errorf("told %q", c.results())
	}
	o := Order{Airline: true, Command: Command{ID: "a-1", Tool: CancelReservation, Arguments: json.RawMessage(`{"reservation_id":"R1"}`), Time: at(6, 0)}}
	if c.row, c.out = c.row.onOrder(ruled[Order]{o, DefaultRules}); len(c.row.Queue) != maxQueue+1 {
		t.Errorf("%d wait", len(c.row.Queue))
	}
}

// A row that is restated does not forget what was done: a command that comes again, and a compensation, are not done twice.
func TestRestatedRowsRemember(t *testing.T) {
	r := Reservation{ReservationDetails: ReservationDetails{ID: "R1", User: "ann"}, Done: []Result{{Command: "s-1"}}, Compensated: []string{"delayed"}}
	details := r.ReservationDetails
	r, _ = r.onEvent(topology.Event[ReservationID, ReservationEvent]{Key: "R1", Value: ReservationEvent{Type: restatedTool, Reservation: &details}})
	if r.done("s-1") == nil || compensatedOnce(r, "delayed") == nil {
		t.Errorf("%+v", r)
	}
	u := User{UserDetails: UserDetails{ID: "ann"}, Done: []Result{{Command: "s-1"}}}
	u = u.withEvent(topology.Event[CustomerID, CustomerEvent]{Key: "ann", Value: CustomerEvent{Type: CustomerProfile, User: &UserDetails{ID: "ann"}}})
	if len(u.Done) != 1 {
		t.Errorf("%+v", u)
	}
}

// tau2's tools change what was cancelled under the airline's rules, too: it has no legs any more.
func TestChangeOfWhatWasCancelled(t *testing.T) {
	r := Reservation{ReservationDetails: ReservationDetails{ID: "R1", User: "ann", Cabin: Economy, Status: &cancelled,
		Flights: []Segment{{FlightNumber: "SL1", Date: "2013-03-08"}}, Passengers: make([]Passenger, 1)}}
	tau2 := DefaultRules
	tau2.Desks = Tau2
	o := Order{Caller: "ann", Command: Command{ID: "u-1", Tool: UpdateFlights, Time: at(6, 0), Arguments: json.RawMessage(
		`{"reservation_id":"R1","cabin":"economy","flights":[{"flight_number":"SL1","date":"2013-03-08"}],"payment_id":"credit_card_1"}`)}}
	r, effects := r.onOrder(ruled[Order]{o, tau2})
	if r.Work == nil || r.Work.Phase != Paying {
		t.Errorf("%+v", effects)
	}
}
