package plan

import (
	"fmt"
	"hash/fnv"
	"reflect"
	"strings"
)

// Anchor names what waits for an operator: the step that its events leave, and their type with its shape. It
// is kept with each event that waits, so that a topology that has changed meanwhile does not take an event
// for something else.
func (p *Plan) Anchor(op *Node) string {
	at := &p.Nodes[op.Async.Anchor]
	h := fnv.New32a()
	shape(h.Write, at.Value.Value, nil)
	return fmt.Sprintf("%s %s as %s#%08x", at.Kind, at.Name, at.Value.Value, h.Sum32())
}

// SameAnchor reports whether events kept under one anchor can be read as those of another: both are of the
// same step, and their types have the same name or the same shape. So a type may be renamed, and it may grow
// as JSON allows, but not both at once. An event of which nothing is known can be read.
func SameAnchor(kept, now string) bool {
	if kept == "" || kept == now {
		return true
	}

	step, typ, _ := strings.Cut(kept, " as ")
	nowStep, nowType, _ := strings.Cut(now, " as ")
	name, shape, _ := strings.Cut(typ, "#")
	nowName, nowShape, _ := strings.Cut(nowType, "#")

	return step == nowStep && (name == nowName || shape == nowShape)
}

// shape writes what encoding/json sees of a type: kinds, and names and tags of fields.
func shape(write func([]byte) (int, error), t reflect.Type, within []reflect.Type) {
	put := func(s string) { _, _ = write([]byte(s + ";")) }
	if t == nil {
		put("nil")
		return
	}

	put(t.Kind().String())
	for _, outer := range within {
		if outer == t {
			put("again") // a recursive type
			return
		}
	}
	within = append(within, t)

	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		shape(write, t.Elem(), within)
	case reflect.Map:
		shape(write, t.Key(), within)
		shape(write, t.Elem(), within)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() || f.Anonymous {
				put(f.Name + " " + f.Tag.Get("json"))
				shape(write, f.Type, within)
			}
		}
		put("end")
	}
}
