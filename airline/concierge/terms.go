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

// terms tell a customer what a command would do and cost. These are the words that they agree to.
type terms struct {
	tables live
	user   payments.User
	rehearse.Rehearsal
}

func (t terms) text(tool string) (string, error) {
	what, err := t.action(tool)
	if tool != vocab.SendCertificate {
		what += " " + t.cost()
	}
	return what + " Shall I do it?", err
}

func (t terms) action(tool string) (string, error) {
	id := t.After.ID
	switch tool {
	case vocab.UpdateFlights:
		return t.change()
	case vocab.BookReservation:
		flights, err := t.legs(t.Legs)
		return fmt.Sprintf("I can book for you: %s, for %s, %s, %s.", flights, people(t.After.Passengers),
			bags(t.After), insuranceText(t.After)), err
	case vocab.CancelReservation:
		return fmt.Sprintf("I can cancel reservation %s (%s, for %s).", id, itinerary(t.Before),
			people(t.Before.Passengers)), nil
	case vocab.UpdateBaggages:
		return fmt.Sprintf("I can have %s in reservation %s (%s).", bags(t.After), id,
			itinerary(t.Before)), nil
	case vocab.UpdatePassengers:
		return fmt.Sprintf("I can change who travels in reservation %s (%s) from %s to %s.", id,
			itinerary(t.Before), people(t.Before.Passengers), people(t.After.Passengers)), nil
	}

	return fmt.Sprintf("I can send you a certificate of $%v for reservation %s (%s).", t.Certificate, id,
		itinerary(t.Before)), nil
}

// change tells which flights of a reservation are new, which they replace, and which stay.
func (t terms) change() (string, error) {
	var added, kept []vocab.Leg
	for _, l := range t.Legs {
		if t.Before.Cabin == t.After.Cabin && has(t.Before, l.Flight) {
			kept = append(kept, l)
		} else {
			added = append(added, l)
		}
	}

	if len(added) == 0 {
		flights, err := t.legs(kept)
		return fmt.Sprintf("I can give you these seats in reservation %s: %s.", t.After.ID, flights), err
	}

	flights, err := t.legs(added)
	text := fmt.Sprintf("I can move reservation %s to %s", t.After.ID, flights)
	if left := t.replaced(); len(left) > 0 {
		text += ", instead of " + strings.Join(left, " and ")
	}

	for _, l := range kept {
		text += fmt.Sprintf("; %s on %s stays as it is", l.Flight.Number(), l.Flight.Date())
	}

	return text + ".", err
}

// replaced lists the flights that would be given up, with their date if the date changes.
func (t terms) replaced() (all []string) {
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

// legs lists flights with their times and seats.
func (t terms) legs(legs []vocab.Leg) (string, error) {
	var parts []string
	for _, l := range legs {
		f, err := t.tables.Flight(l.Flight)
		if err != nil {
			return "", err
		}

		part := fmt.Sprintf("%s on %s from %s to %s, leaving %s, arriving %s, %s", f.FlightNumber, f.Date,
			f.Origin, f.Destination,
			clock(f.Departure, f.Date), clock(f.Arrival, f.Date), cabinName(t.After.Cabin))
		if len(l.Seats) > 0 {
			part += ", " + seatNames(f, l.Seats)
		}

		parts = append(parts, part)
	}

	return strings.Join(parts, "; then "), nil
}

// cost tells what is paid or refunded, and by which method.
func (t terms) cost() string {
	switch {
	case t.Due > 0:
		return fmt.Sprintf("It costs you $%v%s.", t.Due, t.methods(" on ", 1)) + t.forfeited()
	case t.Due < 0:
		return fmt.Sprintf("You get $%v back%s, within 5 to 7 business days.", -t.Due, t.methods(" to ", -1))
	case t.Waived && t.Fare > 0:
		return fmt.Sprintf("It costs you nothing. The fare is $%v higher, which is waived, "+
			"because the disruption is ours.", t.Fare)
	case t.Waived:
		return "It costs you nothing. The disruption is ours, so there is no charge."
	}

	return "It costs you nothing."
}

// methods lists the methods that pay or are refunded, with the amount of each if there are several.
func (t terms) methods(word string, sign vocab.Amount) (text string) {
	sums, ids := t.payments()
	for i, id := range ids {
		switch {
		case len(ids) == 1:
			return "," + word + describeMethod(t.user, id)
		case i > 0:
			text += ","
		default:
			text += ":"
		}
		text += fmt.Sprintf(" $%v%s%s", sums[id]*sign, word, describeMethod(t.user, id))
	}

	return text
}

// payments sums up by method what the command would add, in the order of the methods.
func (t terms) payments() (sums map[string]vocab.Amount, ids []string) {
	sums = map[string]vocab.Amount{}
	before := min(len(t.Before.PaymentHistory), len(t.After.PaymentHistory))
	for _, p := range t.After.PaymentHistory[before:] {
		if _, seen := sums[p.ID]; !seen {
			ids = append(ids, p.ID)
		}
		sums[p.ID] += p.Amount
	}

	return sums, ids
}

// forfeited tells what a certificate is worth beyond what it pays: it can be used only once.
func (t terms) forfeited() (text string) {
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
		return fmt.Sprintf("%s free of charge", plural(d.TotalBaggages, "checked bag"))
	}
	return fmt.Sprintf("%s (%d to be paid)", plural(d.TotalBaggages, "checked bag"), d.NonfreeBaggages)
}

func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

func insuranceText(d vocab.ReservationDetails) string {
	if d.Insurance == "yes" {
		return "with travel insurance"
	}
	return "without travel insurance"
}

// people lists the names of passengers.
func people(all []vocab.Passenger) string {
	var names []string
	for _, p := range all {
		if name := cleanName(p.FirstName + " " + p.LastName); name != "" {
			names = append(names, name)
		}
	}

	if len(names) == 0 {
		return plural(len(all), "passenger")
	}

	return strings.Join(names, ", ")
}

// maxName bounds a name, in characters.
const maxName = 60

// cleanName keeps of a name only the characters that names have: nothing else may enter the words of the
// terms.
func cleanName(name string) string {
	letters := []rune(strings.Join(strings.Fields(strings.Map(inNames, name)), " "))
	return strings.TrimSpace(string(letters[:min(maxName, len(letters))]))
}

func inNames(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsMark(r) || strings.ContainsRune(" .'’-", r) {
		return r
	}
	return -1
}
