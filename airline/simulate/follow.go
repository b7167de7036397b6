package simulate

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

// follow reads the airline's topics until ctx ends, and keeps track of what is outstanding and of the
// progress. It reads tables by their changelogs, as any other consumer would. A record that can't be decoded
// is skipped: the worker makes it a dead letter.
func (r *Replay) follow(ctx context.Context) error {
	o, t := r.outstanding, r.tracker
	handlers := map[string]func(topology.Record){
		topology.Changelog(r.Topology, flights.Table):  decoded(o.flightRow),
		topology.Changelog(r.Topology, journeys.Table): decoded(o.customerRow),
		string(vocab.Disruptions):                      both(decoded(o.disruption), decoded(t.disruption)),
		string(vocab.Orders):                           decoded(o.order),
		string(vocab.ReservationUpdates):               decoded(o.update),
		string(vocab.SeatRequests):                     decoded(o.seatRequest),
		string(vocab.SeatReplies):                      both(decoded(o.seatReply), decoded(t.seatReply)),
		string(vocab.Decisions):                        both(decoded(o.decision), decoded(t.decision)),
		string(vocab.Notifications):                    decoded(o.notification),
	}

	g, ctx := errgroup.WithContext(ctx)
	for topic, handle := range handlers {
		g.Go(func() error {
			for rec, err := range r.Client.Follow(ctx, topic, processors.FollowOptions{FromBeginning: true}) {
				if err != nil {
					return fmt.Errorf("follow %s: %w", topic, err)
				}
				handle(rec)
			}
			return ctx.Err()
		})
	}

	return g.Wait()
}

// decoded makes a handler of values a handler of records.
func decoded[V any](handle func(key string, v V)) func(topology.Record) {
	return func(r topology.Record) {
		var v V
		if json.Unmarshal(r.Value, &v) == nil {
			handle(r.Key, v)
		}
	}
}

func both(a, b func(topology.Record)) func(topology.Record) {
	return func(r topology.Record) { a(r); b(r) }
}

// The keys of what is outstanding. An error names them if nothing moves.
func flightKey(id string) string        { return "flight " + id }
func bookingKey(customer string) string { return "booking of " + customer }
func caseKey(customer string) string    { return "case of " + customer }
func disruptionKey(customer, flight string) string {
	return "disruption of " + customer + " on " + flight
}
func orderKey(id string) string  { return "command " + id }
func noticeKey(id string) string { return "notice of " + id }

func seatsKey(r vocab.ReservationID, n int) string {
	return fmt.Sprintf("seat request %d of %s", n, r)
}

// severities, mildest first.
var severities = []vocab.Severity{vocab.SeverityLate, vocab.SeverityLongDelay, vocab.SeverityCancelled,
	vocab.SeverityDiverted}

func severityLevel(s vocab.Severity) int64 { return int64(1 + slices.Index(severities, s)) }

func (o *outstanding) flightRow(id string, f flights.Flight) { o.reach(flightKey(id), f.AsOf.Unix()) }

// customerRow has a level for each booking and each disruption the customer has heard of. Their case is open
// while one of their journeys is: then it takes so many decisions more.
func (o *outstanding) customerRow(id string, c journeys.Customer) {
	open := 0
	for _, j := range c.Journeys {
		if j.Status != "" && j.Awaits == "" {
			o.reach(bookingKey(id), 1)
		}

		if j.Open != nil {
			open++
		}

		for flight, news := range j.Heard {
			o.reach(disruptionKey(id, string(flight)), severityLevel(news.Severity))
		}
	}

	o.reach(caseKey(id), int64(c.Decisions))

	if open > 0 {
		o.expect(caseKey(id), int64(c.Decisions+open))
	}
}

func (o *outstanding) disruption(id string, d vocab.Disruption) {
	o.expect(disruptionKey(id, string(d.Flight)), severityLevel(d.Severity))
}

// order expects an update for each command of the airline's own agents.
func (o *outstanding) order(_ string, c vocab.Order) {
	if c.Airline {
		o.expect(orderKey(c.ID), 1)
	}
}

func (o *outstanding) update(_ string, u vocab.ReservationUpdate) {
	o.reach(orderKey(u.Command), 1)

	if u.Text != "" {
		o.expect(noticeKey(u.Command), 1)
	}
}

func (o *outstanding) seatRequest(_ string, r vocab.SeatRequest) {
	o.expect(seatsKey(r.Reservation, r.Seq), 1)
}

func (o *outstanding) seatReply(_ string, r vocab.SeatReply) {
	o.reach(seatsKey(r.Reservation, r.Seq), 1)
}

func (o *outstanding) decision(_ string, d vocab.Decision) { o.expect(noticeKey(string(d.Case)), 1) }

func (o *outstanding) notification(_ string, n vocab.Notification) {
	o.reach(noticeKey(cmp.Or(string(n.Case), n.Command)), 1)
}
