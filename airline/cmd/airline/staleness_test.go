package main

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/measure/contradictions"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// someTrials are made up: each view is a little worse than the one before, and each seed than the one before.
func someTrials() (all trials) {
	for seed := range 3 {
		for i, v := range views {
			n := i*100 + seed*10
			t := &trial{View: v.name, Seed: int64(seed + 1), Customers: 5000, Report: contradictions.Report{Parties: 3000, Answers: 4000 + n, Proposals: 2000 + n, Refused: n, Refusals: map[string]int{"full": n},
				Contradicted: 2 * n, Contradictions: map[string]int{contradictions.Better: n, contradictions.Later: n}, Escalated: n / 20, GaveAway: float64(n)}, Cost: contradictions.Cost{Both: 2800, Minutes: float64(30 * n)}}
			if v.engine {
				t.Lag = lag{Reads: 20000, Behind: 300 + seed, Median: 11.5, P99: 50, Events: 1.25, Most: 3}
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
func TestStalenessFigure(t *testing.T) {
	svg := text(t, someTrials().figure)
	golden(t, "staleness.svg", svg)
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

func TestStalenessTable(t *testing.T) {
	golden(t, "staleness", text(t, func(w io.Writer) error { someTrials().print(w); return nil })+"\n"+text(t, someTrials().csv))
}

// Whatever the view, what must hold does: a trial in which it does not is an error that names it.
func TestStalenessViolated(t *testing.T) {
	all := someTrials()
	if err := all.violated(); err != nil {
		t.Error(err)
	}
	all[3].Violations = 2
	if err := all.violated(); !errors.Is(err, errViolated) || !strings.Contains(err.Error(), "2 violations with seed 1, 5 min") {
		t.Errorf("got %v", err)
	}
}

// crowdOf is a small day with a crowd.
func crowdOf(t *testing.T, customers int) *scene {
	t.Helper()
	s, err := newScene(boston, func(*day.Day) int { return customers }, 3)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// record has a day run event by event, and keeps what was said on some topics.
func record(t *testing.T, s *scene, topo *topology.Topology, topics ...string) (lines []string) {
	t.Helper()
	p, err := topo.Plan()
	if err != nil {
		t.Fatal(err)
	}
	w := newStepwise(t.Context(), p, func(r topology.Record) error {
		if slices.Contains(topics, r.Topic) {
			lines = append(lines, r.Topic+" "+r.Key+" "+string(r.Value))
		}
		return nil
	})
	for _, e := range slices.Concat(s.before, s.during) {
		if err := w.send(t.Context(), e.Record); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// A view that is loaded after each event is the live one: the whole day is the same, to the byte; but not one that is
// loaded every minute.
func TestRefreshOfZeroIsLive(t *testing.T) {
	s := crowdOf(t, 400)
	said := func(topo *topology.Topology) []string {
		var out []string
		for _, l := range record(t, s, topo, "decisions", "seat-replies", "notifications", "escalations") {
			topic, rest, _ := strings.Cut(l, " ")
			if key, value, _ := strings.Cut(rest, " "); topic == "decisions" { // all but which rows were read
				var d vocab.Decision
				if err := json.Unmarshal([]byte(value), &d); err != nil {
					t.Fatal(err)
				}
				d.Provenance = nil
				b, err := json.Marshal(d)
				if err != nil {
					t.Fatal(err)
				}
				l = topic + " " + key + " " + string(b)
			}
			out = append(out, l)
		}
		return out
	}
	live := said(airline.New(rebooking.Policy, bounds))
	if len(live) < 300 {
		t.Fatalf("only %d records", len(live))
	}
	if !slices.Equal(live, said(airline.NewRefreshed(rebooking.Policy, bounds, 0))) {
		t.Error("loaded after each event, the day differs from a live one")
	}
	if slices.Equal(live, said(airline.NewRefreshed(rebooking.Policy, bounds, time.Minute))) {
		t.Error("loaded every minute, the day is that of a live view")
	}
}

// Without a lag nothing is refused, and the judge, who replays the rows by code of his own, has nothing to say against any
// answer. An hourly view is refused and contradicted more than that of every five minutes; whatever the view, nothing is
// violated.
func TestStepwiseViews(t *testing.T) {
	s, a := crowdOf(t, 300), &agent{operator: rebooking.Policy, name: byPolicy}
	of := map[string]*trial{}
	for _, v := range []viewed{views[0], views[3], views[5]} {
		r, err := tryStepwise(t.Context(), s, a, v)
		if err != nil {
			t.Fatal(err)
		}
		if of[v.name] = r; r.Violations > 0 {
			t.Errorf("%s: %d violations", v.name, r.Violations)
		}
	}
	if r := of["no lag"].Report; r.Answers < 200 || r.Refused > 0 || r.Contradicted > 0 || r.GaveAway > 0 {
		t.Errorf("without a lag: %+v", r)
	}
	for _, pair := range [][2]string{{"no lag", "5 min"}, {"5 min", "60 min"}} {
		less, more := of[pair[0]].Report, of[pair[1]].Report
		if more.Contradicted <= less.Contradicted || more.Refused <= less.Refused || more.Escalated < less.Escalated {
			t.Errorf("%s: %+v\n%s: %+v", pair[0], less, pair[1], more)
		}
	}
}

// A meter counts the offers that were made since the one shown, and the time since the first of them.
func TestLagMeter(t *testing.T) {
	m := newLagMeter()
	encode := func(id vocab.FlightID, n int) {
		if _, err := (offersSeen{m: m}).Marshal(vocab.RouteUpdate{Flight: id, Offer: vocab.Offer{N: n}}); err != nil {
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
	if l.Reads != 2 || l.Behind != 1 || l.Events != 2 || l.Most != 2 || l.Median < 60_000 || l.Median > 120_000 {
		t.Errorf("%+v", l)
	}
}

// The command, whole, on a small day: the engine's live view with its lag, and all others.
func TestStaleness(t *testing.T) {
	out := t.TempDir()
	printed := succeed(t, "", "staleness", "--data", boston, "--customers", "150", "--seeds", "1", "--out", out)
	for _, want := range []string{"Crowds: 1, of 150 parties each", "no lag", "60 min", "The copies of the live view"} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
	b, err := os.ReadFile(filepath.Join(out, "staleness.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil || len(rows) != 1+len(views) {
		t.Fatalf("%v, %d rows:\n%s", err, len(rows), b)
	}
	lagReads := slices.Index(rows[0], "lag_reads")
	for _, r := range rows[1:] {
		if engine := r[0] == "live"; (r[lagReads] != "0") != engine {
			t.Errorf("%s: the lag was measured on %s reads", r[0], r[lagReads])
		}
	}
	if svg, err := os.ReadFile(filepath.Join(out, "staleness.svg")); err != nil || !strings.HasPrefix(string(svg), "<svg") {
		t.Errorf("%v: %.20s", err, svg)
	}
}
