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

func (clerk) Check(_ offer, a string) error {
	if a == "bad" {
		return errors.New("bad is no offer")
	}
	return nil
}

func (clerk) GiveUp(offer, error) (string, error) { return "bad", nil }

func post() *topology.Topology {
	t := topology.New("post")
	topology.SetTopic(t, parcels, topology.TopicConfig[parcel]{Time: func(p parcel) time.Time { return p.At }})
	topology.Fold(tariffs, topology.From(t, ratings), topology.Latest)
	kept := topology.Fold(depot, topology.From(t, parcels), topology.Latest)
	offers := topology.Lookup(topology.Map(kept, func(p parcel) offer { return offer{Text: p.Text} }), tariffs,
		func(offer) string { return "base" }, func(o offer, rate int) offer { o.Rate = rate; return o })
	ask := clerk{func(context.Context, offer) (string, error) { return "", nil }}
	priced, _ := topology.Async(offers, "price", ask, topology.Policy[offer]{})
	topology.FlatMap(priced, strings.Fields).To(prices)
	routed, _ := topology.Async(offers, "route", ask, topology.Policy[offer]{})
	routed.To(routes)
	return t
}

// A rate is the copy of tariffs: one number, or an error.
type rate struct {
	n   int
	err error
}

func (r *rate) Lookup(string, string) ([]byte, int64, error) {
	return fmt.Appendf(nil, "%d", r.n), 1, r.err
}

func office(t *testing.T, o stage.Options) (*engine, *rate) {
	p, err := post().Plan()
	if err != nil {
		t.Fatal(err)
	}
	o.Partitions = partitions
	r := &rate{n: 7}
	return &engine{t: t, row: &stage.Row{}, machine: stage.New(p, p.Stage("depot"), o), copies: r}, r
}

func (e *engine) parcel(value string, headers map[string]string) stage.Effects {
	return e.deliver(stage.Message{Topic: "parcels", Key: "k", Partition: murmur2.Partition("k", partitions), Value: []byte(value), Headers: headers})
}

// An event that waits is not to blame when the copy of a table cannot be read: nothing has happened, and it waits on.
func TestLaw3AnUnreadableCopyDropsNoEventThatWaits(t *testing.T) {
	e, copied := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)
	e.parcel(`{"Text":"b"}`, nil)
	broken := errors.New("the store is closed")
	copied.err = broken
	if ef, err := e.machine.Resume("k", e.row, copied); !errors.Is(err, broken) || ef.Row != e.row || len(ef.Outputs) > 0 {
		t.Errorf("resume: %v, %+v", err, ef)
	}
	if ef, err := e.machine.Settle(stage.Answer{Call: e.calls[0], Value: "5"}, e.row, copied); !errors.Is(err, broken) || ef.Row != e.row || len(ef.Outputs) > 0 {
		t.Errorf("settle: %v, %+v", err, ef)
	}
}

func TestResumeAsksTheHeadOfEachOperator(t *testing.T) {
	e, _ := office(t, stage.Options{})
	e.parcel(`{"Text":"a"}`, nil)
	e.parcel(`{"Text":"b"}`, nil)
	e.calls = nil
	e.apply(e.machine.Resume("k", e.row, e.copies))
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
	ef := e.apply(e.machine.Settle(stage.Answer{Call: e.calls[0], Err: errors.New("no model")}, e.row, e.copies))
	e.expect("dead letters", ef.DeadLetters, 1)
	if got := header(ef.Outputs[0], "deadletter-error"); !strings.Contains(got, "does not hold either: bad is no offer") {
		t.Error(got)
	}
}

// Headers wait with their event, and count.
func TestLaw7HeadersOfWaitingEventsCount(t *testing.T) {
	e, _ := office(t, stage.Options{MaxRecord: 10_000})
	e.expect("dead letters", e.parcel(`{"Text":"a"}`, map[string]string{"x": strings.Repeat("x", 1000)}).DeadLetters, 0)
	e.expect("dead letters", e.parcel(`{"Text":"a"}`, map[string]string{"x": strings.Repeat("x", 9000)}).DeadLetters, 1)
	e.expect("dead letters", e.parcel(`{"Text":"a"}`, map[string]string{"ce_id": strings.Repeat("x", 9000)}).DeadLetters, 1)
}

// A time that no record can have would fail each commit.
func TestLaw8ATimeNoRecordCanHaveIsADeadLetter(t *testing.T) {
	for at, dead := range map[string]int{"1969-12-31T23:59:59Z": 1, "1970-01-01T00:00:00Z": 0, "2262-01-01T00:00:00Z": 0, "2263-01-01T00:00:00Z": 1, "0001-01-01T00:00:00Z": 0} {
		e, _ := office(t, stage.Options{})
		ef := e.parcel(fmt.Sprintf(`{"At":%q}`, at), nil)
		e.expect("dead letters at "+at, ef.DeadLetters, dead)
		e.expect("waiting", len(e.row.Pending), 2-2*dead)
	}
}
