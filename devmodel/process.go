package devmodel

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"time"
)

// A process is a command in a process group of its own, which ends when this process dies.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how; read after done
}

// spawn starts cmd. Linux sends the death signal when the *thread* that forked ends, so one thread is kept
// for it.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
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

// stop asks the whole group to end, and kills it if it has not after patience.
func (p *process) stop(patience time.Duration) error {
	kill := time.AfterFunc(patience, func() { signalGroup(p.cmd.Process, true) })
	defer kill.Stop()
	signalGroup(p.cmd.Process, false)
	<-p.done
	signalGroup(p.cmd.Process, true) // a runner that outlived its server
	return nil
}

// run waits for the command, or for ctx, which stops it.
func run(ctx context.Context, cmd *exec.Cmd) error {
	p, err := spawn(cmd)
	if err != nil {
		return err
	}

	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), p.stop(time.Second))
	}
}
