package crowd

import "github.com/slipstream-go/slipstream/airline/day"

// most bounds Parties. On the calmest days hardly a flight is disrupted, and no crowd has that much to write about.
const most = 20_000

// Parties is how many customers it takes until about so many of them write a note: hundreds on the day of a storm, and
// thousands on a quiet one, on which few are on a flight that is disrupted. It is a multiple of 50, and at most 20,000.
func Parties(d *day.Day, notes int) int {
	bad := 0
	for i := range d.Flights {
		if d.Flights[i].Disrupted(disrupted) {
			bad++
		}
	}
	if bad == 0 {
		return most
	}
	parties := 2 * notes * len(d.Flights) / bad // half of those who are on one write
	return min(most, (parties+49)/50*50)
}
