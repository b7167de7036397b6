package reservations

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

func at(hour, minute int) time.Time {
	return time.Date(2013, 3, 8, hour, minute, 0, 0, time.FixedZone("", -5*3600))
}

// A rule is told on cases: what stands, and the code it is refused with, or none.
type ruling struct {
	name string
	why  *vocab.Refusal
	want vocab.Code
}

func judge(t *testing.T, rulings ...ruling) {
	t.Helper()

	for _, r := range rulings {
		var got vocab.Code
		if r.why != nil {
			got = r.why.Code
		}

		if got != r.want {
			t.Errorf("%s: %q, want %q", r.name, got, r.want)
		}
	}
}

// trip is a reservation from JFK over CLT to BOS, for so many.
func trip(c vocab.Cabin, party int) Reservation {
	return Reservation{ReservationDetails: vocab.ReservationDetails{ID: "R1", User: "ann", Origin: "JFK",
		Destination: "BOS", FlightType: "one_way", Cabin: c, Insurance: "no",
		CreatedAt: "2013-03-05T06:00:00", Passengers: make([]vocab.Passenger, party),
		Flights: []vocab.Segment{{FlightNumber: "SL1", Origin: "JFK", Destination: "CLT", Date: "2013-03-08",
			Price: vocab.Dollars(100)}, {FlightNumber: "SL2", Origin: "CLT", Destination: "BOS", Date: "2013-03-08", Price: vocab.Dollars(80)}}}}
}

// looked is work on a command of 8 March, six o'clock, for which all flights have been looked at.
func looked(r Reservation, standings map[string]vocab.SeatReply) Work {
	w := Work{Order: vocab.Order{Command: vocab.Command{Time: time.Date(2013, 3, 8, 6, 0, 0, 0, time.UTC)}}}

	flights := append([]vocab.FlightID(nil), r.Left...)
	for _, s := range r.Flights {
		flights = append(flights, s.Flight())
	}

	for _, f := range flights {
		reply := standings[f.Number()]
		reply.Type, reply.Flight = vocab.LookAtFlight, f
		w.Asked = append(w.Asked, Asked{Request: reply.SeatRequest, Reply: &reply})
	}

	return w
}

func stands(s vocab.Status, severity vocab.Severity) vocab.SeatReply {
	return vocab.SeatReply{Result: vocab.SeatsSeen, Standing: vocab.Standing{Status: s}, Severity: severity}
}

func TestPartyAllowed(t *testing.T) {
	for n, want := range map[int]vocab.Code{0: vocab.TooManyPassengers, 1: "", 5: "",
		6: vocab.TooManyPassengers} {
		judge(t, ruling{fmt.Sprint(n), checkPartySize(n), want})
	}
}

func TestFlightsOnce(t *testing.T) {
	a, b := FlightInfo{FlightNumber: "SL1", Date: "2013-03-08"}, FlightInfo{FlightNumber: "SL1",
		Date: "2013-03-09"}
	judge(t,
		ruling{"two days", checkFlightsUnique([]FlightInfo{a, b}), ""},
		ruling{"twice", checkFlightsUnique([]FlightInfo{a, b, a}), vocab.RouteChanged},
		ruling{"none", checkFlightsUnique(nil), vocab.RouteChanged})
}

func TestRouteKept(t *testing.T) {
	with := func(kind string, flights ...vocab.Segment) *vocab.Refusal {
		d := trip(vocab.Economy, 1).ReservationDetails
		d.FlightType, d.Flights = kind, flights
		return checkRoute(d)
	}
	out, over, on, back := vocab.Segment{Origin: "JFK", Destination: "BOS"}, vocab.Segment{Origin: "EWR",
		Destination: "CLT"}, vocab.Segment{Origin: "CLT", Destination: "BOS"}, vocab.Segment{Origin: "BOS", Destination: "LGA"}
	judge(t,
		ruling{"direct", with("one_way", out), ""},
		ruling{"with a stop, from another airport of the city", with("one_way", over, on), ""},
		ruling{"there and back", with("round_trip", out, back), ""},
		ruling{"not back", with("round_trip", out), vocab.RouteChanged},
		ruling{"back, though one way", with("one_way", out, back), vocab.RouteChanged},
		ruling{"elsewhere", with("one_way", over), vocab.RouteChanged},
		ruling{"from elsewhere", with("one_way", on), vocab.RouteChanged},
		ruling{"with a gap", with("one_way", over, out), vocab.RouteChanged},
		ruling{"nowhere", with("one_way"), vocab.RouteChanged})
}

