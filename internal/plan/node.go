package plan

import (
	"context"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/budget"
)

// A Kind is what a Node does.
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
	KindWake      Kind = "wake"
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

// A Node is one step, its types erased. Kind tells which of the functions are set.
type Node struct {
	ID    int // its index in Plan.Nodes
	Kind  Kind
	Name  string // of the topic, table or operator
	From  []int
	Value Type // key and value of the stream that it returns; of the topic for KindTo

	Each  func(Item) ([]any, error)                     // filter, check, map, flatmap, events, merge
	Rekey func(Item) (key string, value any, err error) // rekey
	Row   *Type                                         // those and wake: key and row of the table
	Step  func(row any, r Item) (any, []any)            // fold, apply
	Key   func(Item) string                             // join, lookup
	Read  func(r Item, row any) any                     // join, lookup
	Async *Async                                        // async
	Wake  *Wake                                         // wake
}

// table returns the table whose stage the step must run in, or "".
func (n *Node) table() string {
	switch n.Kind {
	case KindFold, KindApply, KindJoin, KindWake:
		return n.Name
	}
	return ""
}

// runsAgain reports whether the step runs again when the answer of an operator below it settles.
func (n *Node) runsAgain() bool {
	switch n.Kind {
	case KindFilter, KindCheck, KindMap, KindEvents, KindJoin, KindLookup:
		return true
	}
	return false
}

// An Async is an operator with its policy: types erased, defaults filled in.
type Async struct {
	Decide   func(context.Context, any) (any, map[string]string, error)
	Check    func(ctx context.Context, v, w any) error
	Warm     func(context.Context) error // nil: there is nothing to warm up
	GiveUp   func(v any, cause error) (any, error)
	Fail     func(v any, cause error) any
	Changed  func(asked, now any) bool // nil: only if Check fails
	Deadline func(any) time.Time       // nil: none
	Tenant   func(any) string          // nil: one for all
	Priority func(any) int64           // nil: that of all is 0
	Latest   bool                      // of several events of a key, only the newest is asked about
	InFlight int
	Timeout  time.Duration
	Reasks   int
	Lost     int // attempts that may end without an answer
	// Candidates may decide in its place, or beside it: see stage.Setting.
	Candidates map[string]func(context.Context, any) (any, map[string]string, error)

	Was       []string // former names, under which events may still wait
	Reads     []Table
	Record    bool
	Budget    budget.Budget // no Limits: any amount
	Unsettled int           // the node that takes failures
	Anchor    int           // the nearest step above that does not run again: its event is what waits
	Path      []int         // the steps between Anchor and here: they run again when an answer settles
}

// By returns the Decide of a candidate, or for "" that of the operator itself.
func (a *Async) By(candidate string) func(context.Context, any) (any, map[string]string, error) {
	if candidate == "" {
		return a.Decide
	}
	return a.Candidates[candidate]
}

// A Table is a table's name with the types of its key and row.
type Table struct {
	Name string
	Row  Type
}

// A Type makes and compares values of one key and value type.
type Type struct {
	Key, Value reflect.Type
	New        func() any    // a pointer to a zero value, to decode into
	Deref      func(any) any // the value behind such a pointer
	Zero       any
}

// TypeOf returns the Type of keys K and values V.
func TypeOf[K ~string, V any]() Type {
	var zero V
	return Type{
		Key:   reflect.TypeFor[K](),
		Value: reflect.TypeFor[V](),
		Zero:  zero,
		New:   func() any { return new(V) },
		Deref: func(p any) any { return *p.(*V) },
	}
}

// IsZero reports whether v is the zero value. A row that is zero does not exist. An empty slice or map is not
// zero, and an interface is zero only if it holds nothing.
func (t Type) IsZero(v any) bool {
	return v == nil || t.Value.Kind() != reflect.Interface && reflect.ValueOf(v).IsZero()
}

// String prints key and value types, without package paths.
func (t Type) String() string {
	if t.Key == nil {
		return ""
	}
	key, value := t.Names()
	return key + " -> " + value
}

// Names returns the names of key and value types, without package paths.
func (t Type) Names() (key, value string) {
	return unqualified(t.Key.String()), unqualified(t.Value.String())
}

var qualifier = regexp.MustCompile(`[\w./-]+\.`)

func unqualified(name string) string {
	return strings.ReplaceAll(qualifier.ReplaceAllString(name, ""), ",", ", ")
}
