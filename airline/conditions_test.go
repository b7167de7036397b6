package airline

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A rule is told on cases: what stands, and the code it is refused with, or none.
type ruling struct {
	name string
	why  *Refusal
	want Code
}

func judge(t *testing.T, rulings ...ruling) {
	t.Helper()
	for _, r := range rulings {
		var got Code
		if r.why != nil {
			got = r.why.Code
		}
		if got != r.want {
			t.Errorf("%s: %q, want %q", r.name, got, r.want)
		}
	}
}

// trip is a reservation from JFK over CLT to BOS, for so many.
func trip(c Cabin, party int) Reservation {
	return Reservation{ReservationDetails: ReservationDetails{ID: "R1", User: "ann", Origin: "JFK", Destination: "BOS", FlightType: "one_way", Cabin: c, Insurance: "no",
		CreatedAt: "2013-03-05T06:00:00", Passengers: make([]Passenger, party),
		Flights: []Segment{{"SL1", "JFK", "CLT", "2013-03-08", Dollars(100)}, {"SL2", "CLT", "BOS", "2013-03-08", Dollars(80)}}}}
}

// looked is work on a command of 8 March, six o'clock, for which all flights have been looked at.
func looked(r Reservation, standings map[string]SeatReply) Work {
	w := Work{Order: Order{Command: Command{Time: time.Date(2013, 3, 8, 6, 0, 0, 0, time.UTC)}}}
	flights := append([]FlightID(nil), r.Left...)
	for _, s := range r.Flights {
		flights = append(flights, s.Flight())
	}
	for _, f := range flights {
		reply := standings[f.Number()]
		reply.Type, reply.Flight = Look, f
		w.Asked = append(w.Asked, Asked{Request: reply.SeatRequest, Reply: &reply})
	}
	return w
}

func stands(s Status, severity Severity) SeatReply {
	return SeatReply{Result: Seen, Standing: Standing{Status: s}, Severity: severity}
}

func TestPartyAllowed(t *testing.T) {
	for n, want := range map[int]Code{0: TooManyPassengers, 1: "", 5: "", 6: TooManyPassengers} {
		judge(t, ruling{fmt.Sprint(n), partyAllowed(n), want})
	}
}

func TestMayCombine(t *testing.T) {
	u := User{UserDetails: UserDetails{PaymentMethods: map[string]PaymentMethod{}}}
	for source, n := range map[Source]int{Certificate: 2, CreditCard: 2, GiftCard: 4} {
		for i := range n {
			id := fmt.Sprintf("%s_%d", source, i)
			u.PaymentMethods[id] = PaymentMethod{Source: source, ID: id}
		}
	}
	pays := func(ids ...string) (p []Payment) {
		for _, id := range ids {
			p = append(p, Payment{id, Dollars(1)})
		}
		return p
	}
	judge(t,
		ruling{"one of each", u.mayCombine(pays("certificate_0", "credit_card_0", "gift_card_0")), ""},
		ruling{"three gift cards", u.mayCombine(pays("gift_card_0", "gift_card_1", "gift_card_2")), ""},
		ruling{"four gift cards", u.mayCombine(pays("gift_card_0", "gift_card_1", "gift_card_2", "gift_card_3")), TooManyMethods},
		ruling{"two certificates", u.mayCombine(pays("certificate_0", "certificate_1")), TooManyMethods},
		ruling{"two credit cards", u.mayCombine(pays("credit_card_0", "credit_card_1")), TooManyMethods},
		ruling{"money taken out", u.mayCombine([]Payment{{"credit_card_0", Dollars(200)}, {"gift_card_0", Dollars(-100)}}), BadSchema})
}

func TestFlightsOnce(t *testing.T) {
	a, b := flightInfo{FlightNumber: "SL1", Date: "2013-03-08"}, flightInfo{FlightNumber: "SL1", Date: "2013-03-09"}
	judge(t,
		ruling{"two days", flightsOnce([]flightInfo{a, b}), ""},
		ruling{"twice", flightsOnce([]flightInfo{a, b, a}), RouteChanged},
		ruling{"none", flightsOnce(nil), RouteChanged})
}

