package reservations

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A counter is a reservation's row, stepped by hand: what it asks is only answered when the test says so.
type counter struct {
	t   *testing.T
	row Reservation
	out []Effect // of the last step
}

func (c *counter) order(id, tool, arguments string) {
	o := vocab.Order{Caller: "ann", Command: vocab.Command{ID: id, Tool: tool,
		Arguments: json.RawMessage(arguments), Time: at(6, 0)}}
	c.row, c.out = c.row.OnOrder(vocab.Ruled[vocab.Order]{Event: o, Rules: vocab.DefaultRules})
}

func (c *counter) book(id string, flights ...string) {
	list := ""
	for i, f := range flights {
		if i > 0 {
			list += ","
		}
		list += fmt.Sprintf(`{"flight_number":%q,"date":"2013-03-08"}`, f)
	}
	c.order(id, vocab.BookReservation, fmt.Sprintf(`{"user_id":"ann","origin":"JFK","destination":"BOS","flight_type":"one_way","cabin":"economy","flights":[%s],
		"passengers":[{"first_name":"Ann","last_name":"Lee","dob":"1990-01-01"}],"payment_methods":[{"payment_id":"credit_card_1","amount":100}],
		"total_baggages":0,"nonfree_baggages":0,"insurance":"no","reservation_ids":["R1","R2"]}`, list))
}

// seats answers all requests for seats that are open.
func (c *counter) seats(result vocab.SeatResult, why string) {
	c.t.Helper()

	answered := 0
	for _, a := range c.row.Work.Asked {
		if a.Reply == nil {
			reply := vocab.SeatReply{SeatRequest: a.Request, Result: result, Why: why,
				Standing: vocab.Standing{Origin: "JFK", Destination: "BOS", Status: vocab.StatusAvailable,
					Price: vocab.Dollars(100)}}
			c.row, c.out = c.row.OnSeats(vocab.Ruled[vocab.SeatReply]{Event: reply,
				Rules: vocab.DefaultRules})
			answered++
		}
	}

	if answered == 0 {
		c.t.Fatal("no seats were asked for")
	}
}

func (c *counter) payment(kind vocab.PaymentRequestType, seq int, refused *vocab.Refusal) {
	c.row, c.out = c.row.OnPayment(vocab.Ruled[vocab.PaymentReply]{Event: vocab.PaymentReply{PaymentRequest: vocab.PaymentRequest{Type: kind, Seq: seq}, Refused: refused}, Rules: vocab.DefaultRules})
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
	c.seats(vocab.SeatsGranted, "")
	c.reads("pending")
	c.payment(vocab.WhoIsUser, c.row.Work.WhoIs, nil)
	c.reads("pending")

	if c.row.Work.Phase != Paying || c.results() != "" {
		t.Fatalf("%s, told %q", c.row.Work.Phase, c.results())
	}
	c.payment(vocab.PayBooking, c.row.Work.Pay, nil)
	c.reads("confirmed")

	if c.results() != "b-1: " || c.row.Work != nil {
		t.Errorf("told %q", c.results())
	}
}

// Undone, it is told only when the flights have their seats back.
func TestBookingIsUndoneBeforeItIsTold(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	c.seats(vocab.SeatsGranted, "")
	c.payment(vocab.WhoIsUser, c.row.Work.WhoIs, nil)
	c.payment(vocab.PayBooking, c.row.Work.Pay, vocab.Refuse(vocab.BalanceShort, "short"))
	c.reads("pending")

	if c.row.Work.Phase != Undoing || c.results() != "" {
		t.Fatalf("%s, told %q", c.row.Work.Phase, c.results())
	}
	c.seats(vocab.SeatsReleased, "")
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
	reply := vocab.SeatReply{SeatRequest: c.row.Work.Asked[0].Request, Result: vocab.SeatsGranted}
	c.seats(vocab.SeatsGranted, "")
	before, _ := json.Marshal(c.row)
	c.row, c.out = c.row.OnSeats(vocab.Ruled[vocab.SeatReply]{Event: reply, Rules: vocab.DefaultRules})
	c.payment(vocab.PayBooking, 77, nil)

	if after, _ := json.Marshal(c.row); string(after) != string(before) || len(c.out) != 0 {
		t.Errorf("a repeated reply leads to %+v", c.out)
	}
}

// Commands that come meanwhile wait for their turn; one that is under way or waits is not done again; too
// many are too many.
func TestCommandsWait(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	c.book("b-1", "SL1")

	if c.results() != "" || len(c.row.Queue) != 0 {
		t.Fatalf("sent again while it is under way: %q, %v", c.results(), c.row.Queue)
	}

	for i := range maxQueue {
		c.order(fmt.Sprint("c-", i), vocab.CancelReservation, `{"reservation_id":"R1"}`)
		c.order(fmt.Sprint("c-", i), vocab.CancelReservation, `{"reservation_id":"R1"}`)
	}
	c.order("c-more", vocab.CancelReservation, `{"reservation_id":"R1"}`)

	if c.results() != "c-more:busy " || len(c.row.Queue) != maxQueue {
		t.Fatalf("%q, %d wait", c.results(), len(c.row.Queue))
	}
	c.seats(vocab.SeatsRefused, "full")
	c.payment(vocab.WhoIsUser, c.row.Work.WhoIs, nil)

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
	c := &counter{t: t, row: Reservation{ReservationDetails: vocab.ReservationDetails{ID: "R1", User: "bob"}}}
	for range 2 {
		c.book("b-1", "SL1")

		if len(c.out) != 1 || c.out[0].Forward == nil || KeyOf(*c.out[0].Forward) != "R2" {
			t.Fatalf("%+v", c.out)
		}
		c.row.ReservationDetails = vocab.ReservationDetails{}
	}
}

