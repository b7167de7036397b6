package concierge

import (
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline"
)

// liked is the seat that a customer always wants: as they last told the concierge, else as their profile says.
func liked(c airline.Customer) airline.SeatKind {
	for _, f := range slices.Backward(c.Talk.Facts) {
		text := strings.ToLower(f.Text)
		window, aisle := strings.Contains(text, "window"), strings.Contains(text, "aisle")
		switch {
		case window && !aisle:
			return airline.Window
		case aisle && !window:
			return airline.Aisle
		}
	}
	return c.Seat
}
