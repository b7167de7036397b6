package reservations

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// What things cost beside the fare.
const (
	insuranceFee vocab.Amount = 30_00 // for each passenger
	bagFee       vocab.Amount = 50_00 // for each bag that is not free
)

// Price is what a party pays for flights in a cabin, with so many bags that are not free.
func Price(seats []vocab.Prices, c vocab.Cabin, party, nonfreeBags int, insured bool) vocab.Amount {
	d := vocab.ReservationDetails{Passengers: make([]vocab.Passenger, party), NonfreeBaggages: nonfreeBags}
	if insured {
		d.Insurance = "yes"
	}
	for _, s := range seats {
		d.Flights = append(d.Flights, vocab.Segment{Price: s.In(c)})
	}
	return priceOf(d)
}

// Compensation is what a party gets for a cancelled or delayed flight, where they get any.
func Compensation(reason string, party int) vocab.Amount {
	if reason == "delayed" {
		return vocab.Dollars(50).Times(party)
	}
	return vocab.Dollars(100).Times(party)
}

// priceOf is what a new reservation costs in all.
func priceOf(d vocab.ReservationDetails) vocab.Amount {
	price := fareOf(d).Times(d.Party()) + bagFee.Times(d.NonfreeBaggages)
	if d.Insurance == "yes" {
		price += insuranceFee.Times(d.Party())
	}
	return price
}

// FreeBags is how many bags a party may check free of charge.
func FreeBags(membership string, c vocab.Cabin, party int) int {
	bags := map[vocab.Cabin]int{vocab.Economy: 1, vocab.Business: 2}[c] + map[string]int{"silver": 1, "gold": 2}[membership]
	return bags * party
}

// agreed is the total agreed to; none if nothing was agreed. What can't be read is nothing that anybody agreed to.
func agreedTotal(o vocab.Order) (total *vocab.Amount, why *vocab.Refusal) {
	var a struct{ Total *vocab.Amount }
	if len(o.Agreed) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(o.Agreed, &a); err != nil {
		return nil, vocab.Refuse(vocab.BadSchema, "%s: agreed: %v", o.Tool, err)
	}
	return a.Total, nil
}

// agreedTo says whether no more is due than was agreed to, if anything was.
func agreedTo(o vocab.Order, due vocab.Amount) *vocab.Refusal {
	total, why := agreedTotal(o)
	if why == nil && total != nil && due > *total {
		return vocab.Refuse(vocab.PriceChanged, "The price is now %v, not %v", due, *total)
	}
	return why
}
