package stage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A parcel is priced and routed by two operators, which are shown a rate of another table.
type (
	parcel struct {
		At   time.Time
		Text string
	}
	offer struct {
		Text string
		Rate int
	}
)

const (
	parcels topology.Topic[string, parcel] = "parcels"
	ratings topology.Topic[string, int]    = "ratings"
	prices  topology.Topic[string, string] = "prices"
	routes  topology.Topic[string, string] = "routes"
	depot   topology.Table[string, parcel] = "depot"
	tariffs topology.Table[string, int]    = "tariffs"
)

// A clerk answers with what the test says, and gives up with what its own check refuses.
type clerk struct {
	topology.Func[offer, string]
}

func (clerk) Check(_ context.Context, _ offer, a string) error {
	if a == "bad" {
		return errors.New("bad is no offer")
	}
	return nil
}

func (clerk) GiveUp(offer, error) (string, error) { return "bad", nil }

// A router is a clerk that looks into the tariffs: at a hundred of them to decide, and at all when it has.
type router struct{ clerk }

func (router) Decide(ctx context.Context, _ offer) (string, topology.Provenance, error) {
	for i := range 100 {
		for range 2 {
			if _, err := topology.Get(ctx, tariffs, fmt.Sprint(i)); err != nil {
				return "", nil, err
			}
		}
	}
	return "by rail", nil, nil
}

func (r router) Check(ctx context.Context, o offer, a string) error {
	if err := r.clerk.Check(ctx, o, a); err != nil {
		return err
	}

	for row, err := range topology.Scan(ctx, tariffs, "") {
		if err != nil {
			return err
		}

		if row.Value == 0 {
			return errors.New("no tariff")
		}
	}

	return nil
}

func (router) GiveUp(offer, error) (string, error) { return "on foot", nil }

func post() *topology.Topology {
	t := topology.New("post")
	topology.Configure(t, parcels, topology.TopicConfig[parcel]{Time: func(p parcel) time.Time { return p.At }})
	topology.Fold(tariffs, topology.From(t, ratings), topology.Latest)
	kept := topology.Fold(depot, topology.From(t, parcels), topology.Latest)
	offers := topology.Lookup(topology.Map(kept, func(p parcel) offer { return offer{Text: p.Text} }),
		tariffs,
		func(offer) string { return "base" }, func(o offer, rate int) offer { o.Rate = rate; return o })
	ask := clerk{func(context.Context, offer) (string, error) { return "", nil }}
	priced, _ := topology.Async(offers, "price", ask, topology.Policy[offer]{})
	topology.FlatMap(priced, strings.Fields).To(prices)
	routed, _ := topology.Async(offers, "route", router{ask},
		topology.Policy[offer]{Reads: []topology.Readable{tariffs}})
	routed.To(routes)

	return t
}

// A rate is the copy of tariffs: one number, or an error.
type rate struct {
	n    int
	err  error
	scan error
}

func (r *rate) Lookup(string, string) ([]byte, int64, error) {
	return fmt.Appendf(nil, "%d", r.n), 1, r.err
}

func (r *rate) Scan(_, prefix string, f func(string, []byte, int64) bool) error {
	f(prefix+"base", fmt.Appendf(nil, "%d", r.n), 1)
	return r.scan
}

func office(t *testing.T, o stage.Options) (*engine, *rate) {
	p, err := post().Plan()
	if err != nil {
		t.Fatal(err)
	}
	o.Partitions = partitions
	r := &rate{n: 7}
	return &engine{t: t, plan: p, row: &stage.Row{}, machine: stage.New(p, p.Stage("depot"), o), copies: r}, r
}

func (e *engine) parcel(value string, headers map[string]string) stage.Effects {
	return e.deliver(stage.Message{Topic: "parcels", Key: "k", Partition: murmur2.Partition("k", partitions),
		Value: []byte(value), Headers: headers})
}

// An event that waits is not to blame when the copy of a table cannot be read: nothing has happened, and it
// waits on.
func TestLaw3AnUnreadableCopyDropsNoEventThatWaits(t *testing.T) {
	e, copied := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)
	e.parcel(`{"Text":"b"}`, nil)

	broken := errors.New("the store is closed")
	copied.err = broken
	if ef, err := e.machine.Ask("k", "price", e.row, e.head("price"), copied); !errors.Is(err, broken) ||
		ef.Row != e.row || len(ef.Outputs) > 0 {
		t.Errorf("ask: %v, %+v", err, ef)
	}

	if ef, err := e.settle(stage.Answer{Call: e.calls[0], Value: "5"}); !errors.Is(err, broken) ||
		ef.Row != e.row || len(ef.Outputs) > 0 {
		t.Errorf("settle: %v, %+v", err, ef)
	}
}

// A check that cannot read is nobody's fault but the engine's: the answer is neither taken nor asked for
// again.
func TestLaw3AnUnreadableCopyAtCheckDropsNoAnswer(t *testing.T) {
	e, copied := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)

	copied.scan = errors.New("the store is closed")
	ef, err := e.settle(stage.Answer{Call: e.calls[1], Value: "by rail"})
	if !errors.Is(err, copied.scan) || ef.Row != e.row || len(ef.Outputs) > 0 {
		t.Errorf("%v, %+v", err, ef)
	}
	copied.scan = nil
	e.answer(e.calls[1], "by rail")
	e.expect("routes", e.values("routes"), `["by rail"]`)
}

