package stage

import (
	"slices"
	"time"
)

// Bounds of a Lately.
const (
	mostLately   = 4096      // keys of a generation, of two
	lastsAtLeast = time.Hour // then a key is written again, so that a record is never much older than what it refers to
)

// Lately knows which of the outputs that need be written only once were written not long ago. What it knows must be
// committed, or be committed together with whatever relies on it. Its zero value knows of none. It is for one goroutine.
type Lately struct {
	now, before map[string]bool // by topic and key; bound: mostLately each
	since       time.Time       // of now
}

// Fresh leaves out of outputs what was written lately, and knows of the others from now on.
func (l *Lately) Fresh(outputs []Output) []Output {
	outputs = l.Missing(outputs)
	if !anyOnce(outputs) {
		return outputs
	}
	fresh := make([]Output, 0, len(outputs))
	for i, o := range outputs {
		if !o.Once || !l.has(&o) {
			l.Wrote(outputs[i : i+1])
			fresh = append(fresh, o)
		}
	}
	return fresh
}

// Missing leaves out of outputs what was written lately.
func (l *Lately) Missing(outputs []Output) []Output {
	if !anyOnce(outputs) { // nearly always
		return outputs
	}
	return slices.DeleteFunc(slices.Clone(outputs), func(o Output) bool { return o.Once && l.has(&o) })
}

// Wrote says that these outputs were written.
func (l *Lately) Wrote(outputs []Output) {
	for i := range outputs {
		if !outputs[i].Once {
			continue
		}
		if len(l.now) >= mostLately || time.Since(l.since) > lastsAtLeast/2 {
			l.now, l.before, l.since = map[string]bool{}, l.now, time.Now()
		}
		l.now[outputs[i].name()] = true
	}
}

func (l *Lately) has(o *Output) bool {
	if time.Since(l.since) > lastsAtLeast/2 {
		return false
	}
	name := o.name()
	return l.now[name] || l.before[name]
}

func (o *Output) name() string { return o.Topic + " " + o.Key }

func anyOnce(outputs []Output) bool {
	return slices.ContainsFunc(outputs, func(o Output) bool { return o.Once })
}
