//go:build linux

package child

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A child ends even if its parent is killed, and cannot clean up: its end of the pipe closes.
func TestAChildDoesNotOutliveItsParent(t *testing.T) {
	cmd := asParent(t)

	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "started\n" {
		t.Fatalf("%q, %v", line, err)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}

	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 { // ends when both have
		t.Errorf("%q, %v", rest, err)
	}
	_ = cmd.Wait()
}

// Stop ends a whole group: a grandchild that does not listen is killed.
func TestStopEndsTheWholeGroup(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", "(trap '' TERM; echo started; while :; do read forever; done) & wait")
	cmd.Stdout = w

	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p, err := Spawn(cmd)
	_ = w.Close()

	if err != nil {
		t.Fatal(err)
	}

	lines := bufio.NewReader(r)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}

	if err := p.Stop(10 * time.Second); err != nil {
		t.Fatal(err)
	}

	if _, err := io.ReadAll(lines); err != nil {
		t.Error(err)
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.Command("/bin/sh", "-c", "echo started; while :; do read forever || sleep 1; done")

	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}

	cmd.Stdout = w
	ended := make(chan error)
	go func() { ended <- Run(ctx, cmd) }()

	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel()

	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
