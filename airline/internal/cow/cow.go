package cow

import (
	"maps"
)

// with is a copy of m in which k is v.
func With[M ~map[K]V, K comparable, V any](m M, k K, v V) M {
	m = maps.Clone(m)
	if m == nil {
		m = M{}
	}
	m[k] = v
	return m
}
