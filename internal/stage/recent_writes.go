package stage

import (
	"slices"
	"time"
)

// Bounds of RecentWrites.
const (
	maxRecent = 4096 // keys of a generation, of two

	// After this time a key is written again, so that a record is never much older than what it refers to.
	maxRemember = time.Hour
)

// RecentWrites remembers which outputs that need be written only once were written not long ago. What it
// remembers must be committed, or be committed together with what relies on it. Its zero value is empty. It
// is for one goroutine.
type RecentWrites struct {
	now, before map[string]bool // by topic and key; at most maxRecent each
	since       time.Time       // of now
}

// AddMissing returns the outputs that were not written recently, as Missing does, and remembers them. Of
// several in outputs that have one name it returns the first.
func (w *RecentWrites) AddMissing(outputs []Output) []Output {
	outputs = w.Missing(outputs)
	if !hasOnce(outputs) {
		return outputs
	}

	missing := make([]Output, 0, len(outputs))
	for i, o := range outputs {
		if !o.Once || !w.has(&o) {
			w.Add(outputs[i : i+1])

			missing = append(missing, o)
		}
	}

	return missing
}

// Missing returns the outputs without those that were written recently.
func (w *RecentWrites) Missing(outputs []Output) []Output {
	if !hasOnce(outputs) { // nearly always
		return outputs
	}
	return slices.DeleteFunc(slices.Clone(outputs), func(o Output) bool { return o.Once && w.has(&o) })
}

// Add remembers that these outputs were written.
func (w *RecentWrites) Add(outputs []Output) {
	for i := range outputs {
		if !outputs[i].Once {
			continue
		}

		if len(w.now) >= maxRecent || w.isOver() {
			w.before, w.now = w.now, map[string]bool{}
			w.since = time.Now()
		}
		w.now[outputs[i].name()] = true
	}
}

func (w *RecentWrites) has(o *Output) bool {
	if w.isOver() {
		return false
	}
	name := o.name()
	return w.now[name] || w.before[name]
}

// isOver reports whether the generation has lasted as long as one may.
func (w *RecentWrites) isOver() bool { return time.Since(w.since) > maxRemember/2 }

func (o *Output) name() string { return o.Topic + " " + o.Key }

func hasOnce(outputs []Output) bool {
	return slices.ContainsFunc(outputs, func(o Output) bool { return o.Once })
}
