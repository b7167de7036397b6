package child

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"time"
)

// A Process is a command in a process group of its own, which ends when this process dies.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how; read after done
}

// Spawn starts cmd. Linux sends the death signal when the *thread* that forked ends, so one thread is kept
// for it.
func Spawn(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, done: make(chan struct{})}
	bindLife(cmd)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()

		err := cmd.Start()
		started <- err

		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()

	return p, <-started
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how it has ended. It waits for that.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Stop asks the whole group to end, and kills it if it has not after patience.
func (p *Process) Stop(patience time.Duration) error {
	kill := time.AfterFunc(patience, func() { signalGroup(p.cmd.Process, true) })
	defer kill.Stop()
	signalGroup(p.cmd.Process, false)
	<-p.done
	signalGroup(p.cmd.Process, true) // a runner that outlived its server
	return nil
}

// Run waits for the command, or for ctx, which stops it.
func Run(ctx context.Context, cmd *exec.Cmd) error {
	p, err := Spawn(cmd)
	if err != nil {
		return err
	}

	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), p.Stop(time.Second))
	}
}
