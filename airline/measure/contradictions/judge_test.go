package contradictions_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/measure/contradictions"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

func at(hour, minute int) time.Time {
	return time.Date(2013, 3, 8, hour, minute, 0, 0, time.FixedZone("", -5*3600))
}

func flight(n int) vocab.FlightID { return vocab.FlightKey(fmt.Sprintf("SL%d", n), "2013-03-08") }

// A day is one party of two on flight 1, which is cancelled at 10:00; flight n leaves at 11:00 + n hours,
// flies two, and has four seats, two of them sold.
type day struct {
	t     *testing.T
	judge *contradictions.Judge
	seq   int
}

func newDay(t *testing.T) *day {
	d := &day{t: t, judge: contradictions.New()}
	for n := 1; n <= 4; n++ {
		d.event(n, vocab.FlightEvent{Type: vocab.FlightScheduled, Time: at(0, 0), Departure: at(11+n, 0),
			Arrival: at(13+n, 0),
			Schedule: &vocab.Schedule{FlightNumber: flight(n).Number(), Origin: "JFK", Destination: "BOS",
				Seats: vocab.Seats{Economy: 4}, Sold: vocab.Seats{Economy: 2}}})
	}

	d.read(vocab.CustomerEvents, "c-1", vocab.CustomerEvent{Type: vocab.CustomerBooked,
		Reservation: &vocab.Booking{ID: "R1", Flight: flight(1), Cabin: vocab.Economy, Party: 2}})
	d.reply("R1", vocab.BookSeats, 1, vocab.SeatsGranted, at(1, 0))
	d.event(1, vocab.FlightEvent{Type: vocab.FlightCancelled, Time: at(10, 0)})

	return d
}

func (d *day) read(topic any, key string, v any) {
	d.t.Helper()

	b, err := json.Marshal(v)
	if err != nil {
		d.t.Fatal(err)
	}

	if err := d.judge.Read(topology.Record{Topic: fmt.Sprint(topic), Key: key, Value: b}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *day) event(n int, e vocab.FlightEvent) { d.read(vocab.FlightEvents, string(flight(n)), e) }

func (d *day) delay(n int, when time.Time, by time.Duration) {
	d.event(n, vocab.FlightEvent{Type: vocab.FlightDelayed, Time: when, Departure: at(11+n, 0).Add(by),
		Arrival: at(13+n, 0).Add(by)})
}

func (d *day) reply(r vocab.ReservationID, kind vocab.SeatRequestType, n int, result vocab.SeatResult,
	when time.Time) {
	d.seq++
	why := map[vocab.SeatResult]string{vocab.SeatsRefused: "full"}[result]

	c := vocab.CustomerID("c-1")
	if r != "R1" {
		c = "others"
	}
	d.read(vocab.SeatReplies, string(c), vocab.SeatReply{SeatRequest: vocab.SeatRequest{Type: kind,
		Customer: c, Reservation: r,
		Flight: flight(n), Cabin: vocab.Economy, Party: 2, Seq: d.seq, Time: when}, Result: result, Why: why, N: d.seq, AsOf: at(0, 0)})
}

func (d *day) decision(o vocab.Outcome, n int, when time.Time) {
	v := vocab.Decision{Customer: "c-1", Flight: flight(1), Party: 2, Outcome: o, Time: when}
	if n > 0 {
		v.Trip = vocab.Trip{Flight: flight(n), Cabin: vocab.Economy, Departure: at(11+n, 0),
			Arrival: at(13+n, 0)}
	}
	d.read(vocab.Decisions, "c-1", v)
}

// rebooked is a proposal that was granted.
func (d *day) rebooked(n int, when time.Time) {
	d.reply("R1", vocab.RebookSeats, n, vocab.SeatsGranted, when)
	d.decision(vocab.Rebooked, n, when)
}

// Each kind of contradiction, and answers that are not contradicted.
func TestContradictions(t *testing.T) {
	for name, c := range map[string]struct {
		story func(*day)
		kind  string
		away  float64
	}{
		"the best": {func(d *day) { d.rebooked(2, at(10, 0)) }, "", 0},
		"one that was cancelled": {func(d *day) {
			d.event(2, vocab.FlightEvent{Type: vocab.FlightCancelled, Time: at(9, 0)})
			d.reply("R1", vocab.RebookSeats, 2, vocab.SeatsRefused, at(10, 0))
		}, contradictions.Cancelled, 0},
		"one that was cancelled in that minute": {func(d *day) {
			d.event(2, vocab.FlightEvent{Type: vocab.FlightCancelled, Time: at(10, 0)})
			d.reply("R1", vocab.RebookSeats, 2, vocab.SeatsRefused, at(10, 0))
		}, "", 0},
		"one that had left": {func(d *day) {
			d.event(2, vocab.FlightEvent{Type: vocab.FlightDeparted, Time: at(9, 0), Departure: at(9, 0),
				Arrival: at(11, 0)})
			d.reply("R1", vocab.RebookSeats, 2, vocab.SeatsRefused, at(10, 0))
		}, contradictions.Departed, 0},
		"one that was closed": {func(d *day) { d.reply("R1", vocab.RebookSeats, 2, vocab.SeatsRefused, at(12, 30)) }, contradictions.Closed, 0},
		"one that was full": {func(d *day) {
			d.reply("R2", vocab.BookSeats, 2, vocab.SeatsGranted, at(9, 0))
			d.reply("R1", vocab.RebookSeats, 2, vocab.SeatsRefused, at(10, 0))
		}, contradictions.Full, 0},
		"one that got full in that minute": {func(d *day) {
			d.reply("R2", vocab.BookSeats, 2, vocab.SeatsGranted, at(10, 0))
			d.reply("R1", vocab.RebookSeats, 2, vocab.SeatsRefused, at(10, 0))
		}, "", 0},
		"one that was given back": {func(d *day) {
			d.reply("R2", vocab.BookSeats, 2, vocab.SeatsGranted, at(8, 0))
			d.reply("R2", vocab.ReleaseSeats, 2, vocab.SeatsReleased, at(9, 0))
			d.rebooked(3, at(10, 0))
		}, contradictions.Better, 60},
		"one that had become late": {func(d *day) {
			d.delay(2, at(9, 0), 50*time.Minute)
			d.rebooked(2, at(10, 0))
		}, contradictions.Later, 0},
		"later than the best": {func(d *day) { d.rebooked(4, at(10, 0)) }, contradictions.Better, 120},
		"the next best, after a refusal": {func(d *day) {
			d.reply("R1", vocab.RebookSeats, 2, vocab.SeatsRefused, at(10, 0))
			d.rebooked(3, at(10, 0))
		}, "", 0},
		"a little later than the best": {func(d *day) {
			d.delay(2, at(9, 0), 40*time.Minute)
			d.rebooked(3, at(10, 0))
		}, "", 20},
		"not one that was taken in the minute in which another was given back": {func(d *day) {
			d.reply("R3", vocab.BookSeats, 3, vocab.SeatsGranted, at(8, 0))
			d.reply("R2", vocab.BookSeats, 2, vocab.SeatsGranted, at(10, 0))
			d.rebooked(4, at(10, 0))
			d.reply("R3", vocab.ReleaseSeats, 3, vocab.SeatsReleased, at(10, 0))
		}, "", 0},
		"money, with flights left": {func(d *day) { d.decision(vocab.Refunded, 0, at(10, 0)) },
			contradictions.GivenUp, 0},
		"money, with none left": {func(d *day) { d.decision(vocab.Refunded, 0, at(15, 0)) }, "", 0},
		"to keep what is cancelled": {func(d *day) { d.decision(vocab.Kept, 1, at(10, 0)) },
			contradictions.Cancelled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(t)
			c.story(d)
			r := d.judge.Report()

			want := map[string]int{}
			if c.kind != "" {
				want[c.kind] = 1
			}

			if fmt.Sprint(r.Contradictions) != fmt.Sprint(want) || r.Contradicted != len(want) {
				t.Errorf("contradicted: %v, want %v", r.Contradictions, want)
			}

			if r.GaveAway != c.away && c.kind != contradictions.Cancelled {
				t.Errorf("%v minutes were given away, want %v", r.GaveAway, c.away)
			}
		})
	}
}