func TestRouteKept(t *testing.T) {
	with := func(kind string, flights ...Segment) *Refusal {
		d := trip(Economy, 1).ReservationDetails
		d.FlightType, d.Flights = kind, flights
		return routeKept(d)
	}
	out, over, on, back := Segment{Origin: "JFK", Destination: "BOS"}, Segment{Origin: "EWR", Destination: "CLT"}, Segment{Origin: "CLT", Destination: "BOS"}, Segment{Origin: "BOS", Destination: "LGA"}
	judge(t,
		ruling{"direct", with("one_way", out), ""},
		ruling{"with a stop, from another airport of the city", with("one_way", over, on), ""},
		ruling{"there and back", with("round_trip", out, back), ""},
		ruling{"not back", with("round_trip", out), RouteChanged},
		ruling{"back, though one way", with("one_way", out, back), RouteChanged},
		ruling{"elsewhere", with("one_way", over), RouteChanged},
		ruling{"from elsewhere", with("one_way", on), RouteChanged},
		ruling{"with a gap", with("one_way", over, out), RouteChanged},
		ruling{"nowhere", with("one_way"), RouteChanged})
}

func TestInOrder(t *testing.T) {
	r := trip(Economy, 1)
	leaves := func(first, second int) *Refusal {
		w := looked(r, map[string]SeatReply{
			"SL1": {Standing: Standing{Departure: at(first, 0), Arrival: at(first+2, 0)}},
			"SL2": {Standing: Standing{Departure: at(second, 0), Arrival: at(second+2, 0)}}})
		return inOrder(w, r.Flights)
	}
	judge(t,
		ruling{"one after the other", leaves(8, 11), ""},
		ruling{"at once", leaves(8, 10), ""},
		ruling{"before the first has landed", leaves(8, 9), RouteChanged},
		ruling{"of flights that were not asked nothing is known", inOrder(Work{}, r.Flights), ""})
}

func TestBags(t *testing.T) {
	d := trip(Economy, 2).ReservationDetails
	has := func(total, nonfree int) ReservationDetails {
		d.TotalBaggages, d.NonfreeBaggages = total, nonfree
		return d
	}
	r := Reservation{ReservationDetails: has(3, 1)}
	judge(t,
		ruling{"two free for two regular ones", bagsPaid(has(2, 0), "regular"), ""},
		ruling{"a third is paid", bagsPaid(has(3, 1), "regular"), ""},
		ruling{"a third is not free", bagsPaid(has(3, 0), "regular"), BagAllowance},
		ruling{"but is to silver", bagsPaid(has(4, 0), "silver"), ""},
		ruling{"added", bagsAdded(r, 4, 2), ""},
		ruling{"one fewer", bagsAdded(r, 2, 1), BagsRemoved},
		ruling{"paid ones become free", bagsAdded(r, 3, 0), BagsRemoved},
		ruling{"more paid than there are", bagsCounted(1, 2), BagAllowance},
		ruling{"fewer than none", bagsCounted(0, -1), BagAllowance})
}

func TestFreeBags(t *testing.T) {
	for membership, want := range map[string][3]int{"regular": {0, 1, 2}, "silver": {1, 2, 3}, "gold": {2, 3, 4}} {
		for i, c := range []Cabin{BasicEconomy, Economy, Business} {
			if got := FreeBags(membership, c, 1); got != want[i] {
				t.Errorf("%s in %s: %d, want %d", membership, c, got, want[i])
			}
		}
	}
}

func TestFlown(t *testing.T) {
	r := trip(Economy, 1)
	w := looked(r, map[string]SeatReply{"SL1": stands(Landed, ""), "SL2": stands(Available, "")})
	moved := plan{ReservationDetails: r.ReservationDetails}
	moved.Flights = []Segment{r.Flights[0], {"SL3", "CLT", "BOS", "2013-03-09", Dollars(90)}}
	other := moved
	other.Flights = []Segment{{"SL4", "JFK", "CLT", "2013-03-09", Dollars(90)}, r.Flights[1]}
	business := moved
	business.Cabin = Business
	judge(t,
		ruling{"the flight that has landed is kept", flownKept(r, w, moved), ""},
		ruling{"it is changed", flownKept(r, w, other), AlreadyFlown},
		ruling{"the cabin is changed", flownKept(r, w, business), AlreadyFlown},
		ruling{"any other change", notFlown(w), AlreadyFlown},
		ruling{"before they leave", notFlown(looked(r, map[string]SeatReply{"SL1": stands(IsLate, Late)})), ""},
		ruling{"in the air", notFlown(looked(r, map[string]SeatReply{"SL1": stands(Flying, "")})), AlreadyFlown},
		ruling{"somewhere else", notFlown(looked(r, map[string]SeatReply{"SL1": stands(IsDiverted, Diverted)})), AlreadyFlown})
}

