package staleness

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/measure/contradictions"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/simulate"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// someTrials are made up: each view is a little worse than the one before, and each seed than the one before.
func someTrials() (all Trials) {
	for seed := range 3 {
		for i, v := range Views {
			n := i*100 + seed*10
			t := &Trial{View: v.Name, Seed: int64(seed + 1), Parties: 5000,
				Report: contradictions.Report{Parties: 3000, Answers: 4000 + n, Proposals: 2000 + n,
					Refused: n, Refusals: map[string]int{"full": n},
					Contradicted: 2 * n, Contradictions: map[string]int{contradictions.Better: n,
						contradictions.Later: n}, Escalated: n / 20, GaveAway: float64(n)}, Cost: contradictions.Cost{Both: 2800, Minutes: float64(30 * n)}}
			if v.OnKafka {
				t.Lag = Lag{Reads: 20000, Behind: 300 + seed, MedianMS: 11.5, P99MS: 50, Events: 1.25,
					Most: 3}
			}

			all = append(all, t)
		}
	}

	return all
}

func text(t *testing.T, write func(io.Writer) error) string {
	t.Helper()

	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The figure of given trials is always the same, and well-formed.
func TestFigure(t *testing.T) {
	svg := text(t, someTrials().WriteFigure)
	topologytest.Golden(t, "testdata/staleness.svg.golden", svg)

	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}

	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Error("it has numbers that are none")
	}
}

func TestTable(t *testing.T) {
	topologytest.Golden(t, "testdata/staleness.golden",
		text(t, func(w io.Writer) error { someTrials().Print(w); return nil })+"\n"+text(t,
			someTrials().WriteCSV))
}

// An invariant must hold whatever the view: a trial in which it does not is an error that names it.
func TestViolated(t *testing.T) {
	all := someTrials()
	if err := all.Err(); err != nil {
		t.Error(err)
	}

	all[3].Violations = 2
	if err := all.Err(); !errors.Is(err, ErrViolated) ||
		!strings.Contains(err.Error(), "2 violations with seed 1, 5 min") {
		t.Errorf("got %v", err)
	}
}

// smallDay is a day of 47 departures, with so many parties.
func smallDay(t *testing.T, parties int) *simulate.Dataset {
	t.Helper()

	s, err := simulate.Load("../../simulate/testdata/boston", func(*day.Day) int { return parties }, 3)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A view that is loaded after each event is the live one: the whole day is the same, to the byte. One that is
// loaded every minute is not.
func TestRefreshOfZeroIsLive(t *testing.T) {
	data := smallDay(t, 150)
	live := outcomes(t, data, airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{}))
	if len(live) < 100 {
		t.Fatalf("only %d records", len(live))
	}

	if !slices.Equal(live, outcomes(t, data, airline.NewRefreshed(rebooking.Policy,
		topology.Policy[rebooking.Case]{}, 0))) {
		t.Error("loaded after each event, the day differs from a live one")
	}

	if slices.Equal(live, outcomes(t, data, airline.NewRefreshed(rebooking.Policy,
		topology.Policy[rebooking.Case]{}, time.Minute))) {
		t.Error("loaded every minute, the day is that of a live view")
	}
}

// outcomes runs a day, and returns what came of it: the records of some topics, without the rows that were
// read.
func outcomes(t *testing.T, data *simulate.Dataset, topo *topology.Topology) (lines []string) {
	t.Helper()

	engine, err := topologytest.NewMemory(t.Context(), topo)
	if err != nil {
		t.Fatal(err)
	}

	if err := send(engine, data, func(topology.Record) error { return nil }); err != nil {
		t.Fatal(err)
	}

	for _, topic := range []string{"seat-replies", "notifications", "escalations"} {
		for _, r := range engine.Sent(topic) {
			lines = append(lines, fmt.Sprintf("%s %s %s", topic, r.Key, r.Value))
		}
	}

	for _, e := range topologytest.Sent(engine, vocab.Decisions) {
		e.Value.Provenance = nil

		b, err := json.Marshal(e.Value)
		if err != nil {
			t.Fatal(err)
		}

		lines = append(lines, fmt.Sprintf("decisions %s %s", e.Key, b))
	}

	return lines
}

// Without a lag nothing is refused, and the judge, who replays the rows with code of his own, contradicts no
// answer. A view that is loaded every hour is refused and contradicted more than one that is loaded every
// five minutes. No view violates an invariant.
func TestViews(t *testing.T) {
	c := Config{Data: smallDay(t, 300), Agent: rebooking.Policy}
	of := map[string]*Trial{}
	for _, v := range []View{Views[0], Views[3], Views[5]} {
		r, err := c.inMemory(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}

		if of[v.Name] = r; r.Violations > 0 {
			t.Errorf("%s: %d violations", v.Name, r.Violations)
		}
	}

	if r := of["no lag"].Report; r.Answers < 200 || r.Refused > 0 || r.Contradicted > 0 || r.GaveAway > 0 {
		t.Errorf("without a lag: %+v", r)
	}

	for _, pair := range [][2]string{{"no lag", "5 min"}, {"5 min", "60 min"}} {
		less, more := of[pair[0]].Report, of[pair[1]].Report
		if more.Contradicted <= less.Contradicted || more.Refused <= less.Refused ||
			more.Escalated < less.Escalated {
			t.Errorf("%s: %+v\n%s: %+v", pair[0], less, pair[1], more)
		}
	}
}

// A meter counts the offers that were made since the one shown, and the time since the first of them.
func TestLagMeter(t *testing.T) {
	m := newLagMeter()
	encode := func(id vocab.FlightID, n int) {
		if _, err := (meteredCodec{meter: m}).Marshal(vocab.RouteUpdate{Flight: id,
			Offer: vocab.Offer{N: n}}); err != nil {
			t.Fatal(err)
		}
	}

	for n := 1; n <= 4; n++ {
		encode("SL1", n)
		encode("SL1", n) // again, after a fault
	}
	encode("SL2", 1)
	m.made["SL1"][2] = time.Now().Add(-time.Minute) // the third is a minute old
	m.shown(rebooking.Case{Seen: map[vocab.FlightID]int{"SL1": 2, "SL2": 1}})

	l := m.lag()
	if l.Reads != 2 || l.Behind != 1 || l.Events != 2 || l.Most != 2 || l.MedianMS < 60_000 ||
		l.MedianMS > 120_000 {
		t.Errorf("%+v", l)
	}
}
