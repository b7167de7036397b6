package concierge

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/rehearse"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// terms tell a customer what a command would do and cost, in the words that they agree to.
type terms struct {
	tables live
	user   payments.User
	rehearse.Rehearsal
}

func (t terms) told(tool string) (string, error) {
	what, err := t.what(tool)
	if tool != vocab.SendCertificate {
		what += " " + t.cost()
	}
	return what + " Shall I do it?", err
}

func (t terms) what(tool string) (string, error) {
	id := t.After.ID
	switch tool {
	case vocab.UpdateFlights:
		return t.change()
	case vocab.BookReservation:
		flights, err := t.legs(t.Legs)
		return fmt.Sprintf("I can book for you: %s, for %s, %s, %s.", flights, people(t.After.Passengers), bags(t.After), insured(t.After)), err
	case vocab.CancelReservation:
		return fmt.Sprintf("I can cancel reservation %s (%s, for %s).", id, itinerary(t.Before), people(t.Before.Passengers)), nil
	case vocab.UpdateBaggages:
		return fmt.Sprintf("I can have %s in reservation %s (%s).", bags(t.After), id, itinerary(t.Before)), nil
	case vocab.UpdatePassengers:
		return fmt.Sprintf("I can change who travels in reservation %s (%s) from %s to %s.", id, itinerary(t.Before), people(t.Before.Passengers), people(t.After.Passengers)), nil
	}
	return fmt.Sprintf("I can send you a certificate of $%v for reservation %s (%s).", t.Certificate, id, itinerary(t.Before)), nil
}

// change tells what is new of a reservation, what it replaces, and what stays.
func (t terms) change() (string, error) {
	var anew, kept []vocab.Leg
	for _, l := range t.Legs {
		if t.Before.Cabin == t.After.Cabin && has(t.Before, l.Flight) {
			kept = append(kept, l)
		} else {
			anew = append(anew, l)
		}
	}
	if len(anew) == 0 {
		flights, err := t.legs(kept)
		return fmt.Sprintf("I can give you these seats in reservation %s: %s.", t.After.ID, flights), err
	}
	flights, err := t.legs(anew)
	text := fmt.Sprintf("I can move reservation %s to %s", t.After.ID, flights)
	if left := t.left(); len(left) > 0 {
		text += ", instead of " + strings.Join(left, " and ")
	}
	for _, l := range kept {
		text += fmt.Sprintf("; %s on %s stays as it is", l.Flight.Number(), l.Flight.Date())
	}
	return text + ".", err
}

// left are the flights that would be given up, with the day if it is the day that changes.
func (t terms) left() (all []string) {
	for _, s := range t.Before.Flights {
		if has(t.After, s.Flight()) {
			continue
		}
		name := s.FlightNumber
		if !slices.ContainsFunc(t.After.Flights, func(n vocab.Segment) bool { return n.Date == s.Date }) {
			name += " on " + s.Date
		}
		all = append(all, name)
	}
	return all
}

func has(d vocab.ReservationDetails, f vocab.FlightID) bool {
	return slices.ContainsFunc(d.Flights, func(s vocab.Segment) bool { return s.Flight() == f })
}

// legs are flights with their times and seats.
func (t terms) legs(legs []vocab.Leg) (string, error) {
	var parts []string
	for _, l := range legs {
		f, err := t.tables.Flight(l.Flight)
		if err != nil {
			return "", err
		}
		part := fmt.Sprintf("%s on %s from %s to %s, leaving %s, arriving %s, %s", f.FlightNumber, f.Date, f.Origin, f.Destination,
			clock(f.Departure, f.Date), clock(f.Arrival, f.Date), cabinName(t.After.Cabin))
		if len(l.Seats) > 0 {
			part += ", " + seatNames(f, l.Seats)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; then "), nil
}

// cost is what is paid or given back, and by which method.
func (t terms) cost() string {
	switch {
	case t.Due > 0:
		return fmt.Sprintf("It costs you $%v%s.", t.Due, t.by(" on ", 1)) + t.lost()
	case t.Due < 0:
		return fmt.Sprintf("You get $%v back%s, within 5 to 7 business days.", -t.Due, t.by(" to ", -1))
	case t.Waived && t.Fare > 0:
		return fmt.Sprintf("It costs you nothing. The fare is $%v higher, which is waived, because the disruption is ours.", t.Fare)
	case t.Waived:
		return "It costs you nothing. The disruption is ours, so there is no charge."
	}
	return "It costs you nothing."
}

// by are the methods that pay, or are paid to, each with the sum of it if there are several.
func (t terms) by(word string, sign vocab.Amount) (text string) {
	sums, ids := t.payments()
	for i, id := range ids {
		switch {
		case len(ids) == 1:
			return "," + word + inWords(t.user, id)
		case i > 0:
			text += ","
		default:
			text += ":"
		}
		text += fmt.Sprintf(" $%v%s%s", sums[id]*sign, word, inWords(t.user, id))
	}
	return text
}

// payments are those that the command would add, summed up by method.
func (t terms) payments() (sums map[string]vocab.Amount, ids []string) {
	sums = map[string]vocab.Amount{}
	for _, p := range t.After.PaymentHistory[min(len(t.Before.PaymentHistory), len(t.After.PaymentHistory)):] {
		if _, seen := sums[p.ID]; !seen {
			ids = append(ids, p.ID)
		}
		sums[p.ID] += p.Amount
	}
	return sums, ids
}

// lost is what a certificate is worth beyond what it pays: it can be used once only.
func (t terms) lost() (text string) {
	sums, ids := t.payments()
	for _, id := range ids {
		m := t.user.PaymentMethods[id]
		if rest := balance(m) - sums[id]; m.Source == vocab.Certificate && rest > 0 {
			text += fmt.Sprintf(" The certificate is used up by this; its other $%v are lost.", rest)
		}
	}
	return text
}

func bags(d vocab.ReservationDetails) string {
	switch {
	case d.TotalBaggages == 0:
		return "no checked bags"
	case d.NonfreeBaggages == 0:
		return fmt.Sprintf("%s free of charge", counted(d.TotalBaggages, "checked bag"))
	}
	return fmt.Sprintf("%s (%d to be paid)", counted(d.TotalBaggages, "checked bag"), d.NonfreeBaggages)
}

func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

func insured(d vocab.ReservationDetails) string {
	if d.Insurance == "yes" {
		return "with travel insurance"
	}
	return "without travel insurance"
}

// people are the names of who travels.
func people(all []vocab.Passenger) string {
	var names []string
	for _, p := range all {
		if name := spoken(p.FirstName + " " + p.LastName); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return counted(len(all), "passenger")
	}
	return strings.Join(names, ", ")
}

// maxName bounds a name, in characters.
const maxName = 60

// spoken is a name with nothing in it but what names have: terms are code's words, and nobody else's.
func spoken(name string) string {
	letters := []rune(strings.Join(strings.Fields(strings.Map(ofName, name)), " "))
	return strings.TrimSpace(string(letters[:min(maxName, len(letters))]))
}

func ofName(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsMark(r) || strings.ContainsRune(" .'’-", r) {
		return r
	}
	return -1
}
