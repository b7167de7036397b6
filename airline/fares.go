package airline

// What things cost beside the fare.
const (
	insuranceFee Amount = 30_00 // for each passenger
	bagFee       Amount = 50_00 // for each bag that is not free
)

// priceOf is what a new reservation costs in all.
func priceOf(d ReservationDetails) Amount {
	price := d.fare().Times(d.Party()) + bagFee.Times(d.NonfreeBaggages)
	if d.Insurance == "yes" {
		price += insuranceFee.Times(d.Party())
	}
	return price
}

// allowance is how many bags a party may check free of charge.
func allowance(membership string, c Cabin, party int) int {
	bags := map[Cabin]int{Economy: 1, Business: 2}[c] + map[string]int{"silver": 1, "gold": 2}[membership]
	return bags * party
}

// agreedTo says whether no more is due than was agreed to, if anything was.
func (o Order) agreedTo(due Amount) *Refusal {
	if total, ok := o.agreed(); ok && due > total {
		return refuse(PriceChanged, "The price is now %v, not %v", due, total)
	}
	return nil
}
