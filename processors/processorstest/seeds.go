//go:build !race

package processorstest

// seeds of the shuffled runs of Run.
const seeds = 4
