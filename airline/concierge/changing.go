package concierge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/rehearse"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/agent"
)

// changing are the tools that write: what they would do is rehearsed, and told.
func (d desk) changing() []agent.Tool {
	return []agent.Tool{
		agent.Write(vocab.UpdateFlights, "Move a reservation to other flights, or give it another cabin or other seats.", d.change),
		agent.Write(vocab.CancelReservation, "Cancel a reservation.", d.cancel),
		agent.Write(vocab.UpdateBaggages, "Add checked bags.", d.bags),
		agent.Write(vocab.UpdatePassengers, "Change who travels; not how many.", d.passengers),
		agent.Write(vocab.BookReservation, "Book flights.", d.book),
		agent.Write(vocab.SendCertificate, "Compensate the customer for a cancelled or delayed flight, if they ask for it.", d.compensate),
	}
}

type changeArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
	Flights     []flight            `json:"flights,omitempty" jsonschema:"the new flights; those that go another way stay"`
	Cabin       vocab.Cabin         `json:"cabin,omitempty" enum:"basic_economy,economy,business"`
	Seat        vocab.SeatKind      `json:"seat_preference,omitempty" enum:"window,aisle"`
	Payment     string              `json:"payment_id,omitempty"`
}

// change moves a reservation. If the airline has disrupted it, this costs nothing as long as it may.
func (d desk) change(ctx context.Context, a changeArgs) (agent.Terms, error) {
	t := liveIn(ctx)
	to, err := routed(t, a.Flights)
	if err != nil {
		return agent.Terms{}, err
	}
	r, err := d.moving(t, a.Reservation, to)
	if err != nil {
		return agent.Terms{}, err
	}
	flights, err := d.whole(t, r, to)
	if err != nil {
		return agent.Terms{}, err
	}
	args := map[string]any{"reservation_id": r.ID, "cabin": cmp.Or(a.Cabin, r.Cabin), "flights": flights, "waiver": true}
	if seat := cmp.Or(a.Seat, liked(d.Row)); seat != "" {
		args["seat_preference"] = seat
	}
	if args["payment_id"], err = d.payment(t, r, a.Payment); err != nil {
		return agent.Terms{}, err
	}
	return d.relenting(t, vocab.UpdateFlights, args, a.Seat)
}

// relenting rehearses without what code has added and the desks refuse: a waiver, and a seat that the customer likes but
// did not ask for.
func (d desk) relenting(t live, tool string, args map[string]any, asked vocab.SeatKind) (agent.Terms, error) {
	for {
		terms, err := d.rehearse(t, tool, args)
		var why *vocab.Refusal
		switch {
		case !errors.As(err, &why):
			return terms, err
		case why.Code == vocab.NoWaiver && args["waiver"] != nil:
			delete(args, "waiver")
		case why.Code == vocab.SeatTaken && args["seat_preference"] != nil && asked == "":
			delete(args, "seat_preference")
		default:
			return terms, err
		}
	}
}

type cancelArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
	Reason      string              `json:"reason" enum:"change of plan,airline cancelled flight,health,weather,other"`
}

func (d desk) cancel(ctx context.Context, a cancelArgs) (agent.Terms, error) {
	t := liveIn(ctx)
	r, err := d.own(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	return d.rehearse(t, vocab.CancelReservation, map[string]any{"reservation_id": r.ID, "reason": a.Reason})
}

// theirs are a reservation of the customer, and their own row.
func (d desk) theirs(t live, id vocab.ReservationID) (r reservations.Reservation, u payments.User, err error) {
	if r, err = d.own(t, id); err == nil {
		u, err = t.User(d.Key)
	}
	return r, u, err
}

type bagArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
	Total       int                 `json:"total_baggages" jsonschema:"all bags of the reservation then"`
	Payment     string              `json:"payment_id,omitempty"`
}

func (d desk) bags(ctx context.Context, a bagArgs) (agent.Terms, error) {
	t := liveIn(ctx)
	r, u, err := d.theirs(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	args := map[string]any{"reservation_id": r.ID, "total_baggages": a.Total,
		"nonfree_baggages": max(r.NonfreeBaggages, a.Total-reservations.FreeBags(u.Membership, r.Cabin, r.Party()), 0)}
	if args["payment_id"], err = d.payment(t, r, a.Payment); err != nil {
		return agent.Terms{}, err
	}
	return d.rehearse(t, vocab.UpdateBaggages, args)
}

type passengerArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
	Passengers  []person            `json:"passengers" jsonschema:"all who travel then"`
}

func (d desk) passengers(ctx context.Context, a passengerArgs) (agent.Terms, error) {
	t := liveIn(ctx)
	r, u, err := d.theirs(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	travellers, err := travelling(a.Passengers, u, r.Passengers)
	if err != nil {
		return agent.Terms{}, err
	}
	return d.rehearse(t, vocab.UpdatePassengers, map[string]any{"reservation_id": r.ID, "passengers": travellers})
}

type compensateArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
	Reason      string              `json:"reason,omitempty" enum:"cancelled,delayed"`
}

// compensate finds what the customer is due for: a reservation and a reason that the desks grant, or else why not for the
// one that is nearest.
func (d desk) compensate(ctx context.Context, a compensateArgs) (agent.Terms, error) {
	t := liveIn(ctx)
	all, err := d.complained(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	var first error
	for _, r := range all {
		for _, reason := range []string{"cancelled", "delayed"} {
			if a.Reason != "" && a.Reason != reason {
				continue
			}
			terms, err := d.rehearse(t, vocab.SendCertificate, map[string]any{"user_id": d.Key, "reservation_id": r.ID, "reason": reason,
				"amount": reservations.Compensation(reason, r.Party())})
			if err == nil {
				return terms, nil
			}
			first = cmp.Or(first, err)
		}
	}
	return agent.Terms{}, cmp.Or(first, errNobody)
}

// complained are the reservations that a complaint can be about: the one named, or else all.
func (d desk) complained(t live, id vocab.ReservationID) (all []reservations.Reservation, err error) {
	if id != "" {
		r, err := d.named(t, id)
		return []reservations.Reservation{r}, err
	}
	trips, err := trips(t, d.Key, d.Turn.Time)
	for _, one := range trips {
		all = append(all, one.Reservation)
	}
	return all, err
}

// rehearse plays a command on the rows as they are, and tells what it would do.
func (d desk) rehearse(t live, tool string, args map[string]any) (agent.Terms, error) {
	b, err := json.Marshal(args)
	if err != nil {
		return agent.Terms{}, err
	}
	rules, err := t.rules()
	if err != nil {
		return agent.Terms{}, err
	}
	u, err := t.User(d.Key)
	if err != nil {
		return agent.Terms{}, err
	}
	id := fmt.Sprintf("%s/%d.%d", d.Key, d.Turn.Turn, d.Turn.Step) // as the command will have
	r, err := rehearse.Play(t, rules, d.Key, vocab.Command{ID: id, Tool: tool, Arguments: b, By: "concierge", Time: d.Turn.Time})
	if err != nil {
		return agent.Terms{}, err
	}
	text, err := terms{t, u, r}.told(tool)
	return agent.Terms{Text: text, Tool: tool, Arguments: json.RawMessage(b), Agreed: vocab.Agreement{Total: r.Due}}, err
}
