package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// A disk that takes no more writes ends the process with the reason, at a write and at an opening.
func TestADiskThatRefusesWritesEndsTheProcess(t *testing.T) {
	const variable = "SLIPSTREAM_TEST_DISK" // names what the child process does with a disk

	full := &disks{}
	children := map[string]struct {
		run func(dir string) error
		why string
	}{
		"full at a write":       {full.atAWrite, "the disk is full"},
		"full at an opening":    {full.atAnOpening, "the disk is full"},
		"removed, then a write": {removed, "no such file or directory"},
	}

	if name := os.Getenv(variable); name != "" {
		t.Fatal("it goes on:", children[name].run(os.Getenv(variable+"_DIR")))
	}

	for name, c := range children {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()

			child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestADiskThatRefusesWritesEndsTheProcess$")
			child.Env = append(os.Environ(), variable+"="+name, variable+"_DIR="+t.TempDir())
			out, err := child.CombinedOutput()

			said, _, _ := strings.Cut(string(out), "\n")
			if err == nil || !strings.HasPrefix(said, "panic: store: ") || !strings.Contains(said, c.why) ||
				!strings.Contains(said, "Nothing is lost") || strings.Contains(string(out), "mutex") {
				t.Errorf("%v, and it says\n%s\nwant a panic that names the cause: %s", err, out, c.why)
			}
		})
	}
}

// disks are full from some time on.
type disks struct{ full atomic.Bool }

func (d *disks) MaybeError(op errorfs.Op) error {
	if d.full.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
		return syscall.ENOSPC
	}
	return nil
}

func (d *disks) String() string { return "a disk" }

func (d *disks) open(dir string) (Store, error) {
	return openPebble(dir, errorfs.Wrap(vfs.Default, d), die)
}

func (d *disks) atAWrite(dir string) error {
	s, err := d.open(dir)
	if err != nil {
		return err
	}

	d.full.Store(true)
	return fill100(s)
}

func (d *disks) atAnOpening(dir string) error {
	s, err := OpenPebble(dir)
	if err != nil {
		return err
	}
	if err := s.Flush([]Record{{Key: "k", Value: []byte("v")}}, 1); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}

	d.full.Store(true)
	_, err = d.open(dir)
	return err
}

func removed(dir string) error {
	s, err := OpenPebble(dir)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return fill100(s)
}

// fill100 writes more than fits into the memory table and the log's first file.
func fill100(s Store) error {
	value := bytes.Repeat([]byte("x"), 100_000)
	for i := range int64(100) {
		if err := s.Flush([]Record{{Key: fmt.Sprint(i), Value: value}}, i); err != nil {
			return err
		}
	}
	return s.Close()
}
