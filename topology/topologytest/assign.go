package topologytest

import "slices"

// assign pairs each of n with another of m that fits, as many as can be; -1 is one left alone. It follows
// augmenting paths: who could also have another makes room.
func assign(n, m int, fits func(i, j int) bool) []int {
	partner, owner := slices.Repeat([]int{-1}, n), slices.Repeat([]int{-1}, m)
	var find func(i int, tried []bool) bool
	find = func(i int, tried []bool) bool {
		for j := range m {
			if tried[j] || !fits(i, j) {
				continue
			}

			tried[j] = true
			if owner[j] < 0 || find(owner[j], tried) {
				partner[i], owner[j] = j, i
				return true
			}
		}

		return false
	}

	for i := range n {
		find(i, make([]bool, m))
	}

	return partner
}