func TestBasicEconomyKept(t *testing.T) {
	r := trip(BasicEconomy, 1)
	same := []flightInfo{{FlightNumber: "SL1", Date: "2013-03-08"}, {FlightNumber: "SL2", Date: "2013-03-08"}}
	other := []flightInfo{same[0], {FlightNumber: "SL3", Date: "2013-03-08"}}
	judge(t,
		ruling{"the same flights, for another cabin", basicEconomyKept(r, same, false), ""},
		ruling{"other flights", basicEconomyKept(r, other, false), BasicEconomyFixed},
		ruling{"other flights, by the airline's fault", basicEconomyKept(r, other, true), ""},
		ruling{"in economy", basicEconomyKept(trip(Economy, 1), other, false), ""})
}

func TestWaiverDue(t *testing.T) {
	to := func(c Cabin, date string) plan {
		p := plan{ReservationDetails: trip(c, 1).ReservationDetails}
		p.Flights[1] = Segment{"SL3", "CLT", "BOS", date, Dollars(500)}
		return p
	}
	late := map[string]SeatReply{"SL2": stands(IsLate, Late)}
	long := map[string]SeatReply{"SL2": stands(IsLate, LongDelay)}
	other := map[string]SeatReply{"SL1": stands(IsCanceled, Cancelled)}
	due := func(c Cabin, flights map[string]SeatReply, p plan) *Refusal {
		return waiverDue(trip(c, 1), looked(trip(c, 1), flights), p)
	}
	back := trip(Economy, 1) // on the 20th, at first
	back.FlightType = "round_trip"
	back.Flights = append(back.Flights, Segment{"SL4", "BOS", "JFK", "2013-03-20", Dollars(60)})
	sooner, kept := plan{ReservationDetails: back.ReservationDetails}, plan{ReservationDetails: back.ReservationDetails}
	kept.Flights = append(slices.Clone(to(Economy, "2013-03-08").Flights), back.Flights[2])
	sooner.Flights = append(slices.Clone(to(Economy, "2013-03-08").Flights), Segment{"SL4", "BOS", "JFK", "2013-03-10", Dollars(900)})
	judge(t,
		ruling{"late, with the way back as it is", waiverDue(back, looked(back, late), kept), ""},
		ruling{"late, with another way back", waiverDue(back, looked(back, late), sooner), NoWaiver},
		ruling{"late", due(Economy, late, to(Economy, "2013-03-08")), ""},
		ruling{"late, three days after", due(Economy, late, to(Economy, "2013-03-11")), ""},
		ruling{"late, a week after", due(Economy, late, to(Economy, "2013-03-15")), NoWaiver},
		ruling{"late, into business", due(Economy, late, to(Business, "2013-03-08")), NoWaiver},
		ruling{"on time", due(Economy, nil, to(Economy, "2013-03-08")), NoWaiver},
		ruling{"another flight is cancelled, which they keep", due(Economy, other, to(Economy, "2013-03-08")), NoWaiver},
		ruling{"basic economy, late", due(BasicEconomy, late, to(BasicEconomy, "2013-03-08")), NoWaiver},
		ruling{"basic economy, very late", due(BasicEconomy, long, to(BasicEconomy, "2013-03-08")), ""})
}

