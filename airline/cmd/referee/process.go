package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// A process is this program again, with other arguments. It takes orders and gives answers, each a line of
// JSON. It belongs to one goroutine. Only answers comes from another one.
type process struct {
	answers chan answer // closed when the process ends
	cmd     *exec.Cmd
	in      io.WriteCloser
	errs    tail
}

func newProcess(args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(self, args...), answers: make(chan answer, 16)}

	p.cmd.Stderr = &p.errs

	in, errIn := p.cmd.StdinPipe()
	out, errOut := p.cmd.StdoutPipe()
	p.in = in
	if err := errors.Join(errIn, errOut, p.cmd.Start()); err != nil {
		return nil, err
	}
	go p.listen(out)

	return p, nil
}

func (p *process) listen(out io.Reader) {
	defer close(p.answers)

	for lines := bufio.NewScanner(out); lines.Scan(); {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			a.Error = fmt.Sprintf("%v: %s", err, lines.Bytes())
		}

		p.answers <- a
	}
}

// tell gives an order. A process that has ended does not hear it. Its answers are closed then.
func (p *process) tell(o order) {
	_ = json.NewEncoder(p.in).Encode(o)
}

// kill is kill -9. The process may have ended.
func (p *process) kill() { _ = p.cmd.Process.Kill() }

// end waits for the process to end, and returns at which step it died by order, or else what it died of.
func (p *process) end() (died string, err error) {
	_ = p.in.Close() // it ends with its input, or has ended
	for a := range p.answers {
		if a.Died != "" {
			died = a.Died
		}
	}

	if err = p.cmd.Wait(); err == nil || died != "" {
		return died, nil
	}

	return "", fmt.Errorf("%w: %s", err, p.errs.text())
}

// A tail keeps the end of what is written to it. Its methods may be called concurrently.
type tail struct {
	mu sync.Mutex
	b  []byte // guarded by mu
}

const tailSize = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	t.b = bytes.Clone(t.b[max(0, len(t.b)-tailSize):])
	return len(b), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