func TestInOrder(t *testing.T) {
	r := trip(vocab.Economy, 1)
	leaves := func(first, second int) *vocab.Refusal {
		w := looked(r, map[string]vocab.SeatReply{
			"SL1": {Standing: vocab.Standing{Departure: at(first, 0), Arrival: at(first+2, 0)}},
			"SL2": {Standing: vocab.Standing{Departure: at(second, 0), Arrival: at(second+2, 0)}}})
		return checkOrder(w, r.Flights)
	}
	judge(t,
		ruling{"one after the other", leaves(8, 11), ""},
		ruling{"at once", leaves(8, 10), ""},
		ruling{"before the first has landed", leaves(8, 9), vocab.RouteChanged},
		ruling{"of flights that were not asked nothing is known", checkOrder(Work{}, r.Flights), ""})
}

func TestBags(t *testing.T) {
	d := trip(vocab.Economy, 2).ReservationDetails
	has := func(total, nonfree int) vocab.ReservationDetails {
		d.TotalBaggages, d.NonfreeBaggages = total, nonfree
		return d
	}
	r := Reservation{ReservationDetails: has(3, 1)}
	judge(t,
		ruling{"two free for two regular ones", checkBagsPaid(has(2, 0), "regular"), ""},
		ruling{"a third is paid", checkBagsPaid(has(3, 1), "regular"), ""},
		ruling{"a third is not free", checkBagsPaid(has(3, 0), "regular"), vocab.BagAllowance},
		ruling{"but is to silver", checkBagsPaid(has(4, 0), "silver"), ""},
		ruling{"added", checkNoBagsRemoved(r, 4, 2), ""},
		ruling{"one fewer", checkNoBagsRemoved(r, 2, 1), vocab.BagsRemoved},
		ruling{"paid ones become free", checkNoBagsRemoved(r, 3, 0), vocab.BagsRemoved},
		ruling{"more paid than there are", checkBagCounts(1, 2), vocab.BagAllowance},
		ruling{"fewer than none", checkBagCounts(0, -1), vocab.BagAllowance})
}

func TestFreeBags(t *testing.T) {
	for membership, want := range map[string][3]int{"regular": {0, 1, 2}, "silver": {1, 2, 3},
		"gold": {2, 3, 4}} {
		for i, c := range []vocab.Cabin{vocab.BasicEconomy, vocab.Economy, vocab.Business} {
			if got := FreeBags(membership, c, 1); got != want[i] {
				t.Errorf("%s in %s: %d, want %d", membership, c, got, want[i])
			}
		}
	}
}

func TestFlown(t *testing.T) {
	r := trip(vocab.Economy, 1)
	w := looked(r, map[string]vocab.SeatReply{"SL1": stands(vocab.StatusLanded, ""),
		"SL2": stands(vocab.StatusAvailable, "")})
	moved := plan{ReservationDetails: r.ReservationDetails}
	moved.Flights = []vocab.Segment{r.Flights[0],
		{FlightNumber: "SL3", Origin: "CLT", Destination: "BOS", Date: "2013-03-09",
			Price: vocab.Dollars(90)}}
	other := moved
	other.Flights = []vocab.Segment{{FlightNumber: "SL4", Origin: "JFK", Destination: "CLT",
		Date: "2013-03-09", Price: vocab.Dollars(90)}, r.Flights[1]}
	business := moved
	business.Cabin = vocab.Business
	judge(t,
		ruling{"the flight that has landed is kept", checkFlownKept(r, w, moved), ""},
		ruling{"it is changed", checkFlownKept(r, w, other), vocab.AlreadyFlown},
		ruling{"the cabin is changed", checkFlownKept(r, w, business), vocab.AlreadyFlown},
		ruling{"any other change", checkNotFlown(w), vocab.AlreadyFlown},
		ruling{"before they leave", checkNotFlown(looked(r,
			map[string]vocab.SeatReply{"SL1": stands(vocab.StatusDelayed, vocab.SeverityLate)})), ""},
		ruling{"in the air", checkNotFlown(looked(r, map[string]vocab.SeatReply{"SL1": stands(vocab.StatusFlying, "")})), vocab.AlreadyFlown},
		ruling{"somewhere else", checkNotFlown(looked(r,
			map[string]vocab.SeatReply{"SL1": stands(vocab.StatusDiverted,
				vocab.SeverityDiverted)})), vocab.AlreadyFlown})
}

func TestBasicEconomyKept(t *testing.T) {
	r := trip(vocab.BasicEconomy, 1)
	same := []FlightInfo{{FlightNumber: "SL1", Date: "2013-03-08"}, {FlightNumber: "SL2", Date: "2013-03-08"}}
	other := []FlightInfo{same[0], {FlightNumber: "SL3", Date: "2013-03-08"}}
	judge(t,
		ruling{"the same flights, for another cabin", checkBasicEconomy(r, same, false), ""},
		ruling{"other flights", checkBasicEconomy(r, other, false), vocab.BasicEconomyFixed},
		ruling{"other flights, by the airline's fault", checkBasicEconomy(r, other, true), ""},
		ruling{"in economy", checkBasicEconomy(trip(vocab.Economy, 1), other, false), ""})
}

