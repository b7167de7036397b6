package rebooking

import (
	"fmt"
	"sync"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// readings remembers what the model read in each customer's note. A case that has changed is asked again, but what they
// wrote is the same, and reading it takes seconds. It only saves time: a crash forgets it.
type readingCache struct {
	mu   sync.Mutex
	made map[string]cachedReading
}

// A madeReading is the model's, and how it was made.
type cachedReading struct {
	vocab.Reading
	provenance map[string]string
}

// maxReadings bounds what is remembered; at it, all is forgotten.
const maxReadings = 4096

func (r *readingCache) of(c Case) (cachedReading, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.made[noteKey(c)]
	return m, ok
}

func (r *readingCache) keep(c Case, m cachedReading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made == nil || len(r.made) >= maxReadings {
		r.made = map[string]cachedReading{}
	}
	r.made[noteKey(c)] = m
}

func noteKey(c Case) string { return fmt.Sprintf("%s %q", c.Customer, c.Note) }
