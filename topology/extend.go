package topology

import "github.com/slipstream-go/slipstream/internal/plan"

// Extend adds a step of a kind that has no function in this package. It is for packages of this module, such
// as topology/view. The receiver says only what flows below the step: it is the zero Stream.
func (Stream[K, V]) Extend(t *Topology, n plan.Node) Stream[K, V] { return add[K, V](t, n) }
