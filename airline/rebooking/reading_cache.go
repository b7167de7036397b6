package rebooking

import (
	"fmt"
	"sync"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A readingCache remembers what the model has read in each customer's note. A case that has changed is asked
// again, but its note is the same, and reading it takes seconds. The cache only saves time: a crash loses it.
type readingCache struct {
	mu   sync.Mutex
	made map[string]cachedReading // guarded by mu
}

// A cachedReading is a reading, and how the model has made it.
type cachedReading struct {
	vocab.Reading
	provenance topology.Provenance
}

// maxReadings bounds the cache. A full cache is emptied.
const maxReadings = 4096

func (r *readingCache) get(c Case) (cachedReading, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	m, ok := r.made[noteKey(c)]
	return m, ok
}

func (r *readingCache) put(c Case, m cachedReading) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.made == nil || len(r.made) >= maxReadings {
		r.made = map[string]cachedReading{}
	}
	r.made[noteKey(c)] = m
}

func noteKey(c Case) string { return fmt.Sprintf("%s %q", c.Customer, c.Note) }
