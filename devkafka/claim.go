package devkafka

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// A claim reserves a folder for one broker: two brokers on one folder would destroy it. The lock is the
// operating system's, so it ends with the process, however that ends. A nil claim reserves nothing.
type claim struct {
	lock   *flock.Flock
	signed string // path of the note that says who has the folder
}

func claimDir(dir string) (*claim, error) {
	if dir == "" {
		return nil, nil
	}

	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("devkafka: %w", err)
	}

	c := &claim{flock.New(filepath.Join(dir, "broker.lock")), filepath.Join(dir, "broker.owner")}
	locked, err := c.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("devkafka: lock %s: %w", dir, err)
	}

	if !locked {
		return nil, fmt.Errorf("devkafka: %s belongs to another broker (%s): stop it, or use another folder",
			dir, c.owner())
	}

	return c, nil
}

// sign leaves a note that tells others who has the folder. If it can't be written, they still can't have the
// folder.
func (c *claim) sign(addr string) {
	if c != nil {
		_ = os.WriteFile(c.signed, fmt.Appendf(nil, "process %d, listening on %s", os.Getpid(), addr), 0o644)
	}
}

func (c *claim) owner() string {
	note, err := os.ReadFile(c.signed)
	if err != nil {
		return "it has only just started"
	}
	return strings.TrimSpace(string(note))
}

func (c *claim) release() error {
	if c == nil || !c.lock.Locked() {
		return nil // the note may be the next owner's by now
	}

	err := os.Remove(c.signed)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, c.lock.Close())
}
