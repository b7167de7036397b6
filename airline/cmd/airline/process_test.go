package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/slipstream-go/slipstream/verb"
)

// A process is a command line in a process of its own: this test's binary, see TestMain.
type process struct {
	*console
	cmd   *exec.Cmd
	ended chan struct{}
}

// program starts one, and kills it at the end of the test if it still runs.
func program(t *testing.T, args ...string) *process {
	t.Helper()

	p := &process{console: &console{t: t, args: args, status: make(chan int, 1)},
		cmd: exec.Command(os.Args[0], args...), ended: make(chan struct{})}

	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}

	go func() {
		_ = p.cmd.Wait() // its status is what counts
		p.status <- p.cmd.ProcessState.ExitCode()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
	})

	return p
}

// kill is kill -9.
func (p *process) kill() {
	p.t.Helper()

	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		p.t.Fatalf("%v: %v; it has printed:\n%s%s", p.args, err, p.out.text(), p.errs.text())
	}
	<-p.ended
}

// terminate stops the process as a supervisor would.
func (p *process) terminate() {
	p.t.Helper()

	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("%v: %v", p.args, err)
	}

	if s := p.wait(); s != verb.StatusOK {
		p.t.Errorf("%v: status %d after SIGTERM: %s", p.args, s, p.errs.text())
	}
}

// line waits for the first line, and returns it.
func (p *process) line() string {
	p.t.Helper()
	first, _, _ := strings.Cut(p.until("\n"), "\n")
	return first
}
