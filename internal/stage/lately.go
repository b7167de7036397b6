package stage

import "time"

// Bounds of a Lately.
const (
	mostLately   = 4096      // keys of a generation, of two
	lastsAtLeast = time.Hour // then a key is written again, so that a record is never much older than what it refers to
)

// Lately knows which of the outputs that need be written only once were written not long ago. It is for the outputs of one
// partition and must be forgotten with what was not committed. Its zero value knows of none. It is for one goroutine.
type Lately struct {
	now, before map[string]bool // by key; bound: mostLately each
	since       time.Time       // of now
}

// Fresh leaves out of outputs what was written lately.
func (l *Lately) Fresh(outputs []Output) (fresh []Output) {
	for _, o := range outputs {
		if !o.Once || l.first(o.Topic+" "+o.Key) {
			fresh = append(fresh, o)
		}
	}
	return fresh
}

func (l *Lately) first(key string) bool {
	if len(l.now) >= mostLately || time.Since(l.since) > lastsAtLeast/2 {
		l.now, l.before, l.since = map[string]bool{}, l.now, time.Now()
	}
	if l.now[key] || l.before[key] {
		return false
	}
	l.now[key] = true
	return true
}