// A command that comes again with fewer ids is not passed around for ever.
func TestIDsCanRunOut(t *testing.T) {
	c := &counter{t: t, row: Reservation{ReservationDetails: vocab.ReservationDetails{ID: "R1", User: "bob"}}}
	c.book("b-1", "SL1")
	o := vocab.Order{Caller: "ann", Try: 5, Command: vocab.Command{ID: "b-1", Tool: vocab.BookReservation,
		Arguments: json.RawMessage(`{"reservation_ids":["R1"]}`)}}

	c.row, c.out = c.row.OnOrder(vocab.Ruled[vocab.Order]{Event: o, Rules: vocab.DefaultRules})
	if c.results() != "b-1:too_many_reservations " {
		t.Errorf("%+v", c.out)
	}
}

// A restatement waits for the command under way.
func TestRestatementWaits(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	e := vocab.ReservationEvent{Type: vocab.Restated,
		Reservation: &vocab.ReservationDetails{ID: "R1", User: "ann", Origin: "LGA"}}
	c.row, c.out = c.row.OnEvent(topology.Event[vocab.ReservationID, vocab.ReservationEvent]{Key: "R1",
		Value: e})
	c.reads("pending")
	c.seats(vocab.SeatsGranted, "")
	c.payment(vocab.WhoIsUser, c.row.Work.WhoIs, nil)
	c.payment(vocab.PayBooking, c.row.Work.Pay, nil)

	if c.results() != "b-1: " || c.row.Origin != "LGA" || len(c.row.Flights) != 0 {
		t.Errorf("told %q, and is %+v", c.results(), c.row.Public())
	}
}

// What the airline's own agents order is done, however many commands wait: nobody would tell them that it was
// not.
func TestAirlineOrdersAlwaysWait(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")

	for i := range maxQueue + 1 {
		c.order(fmt.Sprint("c-", i), vocab.CancelReservation, `{"reservation_id":"R1"}`)
	}

	if c.results() != fmt.Sprintf("c-%d:busy ", maxQueue) {
		t.Errorf("told %q", c.results())
	}

	o := vocab.Order{Airline: true, Command: vocab.Command{ID: "a-1", Tool: vocab.CancelReservation,
		Arguments: json.RawMessage(`{"reservation_id":"R1"}`), Time: at(6, 0)}}
	if c.row, c.out = c.row.OnOrder(vocab.Ruled[vocab.Order]{Event: o,
		Rules: vocab.DefaultRules}); len(c.row.Queue) != maxQueue+1 {
		t.Errorf("%d wait", len(c.row.Queue))
	}
}

// A row that is restated does not forget what was done: a command that comes again, and a compensation, are
// not done twice.
func TestRestatedRowsRemember(t *testing.T) {
	r := Reservation{ReservationDetails: vocab.ReservationDetails{ID: "R1", User: "ann"},
		Done: []vocab.Result{{Command: "s-1"}}, Compensated: []string{"delayed"}}
	details := r.ReservationDetails
	r, _ = r.OnEvent(topology.Event[vocab.ReservationID, vocab.ReservationEvent]{Key: "R1",
		Value: vocab.ReservationEvent{Type: vocab.Restated, Reservation: &details}})
	if r.done("s-1") == nil || checkNotCompensated(r, "delayed") == nil {
		t.Errorf("%+v", r)
	}
}

// Desks that only keep the books change a reservation that was cancelled under the policy, too. It has no
// legs any more.
func TestChangeOfWhatWasCancelled(t *testing.T) {
	r := Reservation{ReservationDetails: vocab.ReservationDetails{ID: "R1", User: "ann", Cabin: vocab.Economy,
		Status: new(vocab.ReservationCancelled),
		Flights: []vocab.Segment{{FlightNumber: "SL1",
			Date: "2013-03-08"}}, Passengers: make([]vocab.Passenger, 1)}}
	o := vocab.Order{Caller: "ann", Command: vocab.Command{ID: "u-1", Tool: vocab.UpdateFlights,
		Time: at(6, 0), Arguments: json.RawMessage(
			`{"reservation_id":"R1","cabin":"economy","flights":[{"flight_number":"SL1","date":"2013-03-08"}],"payment_id":"credit_card_1"}`)}}

	r, effects := r.OnOrder(vocab.Ruled[vocab.Order]{Event: o, Rules: vocab.DefaultRules,
		Conduct: vocab.Conduct{Unchecked: true, BooksOnly: true}})
	if r.Work == nil || r.Work.Phase != Paying {
		t.Errorf("%+v", effects)
	}
}

// A reply to a request that nobody waits for any more is not taken for another's.
func TestRepliesOfOtherRequests(t *testing.T) {
	c := &counter{t: t}
	c.book("b-1", "SL1")
	c.seats(vocab.SeatsGranted, "")
	c.payment(vocab.WhoIsUser, c.row.Work.WhoIs, nil)

	if c.payment(vocab.PayBooking, c.row.Work.Pay+7, nil); c.row.Work == nil || c.row.Work.Paid != nil {
		t.Error("the reply to another payment is taken")
	}
	c.reads("pending")
}

// A command without an id could not be known again.
func TestCommandsNeedIDs(t *testing.T) {
	routed := Route(topology.Event[vocab.CustomerID, vocab.Command]{Key: "ann",
		Value: vocab.Command{Tool: vocab.CancelReservation, Arguments: []byte(`{"reservation_id":"R1"}`)}})
	if routed.Result == nil || routed.Result.Code != string(vocab.BadArguments) {
		t.Errorf("%+v", routed)
	}
}
