//go:build race

package processorstest

// seeds of the shuffled runs of Run: the race detector makes each ten times slower, and finds no more in further ones.
const seeds = 1