func TestWaiverDue(t *testing.T) {
	to := func(c vocab.Cabin, date string) plan {
		p := plan{ReservationDetails: trip(c, 1).ReservationDetails}
		p.Flights[1] = vocab.Segment{FlightNumber: "SL3", Origin: "CLT", Destination: "BOS", Date: date,
			Price: vocab.Dollars(500)}
		return p
	}
	late := map[string]vocab.SeatReply{"SL2": stands(vocab.StatusDelayed, vocab.SeverityLate)}
	long := map[string]vocab.SeatReply{"SL2": stands(vocab.StatusDelayed, vocab.SeverityLongDelay)}
	other := map[string]vocab.SeatReply{"SL1": stands(vocab.StatusCancelled, vocab.SeverityCancelled)}
	due := func(c vocab.Cabin, flights map[string]vocab.SeatReply, p plan) *vocab.Refusal {
		return checkWaiver(trip(c, 1), looked(trip(c, 1), flights), p)
	}
	back := trip(vocab.Economy, 1) // on the 20th, at first
	back.FlightType = "round_trip"
	back.Flights = append(back.Flights, vocab.Segment{FlightNumber: "SL4", Origin: "BOS", Destination: "JFK",
		Date: "2013-03-20", Price: vocab.Dollars(60)})
	sooner, kept := plan{ReservationDetails: back.ReservationDetails}, plan{ReservationDetails: back.ReservationDetails}
	kept.Flights = append(slices.Clone(to(vocab.Economy, "2013-03-08").Flights), back.Flights[2])
	sooner.Flights = append(slices.Clone(to(vocab.Economy, "2013-03-08").Flights),
		vocab.Segment{FlightNumber: "SL4", Origin: "BOS", Destination: "JFK", Date: "2013-03-10",
			Price: vocab.Dollars(900)})
	judge(t,
		ruling{"late, with the way back as it is", checkWaiver(back, looked(back, late), kept), ""},
		ruling{"late, with another way back", checkWaiver(back, looked(back, late), sooner), vocab.NoWaiver},
		ruling{"late", due(vocab.Economy, late, to(vocab.Economy, "2013-03-08")), ""},
		ruling{"late, three days after", due(vocab.Economy, late, to(vocab.Economy, "2013-03-11")), ""},
		ruling{"late, a week after", due(vocab.Economy, late, to(vocab.Economy, "2013-03-15")),
			vocab.NoWaiver},
		ruling{"late, into business", due(vocab.Economy, late, to(vocab.Business, "2013-03-08")),
			vocab.NoWaiver},
		ruling{"on time", due(vocab.Economy, nil, to(vocab.Economy, "2013-03-08")), vocab.NoWaiver},
		ruling{"another flight is cancelled, which they keep",
			due(vocab.Economy, other, to(vocab.Economy, "2013-03-08")), vocab.NoWaiver},
		ruling{"basic economy, late", due(vocab.BasicEconomy, late, to(vocab.BasicEconomy, "2013-03-08")),
			vocab.NoWaiver},
		ruling{"basic economy, very late", due(vocab.BasicEconomy, long,
			to(vocab.BasicEconomy, "2013-03-08")), ""})
}

func TestCancellable(t *testing.T) {
	insured, today := trip(vocab.Economy, 1), trip(vocab.Economy, 1)
	insured.Insurance, today.CreatedAt = "yes", "2013-03-07T06:00:00"
	early := today
	early.CreatedAt = "2013-03-07T05:59:59"
	can := func(r Reservation, reason string, flights map[string]vocab.SeatReply) *vocab.Refusal {
		return checkCancellable(r, looked(r, flights), reason)
	}
	judge(t,
		ruling{"a change of plan", can(trip(vocab.Economy, 1), "change of plan", nil), vocab.NotCancellable},
		ruling{"in business", can(trip(vocab.Business, 1), "change of plan", nil), ""},
		ruling{"within 24 hours", can(today, "change of plan", nil), ""},
		ruling{"a second later", can(early, "change of plan", nil), vocab.NotCancellable},
		ruling{"insured, of health", can(insured, "health", nil), ""},
		ruling{"insured, for weather", can(insured, "weather", nil), ""},
		ruling{"insured, for no reason that counts", can(insured, "change of plan", nil),
			vocab.NotCancellable},
		ruling{"of health, not insured", can(trip(vocab.Economy, 1), "health", nil), vocab.NotCancellable},
		ruling{"the airline has cancelled one", can(trip(vocab.Economy, 1), "other",
			map[string]vocab.SeatReply{"SL2": stands(vocab.StatusCancelled, vocab.SeverityCancelled)}), ""},
		ruling{"one is hours late", can(trip(vocab.Economy, 1), "other",
			map[string]vocab.SeatReply{"SL2": stands(vocab.StatusDelayed, vocab.SeverityLongDelay)}), ""},
		ruling{"one is late", can(trip(vocab.Economy, 1), "other",
			map[string]vocab.SeatReply{"SL2": stands(vocab.StatusDelayed,
				vocab.SeverityLate)}), vocab.NotCancellable},
		ruling{"again", checkNotCancelled(Reservation{ReservationDetails: vocab.ReservationDetails{Status: new(vocab.ReservationCancelled)}}), vocab.AlreadyCancelled})
}

