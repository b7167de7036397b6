package concierge

import (
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/llm"
)

// told is what a command would do and cost, in the words that the customer agrees to.
func told(t live, tool string, r airline.Rehearsal) (string, error) {
	switch tool {
	case airline.UpdateFlights:
		return toldChange(t, r)
	case airline.BookReservation:
		flights, err := itinerary(t, r)
		return fmt.Sprintf("I can book for you: %s, for %s, %d bags, insurance: %s. %s Shall I do it?",
			flights, people(r.After.Passengers), r.After.TotalBaggages, r.After.Insurance, cost(r)), err
	case airline.CancelReservation:
		return fmt.Sprintf("I can cancel reservation %s. %s Shall I do it?", r.After.ID, cost(r)), nil
	case airline.UpdateBaggages:
		return fmt.Sprintf("I can have %d checked bags in reservation %s, %d of them to be paid. %s Shall I do it?",
			r.After.TotalBaggages, r.After.ID, r.After.NonfreeBaggages, cost(r)), nil
	case airline.UpdatePassengers:
		return fmt.Sprintf("I can change who travels in reservation %s to %s. %s Shall I do it?", r.After.ID, people(r.After.Passengers), cost(r)), nil
	}
	return fmt.Sprintf("I can send you a certificate of $%v for reservation %s. Shall I do it?", r.Certificate, r.Before.ID), nil
}

func toldChange(t live, r airline.Rehearsal) (string, error) {
	flights, err := itinerary(t, r)
	why := ""
	if r.Waived {
		why = " The disruption is ours, so there is no charge."
		if r.Fare > 0 {
			why = fmt.Sprintf(" The fare is $%v higher, which is waived, because the disruption is ours.", r.Fare)
		}
	}
	return fmt.Sprintf("I can move reservation %s to %s. %s%s Shall I do it?", r.After.ID, flights, cost(r), why), err
}

// itinerary is the flights of a reservation with their times and seats.
func itinerary(t live, r airline.Rehearsal) (string, error) {
	var parts []string
	for _, l := range r.Legs {
		f, err := t.Flight(l.Flight)
		if err != nil {
			return "", err
		}
		part := fmt.Sprintf("%s on %s from %s to %s, leaving %s, arriving %s, %s", f.FlightNumber, f.Date, f.Origin, f.Destination,
			clock(f.Departure), clock(f.Arrival), cabinName(r.After.Cabin))
		if len(l.Seats) > 0 {
			part += ", seat " + seatNames(f, l.Seats)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; then "), nil
}

func cost(r airline.Rehearsal) string {
	new := r.After.PaymentHistory[min(len(r.Before.PaymentHistory), len(r.After.PaymentHistory)):]
	var by []string
	for _, p := range new {
		by = append(by, fmt.Sprintf("$%v by %s", max(p.Amount, -p.Amount), p.ID))
	}
	switch {
	case r.Due > 0:
		return fmt.Sprintf("It costs you $%v (%s).", r.Due, strings.Join(by, ", "))
	case r.Due < 0:
		return fmt.Sprintf("You get $%v back (%s).", -r.Due, strings.Join(by, ", "))
	}
	return "It costs you nothing."
}

func people(all []airline.Passenger) string {
	var names []string
	for _, p := range all {
		names = append(names, strings.TrimSpace(p.FirstName+" "+p.LastName))
	}
	return strings.Join(names, ", ")
}

// quoted is a name that somebody gave: data, in a prompt.
func quoted(name string) string { return llm.Quote(name) }
