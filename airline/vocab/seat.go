package vocab

import (
	"slices"
)

// A SeatKind is where in its row a seat is.
type SeatKind string

// The kinds of seats.
const (
	Window SeatKind = "window"
	Middle SeatKind = "middle"
	Aisle  SeatKind = "aisle"
)

// kindOf is where in its row a seat is, by its letter.
func SeatKindOf(seat string) SeatKind {
	switch seat[len(seat)-1] {
	case 'A', 'F':
		return Window
	case 'C', 'D':
		return Aisle
	}
	return Middle
}

func HasSeatKind(seats []string, kind SeatKind) bool {
	return slices.ContainsFunc(seats, func(s string) bool { return SeatKindOf(s) == kind })
}