// Answers are counted once each, refused ones too, and refusals by why.
func TestReportCounts(t *testing.T) {
	d := newDay(t)
	d.reply("R1", vocab.RebookSeats, 2, vocab.SeatsRefused, at(10, 0))
	d.reply("R1", vocab.RebookSeats, 3, vocab.SeatsRefused, at(10, 0))
	d.reply("R1", vocab.RebookSeats, 4, vocab.SeatsRefused, at(10, 0))
	d.decision(vocab.Escalated, 0, at(10, 0))

	r := d.judge.Report()
	if r.Parties != 1 || r.Answers != 4 || r.Proposals != 3 || r.Refused != 3 || r.Refusals["full"] != 3 ||
		r.Escalated != 1 || r.Contradicted != 0 {
		t.Errorf("%+v", r)
	}
}

// A party that is an hour later than in the other run costs an hour; one that never arrived is counted apart.
func TestCompare(t *testing.T) {
	run := func(story func(*day)) map[vocab.CustomerID]contradictions.End {
		d := newDay(t)
		story(d)

		for n := 2; n <= 4; n++ {
			d.event(n, vocab.FlightEvent{Type: vocab.FlightArrived, Time: at(13+n, 10),
				Arrival: at(13+n, 10)})
		}
		return d.judge.Ends()
	}

	second := run(func(d *day) { d.rebooked(2, at(10, 0)) })
	third := run(func(d *day) { d.rebooked(3, at(10, 0)) })
	money := run(func(d *day) { d.decision(vocab.Refunded, 0, at(10, 0)) })

	if e := third["c-1"]; !e.Arrived || e.Late != 130 || e.Flight != flight(3) {
		t.Errorf("ended as %+v, want 130 minutes late", e)
	}

	if c := contradictions.Compare(third, second); c != (contradictions.Cost{Parties: 1, Both: 1, Minutes: 60,
		Later: 1}) || c.Mean() != 60 {
		t.Errorf("an hour later: %+v", c)
	}

	if c := contradictions.Compare(second, third); c.Minutes != -60 || c.Sooner != 1 {
		t.Errorf("an hour sooner: %+v", c)
	}

	if c := contradictions.Compare(money, second); c.Never != 1 || c.Both != 0 || c.Mean() != 0 {
		t.Errorf("never arrived: %+v", c)
	}
}

// What is no JSON is an error that names the record.
func TestReadNamesTheRecord(t *testing.T) {
	err := contradictions.New().Read(topology.Record{Topic: "decisions", Partition: 2, Offset: 7, Key: "c-1",
		Value: []byte("{")})
	if want := "contradictions: decisions/2 offset 7, key c-1: unexpected end of JSON input"; err == nil ||
		err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
