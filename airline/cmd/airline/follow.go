package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"golang.org/x/sync/errgroup"
)

// follow keeps ledger and board by what the topics say, until ctx ends. Tables are read by their changelogs, as any other
// consumer would. A record that is not what it should be is left to the worker, which makes it a dead letter.
func follow(ctx context.Context, client *processors.Client, t *topology.Topology, l *ledger, b *board) error {
	takes := map[string]func(topology.Record){
		topology.Changelog(t, flights.Table):  taking(l.flightRow),
		topology.Changelog(t, journeys.Table): taking(l.customerRow),
		string(vocab.Disruptions):             both(taking(l.disruption), taking(b.disruption)),
		string(vocab.Orders):                  taking(l.order),
		string(vocab.ReservationUpdates):      taking(l.update),
		string(vocab.SeatRequests):            taking(l.seatRequest),
		string(vocab.SeatReplies):             both(taking(l.seatReply), taking(b.seatReply)),
		string(vocab.Decisions):               both(taking(l.decision), taking(b.decision)),
		string(vocab.Notifications):           taking(l.notification),
	}
	g, ctx := errgroup.WithContext(ctx)
	for topic, take := range takes {
		g.Go(func() error {
			for r, err := range client.Follow(ctx, topic, processors.FollowOptions{FromBeginning: true}) {
				if err != nil {
					return fmt.Errorf("follow %s: %w", topic, err)
				}
				take(r)
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}

func taking[V any](take func(key string, v V)) func(topology.Record) {
	return func(r topology.Record) {
		var v V
		if json.Unmarshal(r.Value, &v) == nil {
			take(r.Key, v)
		}
	}
}

func both(a, b func(topology.Record)) func(topology.Record) {
	return func(r topology.Record) { a(r); b(r) }
}

// The keys of a ledger, for people too: they are named if nothing moves.
func flightKey(id string) string             { return "flight " + id }
func bookingKey(customer string) string      { return "booking of " + customer }
func caseKey(customer string) string         { return "case of " + customer }
func toldKey(customer, flight string) string { return "disruption of " + customer + " on " + flight }
func orderKey(id string) string              { return "command " + id }
func seatsKey(r vocab.ReservationID, n int) string {
	return fmt.Sprintf("seat request %d of %s", n, r)
}
func noticeKey(id string) string  { return "notice of " + id }
func rank(s vocab.Severity) int64 { return int64(1 + slices.Index(severities, s)) }

// severities, mildest first.
var severities = []vocab.Severity{vocab.SeverityLate, vocab.SeverityLongDelay, vocab.SeverityCancelled, vocab.SeverityDiverted}

func (l *ledger) flightRow(id string, f flights.Flight) { l.got(flightKey(id), f.AsOf.Unix()) }

func (l *ledger) customerRow(id string, c journeys.Customer) {
	open := 0
	for _, j := range c.Journeys {
		if j.Status != "" && j.Awaits == "" {
			l.got(bookingKey(id), 1)
		}
		if j.Open != nil {
			open++
		}
		for flight, news := range j.Heard {
			l.got(toldKey(id, string(flight)), rank(news.Severity))
		}
	}
	l.got(caseKey(id), int64(c.Decisions))
	if open > 0 {
		l.want(caseKey(id), int64(c.Decisions+open))
	}
}

func (l *ledger) disruption(id string, d vocab.Disruption) {
	l.want(toldKey(id, string(d.Flight)), rank(d.Severity))
}

// order expects an update of each command by the airline's own agents.
func (l *ledger) order(_ string, o vocab.Order) {
	if o.Airline {
		l.want(orderKey(o.ID), 1)
	}
}

func (l *ledger) update(_ string, u vocab.ReservationUpdate) {
	l.got(orderKey(u.Command), 1)
	if u.Text != "" {
		l.want(noticeKey(u.Command), 1)
	}
}

func (l *ledger) seatRequest(_ string, r vocab.SeatRequest) {
	l.want(seatsKey(r.Reservation, r.Seq), 1)
}

func (l *ledger) seatReply(_ string, r vocab.SeatReply) { l.got(seatsKey(r.Reservation, r.Seq), 1) }

func (l *ledger) decision(_ string, d vocab.Decision) { l.want(noticeKey(string(d.Case)), 1) }

func (l *ledger) notification(_ string, n vocab.Notification) {
	l.got(noticeKey(cmp.Or(string(n.Case), n.Command)), 1)
}
