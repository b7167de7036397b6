package llm

import (
	"testing"
	"time"
)

// SetPingPatience changes how long a server may take to say that it is well, until the test ends.
func SetPingPatience(t *testing.T, d time.Duration) {
	was := pingPatience
	pingPatience = d
	t.Cleanup(func() { pingPatience = was })
}
