package check

import (
	"fmt"
	"sync"
)

// Findings are what is wrong, by kind. The zero value has none. Its methods may be called by any goroutine.
type Findings struct {
	mu    sync.Mutex
	all   map[string][]string
	count map[string]int
}

// shown is how many findings of one kind are kept in words.
const shown = 100

// Add adds a finding.
func (f *Findings) Add(kind, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if f.all == nil {
		f.all, f.count = map[string][]string{}, map[string]int{}
	}

	f.count[kind]++
	if len(f.all[kind]) < shown {
		f.all[kind] = append(f.all[kind], fmt.Sprintf(format, args...))
	}
}

// Counts returns how many findings there are of each kind.
func (f *Findings) Counts() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// All returns the findings in words, the first hundred of each kind.
func (f *Findings) All() map[string][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all
}