func TestCancellable(t *testing.T) {
	insured, today := trip(Economy, 1), trip(Economy, 1)
	insured.Insurance, today.CreatedAt = "yes", "2013-03-07T06:00:00"
	early := today
	early.CreatedAt = "2013-03-07T05:59:59"
	can := func(r Reservation, reason string, flights map[string]SeatReply) *Refusal {
		return cancellable(r, looked(r, flights), reason)
	}
	judge(t,
		ruling{"a change of plan", can(trip(Economy, 1), "change of plan", nil), NotCancellable},
		ruling{"in business", can(trip(Business, 1), "change of plan", nil), ""},
		ruling{"within 24 hours", can(today, "change of plan", nil), ""},
		ruling{"a second later", can(early, "change of plan", nil), NotCancellable},
		ruling{"insured, of health", can(insured, "health", nil), ""},
		ruling{"insured, for weather", can(insured, "weather", nil), ""},
		ruling{"insured, for no reason that counts", can(insured, "change of plan", nil), NotCancellable},
		ruling{"of health, not insured", can(trip(Economy, 1), "health", nil), NotCancellable},
		ruling{"the airline has cancelled one", can(trip(Economy, 1), "other", map[string]SeatReply{"SL2": stands(IsCanceled, Cancelled)}), ""},
		ruling{"one is hours late", can(trip(Economy, 1), "other", map[string]SeatReply{"SL2": stands(IsLate, LongDelay)}), ""},
		ruling{"one is late", can(trip(Economy, 1), "other", map[string]SeatReply{"SL2": stands(IsLate, Late)}), NotCancellable},
		ruling{"again", notCancelled(Reservation{ReservationDetails: ReservationDetails{Status: &cancelled}}), AlreadyCancelled})
}

func TestCompensation(t *testing.T) {
	insured, left := trip(Economy, 1), trip(Economy, 2)
	insured.Insurance, left.Left = "yes", []FlightID{"SL9.2013-03-08"}
	gone := trip(Economy, 1)
	gone.Status = &cancelled
	isLate, isOff := map[string]SeatReply{"SL9": stands(IsLate, Late), "SL1": stands(IsLate, Late)}, map[string]SeatReply{"SL1": stands(IsCanceled, Cancelled)}
	so := func(r Reservation, reason string, flights map[string]SeatReply) *Refusal {
		return disruptedSo(r, looked(r, flights), reason)
	}
	judge(t,
		ruling{"regular", mayBeCompensated(trip(Economy, 1), "regular"), NoCompensation},
		ruling{"silver", mayBeCompensated(trip(BasicEconomy, 1), "silver"), ""},
		ruling{"gold", mayBeCompensated(trip(Economy, 1), "gold"), ""},
		ruling{"insured", mayBeCompensated(insured, "regular"), ""},
		ruling{"in business", mayBeCompensated(trip(Business, 1), "regular"), ""},
		ruling{"cancelled", so(trip(Economy, 1), "cancelled", isOff), ""},
		ruling{"not cancelled", so(trip(Economy, 1), "cancelled", isLate), NoCompensation},
		ruling{"late, and still on it", so(trip(Economy, 1), "delayed", isLate), NoCompensation},
		ruling{"late, and changed", so(left, "delayed", isLate), ""},
		ruling{"late, and cancelled", so(gone, "delayed", isLate), ""},
		ruling{"for any other reason", so(trip(Economy, 1), "rude crew", isOff), NoCompensation},
		ruling{"a hundred each", compensationOf(trip(Economy, 2), "cancelled", Dollars(200)), ""},
		ruling{"fifty each", compensationOf(trip(Economy, 2), "delayed", Dollars(100)), ""},
		ruling{"more than that", compensationOf(trip(Economy, 2), "delayed", Dollars(200)), WrongCompensation},
		ruling{"again", compensatedOnce(Reservation{Compensated: []string{"delayed"}}, "delayed"), AlreadyCompensated},
		ruling{"for something else", compensatedOnce(Reservation{Compensated: []string{"delayed"}}, "cancelled"), ""})
}

func TestAgreedTo(t *testing.T) {
	agreed := func(text string, due Amount) *Refusal {
		return Order{Command: Command{Agreed: []byte(text)}}.agreedTo(due)
	}
	judge(t,
		ruling{"as agreed", agreed(`{"total":100}`, Dollars(100)), ""},
		ruling{"cheaper", agreed(`{"total":100}`, Dollars(90)), ""},
		ruling{"dearer", agreed(`{"total":100}`, Dollars(101)), PriceChanged},
		ruling{"less is refunded", agreed(`{"total":-50}`, Dollars(-20)), PriceChanged},
		ruling{"nothing was agreed", agreed(``, Dollars(101)), ""},
		ruling{"nobody knows what", agreed(`{"total":"much"}`, Dollars(1)), BadSchema})
}

func TestStillOn(t *testing.T) {
	judge(t,
		ruling{"still", stillOn(trip(Economy, 1), "SL1.2013-03-08"), ""},
		ruling{"no longer", stillOn(trip(Economy, 1), "SL7.2013-03-08"), RouteChanged},
		ruling{"whatever", stillOn(trip(Economy, 1), ""), ""})
}
