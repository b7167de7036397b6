package airline

// What things cost beside the fare.
const (
	insuranceFee Amount = 30_00 // for each passenger
	bagFee       Amount = 50_00 // for each bag that is not free
)

// Price is what a party pays for flights in a cabin, with so many bags that are not free.
func Price(flights []Flight, c Cabin, party, nonfreeBags int, insured bool) Amount {
	d := ReservationDetails{Passengers: make([]Passenger, party), NonfreeBaggages: nonfreeBags}
	if insured {
		d.Insurance = "yes"
	}
	for _, f := range flights {
		d.Flights = append(d.Flights, Segment{Price: f.Prices.In(c)})
	}
	return priceOf(d)
}

// Compensation is what a party gets for a cancelled or delayed flight, where they get any.
func Compensation(reason string, party int) Amount {
	if reason == "delayed" {
		return Dollars(50).Times(party)
	}
	return Dollars(100).Times(party)
}

// priceOf is what a new reservation costs in all.
func priceOf(d ReservationDetails) Amount {
	price := d.fare().Times(d.Party()) + bagFee.Times(d.NonfreeBaggages)
	if d.Insurance == "yes" {
		price += insuranceFee.Times(d.Party())
	}
	return price
}

// FreeBags is how many bags a party may check free of charge.
func FreeBags(membership string, c Cabin, party int) int {
	bags := map[Cabin]int{Economy: 1, Business: 2}[c] + map[string]int{"silver": 1, "gold": 2}[membership]
	return bags * party
}

// agreedTo says whether no more is due than was agreed to, if anything was.
func (o Order) agreedTo(due Amount) *Refusal {
	total, why := o.agreed()
	if why == nil && total != nil && due > *total {
		return refuse(PriceChanged, "The price is now %v, not %v", due, *total)
	}
	return why
}