func TestCompensation(t *testing.T) {
	insured, left := trip(vocab.Economy, 1), trip(vocab.Economy, 2)
	insured.Insurance, left.Left = "yes", []vocab.FlightID{"SL9.2013-03-08"}
	gone := trip(vocab.Economy, 1)
	gone.Status = new(vocab.ReservationCancelled)
	isLate, isOff := map[string]vocab.SeatReply{"SL9": stands(vocab.StatusDelayed, vocab.SeverityLate),
		"SL1": stands(vocab.StatusDelayed, vocab.SeverityLate)}, map[string]vocab.SeatReply{"SL1": stands(vocab.StatusCancelled, vocab.SeverityCancelled)}
	so := func(r Reservation, reason string, flights map[string]vocab.SeatReply) *vocab.Refusal {
		return checkDisrupted(r, looked(r, flights), reason)
	}
	judge(t,
		ruling{"regular", checkEligible(trip(vocab.Economy, 1), "regular"), vocab.NoCompensation},
		ruling{"silver", checkEligible(trip(vocab.BasicEconomy, 1), "silver"), ""},
		ruling{"gold", checkEligible(trip(vocab.Economy, 1), "gold"), ""},
		ruling{"insured", checkEligible(insured, "regular"), ""},
		ruling{"in business", checkEligible(trip(vocab.Business, 1), "regular"), ""},
		ruling{"cancelled", so(trip(vocab.Economy, 1), "cancelled", isOff), ""},
		ruling{"not cancelled", so(trip(vocab.Economy, 1), "cancelled", isLate), vocab.NoCompensation},
		ruling{"late, and still on it", so(trip(vocab.Economy, 1), "delayed", isLate), vocab.NoCompensation},
		ruling{"late, and changed", so(left, "delayed", isLate), ""},
		ruling{"late, and cancelled", so(gone, "delayed", isLate), ""},
		ruling{"for any other reason", so(trip(vocab.Economy, 1), "rude crew", isOff), vocab.NoCompensation},
		ruling{"a hundred each", checkCompensation(trip(vocab.Economy, 2), "cancelled", vocab.Dollars(200)),
			""},
		ruling{"fifty each", checkCompensation(trip(vocab.Economy, 2), "delayed", vocab.Dollars(100)), ""},
		ruling{"more than that", checkCompensation(trip(vocab.Economy, 2), "delayed", vocab.Dollars(200)),
			vocab.WrongCompensation},
		ruling{"again", checkNotCompensated(Reservation{Compensated: []string{"delayed"}}, "delayed"),
			vocab.AlreadyCompensated},
		ruling{"for something else", checkNotCompensated(Reservation{Compensated: []string{"delayed"}},
			"cancelled"), ""})
}

func TestAgreedTo(t *testing.T) {
	agreed := func(text string, due vocab.Amount) *vocab.Refusal {
		return checkAgreed(vocab.Order{Command: vocab.Command{Agreed: []byte(text)}}, due)
	}
	judge(t,
		ruling{"as agreed", agreed(`{"total":100}`, vocab.Dollars(100)), ""},
		ruling{"cheaper", agreed(`{"total":100}`, vocab.Dollars(90)), ""},
		ruling{"dearer", agreed(`{"total":100}`, vocab.Dollars(101)), vocab.PriceChanged},
		ruling{"less is refunded", agreed(`{"total":-50}`, vocab.Dollars(-20)), vocab.PriceChanged},
		ruling{"nothing was agreed", agreed(``, vocab.Dollars(101)), ""},
		ruling{"nobody knows what", agreed(`{"total":"much"}`, vocab.Dollars(1)), vocab.BadSchema})
}

func TestStillOn(t *testing.T) {
	judge(t,
		ruling{"still", checkStillOn(trip(vocab.Economy, 1), "SL1.2013-03-08"), ""},
		ruling{"no longer", checkStillOn(trip(vocab.Economy, 1), "SL7.2013-03-08"), vocab.RouteChanged},
		ruling{"whatever", checkStillOn(trip(vocab.Economy, 1), ""), ""})
}
