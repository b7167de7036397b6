package devmodel

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lock holds a file lock of the cache, waiting for other processes, which is told once. The kernel drops it
// when its holder dies.
func (c Config) lock(ctx context.Context, name, waiting string) (unlock func(), err error) {
	l := flock.New(filepath.Join(c.Dir, name+".lock"))
	ok, err := l.TryLock()
	if err == nil && !ok {
		c.Progress(waiting + ": waiting for it")
		_, err = l.TryLockContext(ctx, 300*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("devmodel: cannot lock %s: %w", l.Path(), err)
	}
	return func() { _ = l.Unlock() }, nil
}
