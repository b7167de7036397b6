package llamacpp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lock holds a file lock of the cache, waiting for other processes, which is told once. The kernel drops it
// when its holder dies; what that left in its scratch folders is removed by the next.
func (c Config) lock(ctx context.Context, name, waiting string) (unlock func(), err error) {
	l := flock.New(filepath.Join(c.Dir, name+".lock"))
	ok, err := l.TryLock()
	if err == nil && !ok {
		c.Progress(waiting + ": waiting for it")
		_, err = l.TryLockContext(ctx, 300*time.Millisecond)
	}

	if err != nil {
		return nil, fmt.Errorf("llamacpp: cannot lock %s: %w", l.Path(), err)
	}

	left, _ := filepath.Glob(filepath.Join(c.Dir, name+".tmp-*"))
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}

	return func() { _ = l.Unlock() }, nil
}

// scratch makes a folder for the holder of the lock of that name, on the disk of the cache, so that what is
// finished there can be renamed into its place.
func (c Config) scratch(name string) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(c.Dir, name+".tmp-")
	if err != nil {
		return "", nil, fmt.Errorf("llamacpp: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}