// An answer without asking is held to the check too.
func TestLaw6WhatIsGivenUpIsChecked(t *testing.T) {
	e, copied := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)
	copied.n = 0

	for range 3 {
		e.answer(e.calls[len(e.calls)-1], "by rail")
	}

	if got := header(e.out[len(e.out)-1], "deadletter-error"); !strings.Contains(got,
		"the answer without asking does not hold either: no tariff") {
		t.Errorf("%s", got)
	}
}

// However much a call reads, its provenance stays small: it names the first rows and counts the others.
func TestReadsOfACallAreBounded(t *testing.T) {
	e, copied := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)
	answers := make(chan stage.Answer, 2)

	calls := stage.NewCalls(t.Context(), e.plan, e.plan.Stage("depot"), stage.CallOptions{
		Copies: copied,
		Lease:  func(context.Context) error { return nil },
		Answer: func(a stage.Answer) { answers <- a },
	})
	for _, c := range e.calls[:2] {
		calls.Take(c.Op)
		calls.Make(c)
	}

	for range 2 {
		a := <-answers
		var want []string
		if a.Call.Op == "route" {
			for i := range 64 {
				want = append(want, fmt.Sprintf("tariffs/%d@1", i))
			}

			want = append(want, "+36")
		}
		e.expect(a.Call.Op+" "+fmt.Sprint(a.Err), a.Reads, strings.Join(want, ","))
	}
}

func TestResumeAsksTheHeadOfEachOperator(t *testing.T) {
	e, _ := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)
	e.parcel(`{"Text":"b"}`, nil)
	e.calls = nil
	e.ask("price", "route")

	var asked []string
	for _, c := range e.calls {
		asked = append(asked, fmt.Sprint(c.Op, c.Attempt, c.Case))
	}
	e.expect("calls", asked, "[price2 {a 7} route2 {a 7}]")
}

// The answer to an event that has settled is not taken for the next one, though both are first attempts.
func TestLaw5AnAnswerOfAnotherEventIsIgnored(t *testing.T) {
	e, _ := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)
	e.parcel(`{"Text":"b"}`, nil)
	e.answer(e.calls[0], "5")

	if ef := e.answer(e.calls[0], "5"); !ef.Ignored {
		t.Errorf("%+v", ef)
	}
	e.expect("prices", e.values("prices"), `["5"]`)
}

func TestLaw5RecordsOfOneDecisionHaveIDsOfTheirOwn(t *testing.T) {
	e, _ := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, map[string]string{"traceparent": "00-1", "other": "stays"})
	e.answer(e.calls[0], "5 6")
	ids := []string{header(e.out[0], "ce_id"), header(e.out[1], "ce_id")}
	e.expect("ids", ids, []string{e.calls[0].ID, e.calls[0].ID + "/1"})
	e.expect("passed on", header(e.out[1], "traceparent")+header(e.out[1], "other"), "00-1")
}

func TestLaw6WhatIsGivenUpIsCheckedToo(t *testing.T) {
	e, _ := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)
	ef := e.apply(e.settle(stage.Answer{Call: e.calls[0], Err: errors.New("no model")}))
	e.expect("dead letters", ef.DeadLetters, 1)

	if got := header(ef.Outputs[0], "deadletter-error"); !strings.Contains(got,
		"does not hold either: bad is no offer") {
		t.Error(got)
	}
}

// Headers wait with their event, and count.
func TestLaw7HeadersOfWaitingEventsCount(t *testing.T) {
	e, _ := office(t, stage.Options{MaxRecord: 10_000})
	e.expect("dead letters", e.parcel(`{"Text":"a"}`,
		map[string]string{"x": strings.Repeat("x", 1000)}).DeadLetters, 0)
	e.expect("dead letters", e.parcel(`{"Text":"a"}`,
		map[string]string{"x": strings.Repeat("x", 9000)}).DeadLetters, 1)
	e.expect("dead letters", e.parcel(`{"Text":"a"}`,
		map[string]string{"ce_id": strings.Repeat("x", 9000)}).DeadLetters, 1)
}

// The key of the row is in the record of an event that waits, and counts.
func TestLaw7KeysOfWaitingEventsCount(t *testing.T) {
	e, _ := office(t, stage.Options{MaxRecord: 10_000})
	for size, dead := range map[int]int{1000: 0, 6000: 1} {
		key := strings.Repeat("k", size)
		ef := e.deliver(stage.Message{Topic: "parcels", Key: key, Partition: murmur2.Partition(key, partitions),
			Value: fmt.Appendf(nil, `{"Text":%q}`, strings.Repeat("x", 3000))})
		e.expect("dead letters", ef.DeadLetters, dead)
	}
}

// A time that no record can have would fail each commit.
func TestLaw8ATimeNoRecordCanHaveIsADeadLetter(t *testing.T) {
	for at, dead := range map[string]int{"1969-12-31T23:59:59Z": 1, "1970-01-01T00:00:00Z": 0,
		"2262-01-01T00:00:00Z": 0, "2263-01-01T00:00:00Z": 1, "0001-01-01T00:00:00Z": 0} {
		e, _ := office(t, stage.Options{})
		ef := e.parcel(fmt.Sprintf(`{"At":%q}`, at), nil)
		e.expect("dead letters at "+at, ef.DeadLetters, dead)
		e.expect("waiting", e.waiting(), 2-2*dead)
	}
}
