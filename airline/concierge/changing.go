package concierge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/llm/agent"
)

// changing are the tools that write: what they would do is rehearsed, and told.
func (d desk) changing() []agent.Tool {
	return []agent.Tool{
		agent.Write(airline.UpdateFlights, "Move a reservation to other flights, or give it other seats.", d.change),
		agent.Write(airline.CancelReservation, "Cancel a reservation.", d.cancel),
		agent.Write(airline.UpdateBaggages, "Add checked bags.", d.bags),
		agent.Write(airline.UpdatePassengers, "Change who travels; not how many.", d.passengers),
		agent.Write(airline.BookReservation, "Book flights.", d.book),
		agent.Write(airline.SendCertificate, "Compensate the customer for a cancelled or delayed flight, if they ask for it.", d.compensate),
	}
}

type flight struct {
	Number string `json:"flight_number"`
	Date   string `json:"date,omitempty" jsonschema:"description=YYYY-MM-DD"`
}

type changeArgs struct {
	Reservation airline.ReservationID `json:"reservation_id,omitempty"`
	Flights     []flight              `json:"flights" jsonschema:"description=all flights that the reservation is to have"`
	Cabin       airline.Cabin         `json:"cabin,omitempty" jsonschema:"enum=basic_economy,enum=economy,enum=business"`
	Seat        airline.SeatKind      `json:"seat_preference,omitempty" jsonschema:"enum=window,enum=aisle"`
	Payment     string                `json:"payment_id,omitempty"`
}

