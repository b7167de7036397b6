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

// writeTools returns the tools that write. They only propose: what they would do is rehearsed, and told to
// the customer.
func (d desk) writeTools() []agent.Tool {
	return []agent.Tool{
		agent.Write(vocab.UpdateFlights,
			"Move a reservation to other flights, or give it another cabin or other seats.", d.change),
		agent.Write(vocab.CancelReservation, "Cancel a reservation.", d.cancel),
		agent.Write(vocab.UpdateBaggages, "Add checked bags.", d.bags),
		agent.Write(vocab.UpdatePassengers, "Change who travels; not how many.", d.passengers),
		agent.Write(vocab.BookReservation, "Book flights.", d.book),
		agent.Write(vocab.SendCertificate,
			"Compensate the customer for a cancelled or delayed flight, if they ask for it.", d.compensate),
	}
}

type changeArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
	Flights     []flight            `json:"flights,omitempty" jsonschema:"the new flights; those that go another way stay"`
	Cabin       vocab.Cabin         `json:"cabin,omitempty" enum:"basic_economy,economy,business"`
	Seat        vocab.SeatKind      `json:"seat_preference,omitempty" enum:"window,aisle"`
	Payment     string              `json:"payment_id,omitempty"`
}

// change moves a reservation. If the airline has disrupted it and a waiver applies, it costs nothing.
func (d desk) change(ctx context.Context, a changeArgs) (agent.Terms, error) {
	t := liveTables(ctx)

	to, err := withRoutes(t, a.Flights)
	if err != nil {
		return agent.Terms{}, err
	}

	r, err := d.reservationToMove(t, a.Reservation, to)
	if err != nil {
		return agent.Terms{}, err
	}

	all, err := d.newFlights(t, r, to)
	if err != nil {
		return agent.Terms{}, err
	}

	args := map[string]any{
		"reservation_id": r.ID,
		"cabin":          cmp.Or(a.Cabin, r.Cabin),
		"flights":        all,
		"waiver":         true,
	}
	if seat := cmp.Or(a.Seat, preferredSeat(d.Row)); seat != "" {
		args["seat_preference"] = seat
	}

	if args["payment_id"], err = d.payment(t, r, a.Payment); err != nil {
		return agent.Terms{}, err
	}

	return d.rehearseLeniently(t, vocab.UpdateFlights, args, a.Seat)
}

// rehearseLeniently rehearses a command. If the desks refuse what code has added, it tries again without: a
// waiver, or a seat that the customer prefers but did not ask for.
func (d desk) rehearseLeniently(
	t live, tool string, args map[string]any, asked vocab.SeatKind,
) (agent.Terms, error) {
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
	t := liveTables(ctx)

	r, err := d.ownReservation(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	return d.rehearse(t, vocab.CancelReservation,
		map[string]any{"reservation_id": r.ID, "reason": a.Reason})
}

// ownWithUser returns a reservation of the customer, and their own row.
func (d desk) ownWithUser(t live, id vocab.ReservationID) (reservations.Reservation, payments.User, error) {
	r, err := d.ownReservation(t, id)
	if err != nil {
		return r, payments.User{}, err
	}

	u, err := t.User(d.Key)
	return r, u, err
}

type bagArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
	Total       int                 `json:"total_baggages" jsonschema:"all bags of the reservation then"`
	Payment     string              `json:"payment_id,omitempty"`
}

func (d desk) bags(ctx context.Context, a bagArgs) (agent.Terms, error) {
	t := liveTables(ctx)

	r, u, err := d.ownWithUser(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}

	free := reservations.FreeBags(u.Membership, r.Cabin, r.Party())
	args := map[string]any{
		"reservation_id":   r.ID,
		"total_baggages":   a.Total,
		"nonfree_baggages": max(r.NonfreeBaggages, a.Total-free, 0),
	}
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
	t := liveTables(ctx)

	r, u, err := d.ownWithUser(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}

	travellers, err := passengersOf(a.Passengers, u, r.Passengers)
	if err != nil {
		return agent.Terms{}, err
	}

	return d.rehearse(t, vocab.UpdatePassengers,
		map[string]any{"reservation_id": r.ID, "passengers": travellers})
}

type compensateArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
	Reason      string              `json:"reason,omitempty" enum:"cancelled,delayed"`
}

// compensate looks for a reservation and a reason that the desks accept. If there is none, it returns why the
// nearest one is refused.
func (d desk) compensate(ctx context.Context, a compensateArgs) (agent.Terms, error) {
	t := liveTables(ctx)

	all, err := d.complaints(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}

	var first error
	for _, r := range all {
		for _, reason := range []string{"cancelled", "delayed"} {
			if a.Reason != "" && a.Reason != reason {
				continue
			}

			terms, err := d.rehearse(t, vocab.SendCertificate, map[string]any{
				"user_id":        d.Key,
				"reservation_id": r.ID,
				"reason":         reason,
				"amount":         reservations.Compensation(reason, r.Party()),
			})
			if err == nil {
				return terms, nil
			}
			first = cmp.Or(first, err)
		}
	}

	return agent.Terms{}, cmp.Or(first, errNoReservation)
}

// complaints returns the reservations that a complaint can be about: the one that is named, otherwise all.
func (d desk) complaints(t live, id vocab.ReservationID) (all []reservations.Reservation, err error) {
	if id != "" {
		r, err := d.reservationByID(t, id)
		return []reservations.Reservation{r}, err
	}

	trips, err := trips(t, d.Key, d.Turn.Time)
	for _, one := range trips {
		all = append(all, one.Reservation)
	}

	return all, err
}

// rehearse runs a command on a copy of the rows as they are, and returns what it would do.
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

	r, err := rehearse.Play(t, rules, d.Key,
		vocab.Command{ID: id, Tool: tool, Arguments: b, By: "concierge", Time: d.Turn.Time})
	if err != nil {
		return agent.Terms{}, err
	}

	text, err := terms{t, u, r}.text(tool)
	agreed := vocab.Agreement{Total: r.Due}

	return agent.Terms{Text: text, Tool: tool, Arguments: json.RawMessage(b), Agreed: agreed}, err
}
