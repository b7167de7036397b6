// Package cow copies on write: a step must not change the row that it is given.
package cow

import "maps"

// With returns a copy of m in which k is v.
func With[M ~map[K]V, K comparable, V any](m M, k K, v V) M {
	m = maps.Clone(m)
	if m == nil {
		m = M{}
	}
	m[k] = v
	return m
}