// change moves a reservation. If the airline has disrupted it, this costs nothing as long as it may.
func (d desk) change(ctx context.Context, a changeArgs) (agent.Terms, error) {
	t := live{ctx}
	r, err := d.own(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	args := map[string]any{"reservation_id": r.ID, "cabin": cmp.Or(a.Cabin, r.Cabin), "flights": d.whole(r, a.Flights)}
	if seat := cmp.Or(a.Seat, liked(d.Row)); seat != "" {
		args["seat_preference"] = seat
	}
	if args["payment_id"], err = d.payment(t, r, a.Payment); err != nil {
		return agent.Terms{}, err
	}
	args["waiver"] = true
	terms, err := d.rehearse(t, airline.UpdateFlights, args)
	if why := new(airline.Refusal); errors.As(err, &why) && why.Code == airline.NoWaiver {
		delete(args, "waiver")
		terms, err = d.rehearse(t, airline.UpdateFlights, args)
	}
	if why := new(airline.Refusal); errors.As(err, &why) && why.Code == airline.SeatTaken && a.Seat == "" && args["seat_preference"] != nil {
		delete(args, "seat_preference") // a seat that they like, not one that they asked for
		terms, err = d.rehearse(t, airline.UpdateFlights, args)
	}
	return terms, err
}

// whole is the list of flights with those that were left out, and the dates. One flight for a reservation of several takes
// the place of the one on its route.
func (d desk) whole(r airline.Reservation, wanted []flight) []flight {
	for i := range wanted {
		if wanted[i].Date == "" {
			wanted[i].Date = r.Flights[min(i, len(r.Flights)-1)].Date
		}
	}
	if len(wanted) != 1 || len(r.Flights) < 2 {
		return wanted
	}
	all := make([]flight, 0, len(r.Flights))
	for _, s := range r.Flights {
		all = append(all, flight{s.FlightNumber, s.Date})
	}
	t := wanted[0]
	i := slices.IndexFunc(r.Flights, func(s airline.Segment) bool { return s.Date == t.Date })
	all[max(i, 0)] = t
	return all
}

// payment is the way of payment that a change uses: the one named, else the one that was paid with, else a card of theirs.
func (d desk) payment(t live, r airline.Reservation, named string) (string, error) {
	u, err := t.User(d.Key)
	if err != nil || named != "" {
		return named, err
	}
	for _, p := range slices.Backward(r.PaymentHistory) {
		if m, ok := u.PaymentMethods[p.ID]; ok && m.Source != airline.Certificate {
			return p.ID, nil
		}
	}
	return firstMethod(u), nil
}

// firstMethod is a credit card, else a gift card; "" if there is neither.
func firstMethod(u airline.User) string {
	for _, source := range []airline.Source{airline.CreditCard, airline.GiftCard} {
		var ids []string
		for id, m := range u.PaymentMethods {
			if m.Source == source {
				ids = append(ids, id)
			}
		}
		if len(ids) > 0 {
			return slices.Min(ids)
		}
	}
	return ""
}

type cancelArgs struct {
	Reservation airline.ReservationID `json:"reservation_id,omitempty"`
	Reason      string                `json:"reason" jsonschema:"enum=change of plan,enum=airline cancelled flight,enum=health,enum=weather,enum=other"`
}

func (d desk) cancel(ctx context.Context, a cancelArgs) (agent.Terms, error) {
	t := live{ctx}
	r, err := d.own(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	return d.rehearse(t, airline.CancelReservation, map[string]any{"reservation_id": r.ID, "reason": a.Reason})
}

type bagArgs struct {
	Reservation airline.ReservationID `json:"reservation_id,omitempty"`
	Total       int                   `json:"total_baggages" jsonschema:"description=all bags of the reservation then"`
	Payment     string                `json:"payment_id,omitempty"`
}

func (d desk) bags(ctx context.Context, a bagArgs) (agent.Terms, error) {
	t := live{ctx}
	r, err := d.own(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	u, err := t.User(d.Key)
	if err != nil {
		return agent.Terms{}, err
	}
	args := map[string]any{"reservation_id": r.ID, "total_baggages": a.Total,
		"nonfree_baggages": max(r.NonfreeBaggages, a.Total-airline.FreeBags(u.Membership, r.Cabin, r.Party()), 0)}
	if args["payment_id"], err = d.payment(t, r, a.Payment); err != nil {
		return agent.Terms{}, err
	}
	return d.rehearse(t, airline.UpdateBaggages, args)
}

type passengerArgs struct {
	Reservation airline.ReservationID `json:"reservation_id,omitempty"`
	Passengers  []airline.Passenger   `json:"passengers" jsonschema:"description=all who travel then"`
}

func (d desk) passengers(ctx context.Context, a passengerArgs) (agent.Terms, error) {
	t := live{ctx}
	r, err := d.own(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	return d.rehearse(t, airline.UpdatePassengers, map[string]any{"reservation_id": r.ID, "passengers": a.Passengers})
}

type bookArgs struct {
	Origin      string              `json:"origin"`
	Destination string              `json:"destination"`
	Type        string              `json:"flight_type,omitempty" jsonschema:"enum=one_way,enum=round_trip"`
	Cabin       airline.Cabin       `json:"cabin" jsonschema:"enum=basic_economy,enum=economy,enum=business"`
	Flights     []flight            `json:"flights"`
	Passengers  []airline.Passenger `json:"passengers"`
	Payments    []airline.Payment   `json:"payment_methods,omitempty"`
	Total       int                 `json:"total_baggages"`
	Insurance   string              `json:"insurance" jsonschema:"enum=yes,enum=no"`
	Seat        airline.SeatKind    `json:"seat_preference,omitempty" jsonschema:"enum=window,enum=aisle"`
}

// book sells flights. Without payment methods all of it is charged to one of theirs.
func (d desk) book(ctx context.Context, a bookArgs) (agent.Terms, error) {
	t := live{ctx}
	u, err := t.User(d.Key)
	if err != nil {
		return agent.Terms{}, err
	}
	for i := range a.Flights {
		a.Flights[i].Date = d.on(a.Flights[i].Date)
	}
	args := map[string]any{"user_id": d.Key, "origin": a.Origin, "destination": a.Destination, "flight_type": cmp.Or(a.Type, "one_way"),
		"cabin": a.Cabin, "flights": a.Flights, "passengers": a.Passengers, "payment_methods": a.Payments, "total_baggages": a.Total,
		"nonfree_baggages": max(0, a.Total-airline.FreeBags(u.Membership, a.Cabin, len(a.Passengers))), "insurance": a.Insurance}
	if seat := cmp.Or(a.Seat, liked(d.Row)); seat != "" {
		args["seat_preference"] = seat
	}
	if len(a.Payments) == 0 {
		args["payment_methods"] = []airline.Payment{}
		total, err := d.price(t, args)
		if err != nil {
			return agent.Terms{}, err
		}
		args["payment_methods"] = []airline.Payment{{ID: firstMethod(u), Amount: total}}
	}
	return d.rehearse(t, airline.BookReservation, args)
}

// price is what a booking costs: the desk says so, when nothing is paid.
func (d desk) price(t live, args map[string]any) (airline.Amount, error) {
	var flights []airline.Flight
	for _, f := range args["flights"].([]flight) {
		row, err := t.Flight(airline.FlightKey(f.Number, f.Date))
		if err != nil {
			return 0, err
		}
		flights = append(flights, row)
	}
	return airline.Price(flights, args["cabin"].(airline.Cabin), len(args["passengers"].([]airline.Passenger)), args["nonfree_baggages"].(int), args["insurance"] == "yes"), nil
}

type compensateArgs struct {
	Reservation airline.ReservationID `json:"reservation_id,omitempty"`
	Reason      string                `json:"reason" jsonschema:"enum=cancelled,enum=delayed"`
}

func (d desk) compensate(ctx context.Context, a compensateArgs) (agent.Terms, error) {
	t := live{ctx}
	r, err := d.own(t, a.Reservation)
	if err != nil {
		return agent.Terms{}, err
	}
	return d.rehearse(t, airline.SendCertificate, map[string]any{"user_id": d.Key, "reservation_id": r.ID, "reason": a.Reason,
		"amount": airline.Compensation(a.Reason, r.Party())})
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
	id := fmt.Sprintf("%s/%d.%d", d.Key, d.Turn.Turn, d.Turn.Step) // as the command will have
	r, err := airline.Rehearse(t, rules, d.Key, airline.Command{ID: id, Tool: tool, Arguments: b, By: "concierge", Time: d.Turn.Time})
	if err != nil {
		return agent.Terms{}, err
	}
	text, err := told(t, tool, r)
	return agent.Terms{Text: text, Tool: tool, Arguments: args, Agreed: airline.Agreement{Total: r.Due}}, err
}
