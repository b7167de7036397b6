// Package discover lets commands find what runs on this machine: a process announces where its brokers and its queries
// are, in a small file, and takes that back when it ends.
//
// Each file is held by a lock of the operating system, which ends with its process, however that ends: an entry whose
// lock can be had is stale, and is removed by the next process that finds it. Files are readable by their user alone. They are in the
// folder "running" under SLIPSTREAM_CACHE, else under slipstream in the user's cache folder.
package discover

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// A Process is one that runs, and how to reach it.
type Process struct {
	Command    string    `json:"command"`              // run, dev, broker, or a program's own
	Topologies []string  `json:"topologies,omitempty"` // that it runs
	Brokers    []string  `json:"brokers,omitempty"`    // host:port, of the Kafka that it uses or is
	HTTP       string    `json:"http,omitempty"`       // host:port of its queries; empty: it answers none
	PID        int       `json:"pid"`
	Started    time.Time `json:"started"`
}

// String is a line for people.
func (p Process) String() string {
	s := p.Command
	if len(p.Topologies) > 0 {
		s += " of " + strings.Join(p.Topologies, ", ")
	}

	s += fmt.Sprintf(" (process %d) with brokers %s", p.PID, strings.Join(p.Brokers, ","))
	if p.HTTP != "" {
		s += ", queries on " + p.HTTP
	}

	return s
}

// Announce says that this process runs, until withdraw is called or the process ends. PID and Started may be left out.
func Announce(p Process) (withdraw func() error, err error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}

	if p.PID == 0 {
		p.PID = os.Getpid()
	}

	if p.Started.IsZero() {
		p.Started = time.Now()
	}

	f, err := os.CreateTemp(dir, fmt.Sprintf("%d-*.lock", p.PID))
	if err != nil {
		return nil, fmt.Errorf("discover: %w", err)
	}

	e := entry(strings.TrimSuffix(f.Name(), ".lock"))
	lock := flock.New(e.lock())
	if err := errors.Join(f.Close(), lock.Lock(), e.write(p)); err != nil {
		return nil, fmt.Errorf("discover: %w", errors.Join(err, lock.Close(), e.remove()))
	}

	return func() error { return errors.Join(e.remove(), lock.Close()) }, nil
}

// Running returns the processes that run, the one that started last first.
func Running() (ps []Process, err error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}

	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("discover: %w", err)
	}

	for _, name := range names {
		if p, ok := entry(strings.TrimSuffix(name, ".json")).read(); ok {
			ps = append(ps, p)
		}
	}
	slices.SortStableFunc(ps, func(a, b Process) int { return b.Started.Compare(a.Started) })

	return ps, nil
}

// An entry is the path of a file and its lock, without their endings.
type entry string

func (e entry) file() string { return string(e) + ".json" }
func (e entry) lock() string { return string(e) + ".lock" }

// write has the file appear whole: someone may be reading.
func (e entry) write(p Process) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}

	if err := os.WriteFile(string(e), append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(string(e), e.file())
}

// read returns the process, or removes the entry if it has ended.
func (e entry) read() (p Process, ok bool) {
	lock := flock.New(e.lock())
	if free, err := lock.TryLock(); err != nil || free {
		_ = e.remove() // stale; a file that can't be removed now will be found again
		_ = lock.Close()
		return p, false
	}
	_ = lock.Close()
	b, err := os.ReadFile(e.file())

	return p, err == nil && json.Unmarshal(b, &p) == nil
}

func (e entry) remove() error {
	return errors.Join(gone(os.Remove(e.file())), gone(os.Remove(e.lock())))
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// folder is made for the user alone.
func folder() (string, error) {
	base := os.Getenv("SLIPSTREAM_CACHE")
	if base == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("discover: no cache folder; set SLIPSTREAM_CACHE: %w", err)
		}
		base = filepath.Join(user, "slipstream")
	}

	dir := filepath.Join(base, "running")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("discover: %w", err)
	}

	return dir, nil
}
