package vocab

import "slices"

// A SeatKind is where in its row a seat is.
type SeatKind string

// The kinds of seats.
const (
	Window SeatKind = "window"
	Middle SeatKind = "middle"
	Aisle  SeatKind = "aisle"
)

// SeatKindOf returns the kind of a seat by its letter, such as the A of 12A.
func SeatKindOf(seat string) SeatKind {
	switch seat[len(seat)-1] {
	case 'A', 'F':
		return Window
	case 'C', 'D':
		return Aisle
	}
	return Middle
}

// HasSeatKind reports whether one of the seats is of a kind.
func HasSeatKind(seats []string, kind SeatKind) bool {
	return slices.ContainsFunc(seats, func(s string) bool { return SeatKindOf(s) == kind })
}
