package reservations

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// What is paid beside the fare.
const (
	insuranceFee vocab.Amount = 30_00 // for each passenger
	bagFee       vocab.Amount = 50_00 // for each bag that is not free
)

// Price returns what a party pays for flights in a cabin, and for bags that are not free.
func Price(flights []vocab.Prices, c vocab.Cabin, party, nonfreeBags int, insured bool) vocab.Amount {
	d := vocab.ReservationDetails{Passengers: make([]vocab.Passenger, party), NonfreeBaggages: nonfreeBags}
	if insured {
		d.Insurance = "yes"
	}

	for _, f := range flights {
		d.Flights = append(d.Flights, vocab.Segment{Price: f.In(c)})
	}
	return priceOf(d)
}

// priceOf returns what a new reservation costs in all.
func priceOf(d vocab.ReservationDetails) vocab.Amount {
	price := fareOf(d).Times(d.Party()) + bagFee.Times(d.NonfreeBaggages)
	if d.Insurance == "yes" {
		price += insuranceFee.Times(d.Party())
	}
	return price
}

// fareOf returns what one passenger pays for the flights.
func fareOf(d vocab.ReservationDetails) (sum vocab.Amount) {
	for _, s := range d.Flights {
		sum += s.Price
	}
	return sum
}

// Compensation returns what a party gets for a flight that was cancelled or delayed, if they get anything.
func Compensation(reason string, party int) vocab.Amount {
	if reason == "delayed" {
		return vocab.Dollars(50).Times(party)
	}
	return vocab.Dollars(100).Times(party)
}

// FreeBags returns how many bags a party may check free of charge.
func FreeBags(membership string, c vocab.Cabin, party int) int {
	ofCabin := map[vocab.Cabin]int{vocab.Economy: 1, vocab.Business: 2}
	ofMembership := map[string]int{"silver": 1, "gold": 2}
	return (ofCabin[c] + ofMembership[membership]) * party
}

// checkAgreed refuses a price above the one that the customer has agreed to, if there is one.
func checkAgreed(o vocab.Order, due vocab.Amount) *vocab.Refusal {
	if len(o.Agreed) == 0 {
		return nil
	}

	var a struct{ Total *vocab.Amount }
	if err := json.Unmarshal(o.Agreed, &a); err != nil {
		return vocab.Refuse(vocab.BadSchema, "%s: agreed: %v", o.Tool, err)
	}

	if a.Total != nil && due > *a.Total {
		return vocab.Refuse(vocab.PriceChanged, "The price is now %v, not %v", due, *a.Total)
	}

	return nil
}
