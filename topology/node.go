package topology

import (
	"context"
	"reflect"
	"time"
)

// A Kind is what a Node does. Only engines need it.
type Kind string

// The kinds of steps, by the function that declares them.
const (
	KindFrom      Kind = "from"
	KindTo        Kind = "to"
	KindFilter    Kind = "filter"
	KindCheck     Kind = "check"
	KindMap       Kind = "map"
	KindFlatMap   Kind = "flatmap"
	KindEvents    Kind = "events"
	KindMerge     Kind = "merge"
	KindRekey     Kind = "rekey"
	KindFold      Kind = "fold"
	KindApply     Kind = "apply"
	KindJoin      Kind = "join"
	KindLookup    Kind = "lookup"
	KindAsync     Kind = "async"
	KindUnsettled Kind = "unsettled"
)

// An Item is an event on its way through the steps of a topology, its types erased. Only engines see it.
type Item struct {
	Key, ID, Topic string
	Value          any
	Time           time.Time
	Headers        map[string]string
	Partition      int32
	Offset         int64
}

// A Node is one step of a Plan, its types erased; Kind says which of the functions are set. Only engines read it.
type Node struct {
	ID    int // its index in Plan.Nodes
	Kind  Kind
	Name  string // of the topic, table or operator
	From  []int
	Value Type // key and value of the stream it returns; of the topic for KindTo

	Each  func(Item) ([]any, error)          // filter, check, map, flatmap, events, merge
	Rekey func(Item) (key string, value any) // rekey
	Row   *Type                              // fold, apply, join, lookup: key and row of the table
	Step  func(row any, r Item) (any, []any) // fold, apply
	Key   func(Item) string                  // join, lookup
	Read  func(r Item, row any) any          // join, lookup
	Async *AsyncStep                         // async
}

// touches returns the table whose stage the step must run in, or "".
func (n *Node) touches() string {
	switch n.Kind {
	case KindFold, KindApply, KindJoin:
		return n.Name
	}
	return ""
}

// An AsyncStep is an operator with its policy, types erased and defaults filled in.
type AsyncStep struct {
	Decide    func(context.Context, any) (any, map[string]string, error)
	Check     func(v, w any) error
	Recheck   func(ctx context.Context, v, w any) error // nil: the operator has none
	GiveUp    func(v any, cause error) (any, error)
	Fail      func(v any, cause error) any
	Changed   func(asked, now any) bool // nil: only if Check fails
	Deadline  func(any) time.Time       // nil: none
	InFlight  int
	Timeout   time.Duration
	Reasks    int
	Reads     []TableType
	Record    bool
	Unsettled int   // the node that takes failures
	Anchor    int   // the nearest from, fold, apply, async or unsettled above: its event is what waits
	Path      []int // the steps between Anchor and here: they run again when an answer settles
}

// A Type knows how to make and compare values of one key and value type.
type Type struct {
	Key, Value reflect.Type
	New        func() any    // a pointer to a zero value, to decode into
	Deref      func(any) any // the value behind such a pointer
	Zero       any
}

// IsZero says whether v is the zero value, which as a row means that there is none.
func (t Type) IsZero(v any) bool { return v == nil || reflect.ValueOf(v).IsZero() }

func typeOf[K ~string, V any]() Type {
	var zero V
	return Type{
		Key: reflect.TypeFor[K](), Value: reflect.TypeFor[V](), Zero: zero,
		New:   func() any { return new(V) },
		Deref: func(p any) any { return *p.(*V) },
	}
}

func add[K ~string, V any](t *Topology, n Node) Stream[K, V] {
	n.ID, n.Value = len(t.nodes), typeOf[K, V]()
	t.nodes = append(t.nodes, n)
	return Stream[K, V]{t, n.ID}
}

// value restores a type that was erased. A nil interface is the zero V, also when V is itself an interface.
func value[V any](v any) (zero V) {
	if v == nil {
		return zero
	}
	return v.(V)
}

func anys[W any](ws []W) []any {
	out := make([]any, len(ws))
	for i, w := range ws {
		out[i] = w
	}
	return out
}
