package round

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/slipstream-go/slipstream/torture/worker"
)

// A host is where workers run, one after the other: it has a name and a disk. A worker that ends by itself is
// started again, as a supervisor would.
type host struct {
	r        *round
	name     string
	dir      string
	instance string // "": its workers have no permanent name

	mu     sync.Mutex
	on     bool // a worker should run
	alone  bool // one that ends by itself is not started again
	starts int
	w      *process // the newest; nil before the first
}

// A process is one worker.
type process struct {
	name  string // in the log of calls
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ready chan struct{} // closed when it is ready
	ended chan struct{} // closed when it has ended

	address atomic.Value // string: of its HTTP queries

	// Set before ended is closed.
	status int    // of its exit; -1: a signal
	why    string // from worker.LineEnded
}

func (r *round) newHost(name, instance string) *host {
	return &host{r: r, name: name, dir: filepath.Join(r.folder, "disks", name), instance: instance}
}

// start starts a worker, unless one runs.
func (h *host) start() {
	h.mu.Lock()
	defer h.mu.Unlock()

	h.on = true
	if h.w == nil || h.w.hasEnded() {
		h.launch()
	}
}

// launch starts a process, with the lock held.
func (h *host) launch() {
	h.starts++
	name := fmt.Sprintf("%s.%d", h.name, h.starts)

	settings, _ := json.Marshal(worker.Settings{
		Name:        name,
		Round:       h.r.name,
		Brokers:     h.r.brokers,
		Dir:         h.dir,
		Instance:    h.instance,
		AtLeastOnce: h.r.AtLeastOnce,
		Session:     h.r.Session,
		Partitions:  partitions,
		Calls:       h.r.path(callsFile),
		Sabotage:    h.r.Sabotage,
	})

	p, err := startProcess(name, string(settings), h.r.path(h.name+".log"))
	if err != nil {
		h.r.bad.Add("harness", "start %s: %v", name, err)
		return
	}
	h.w = p
	h.r.note("%s runs as process %d", name, p.cmd.Process.Pid)

	go h.supervise(p)
}

// supervise starts the next process when one has ended by itself.
func (h *host) supervise(p *process) {
	<-p.ended
	h.r.note("%s has ended with status %d %s", p.name, p.status, p.why)

	h.mu.Lock()
	again := h.on && !h.alone && h.w == p
	h.mu.Unlock()

	if !again {
		return
	}

	h.r.mu.Lock()
	h.r.restarts++
	h.r.mu.Unlock()

	if p.status == worker.ExitFatal || p.status == worker.ExitUsage || strings.Contains(p.why, "panic") {
		h.r.bad.Add("worker refused to go on", "%s: status %d: %s", p.name, p.status, p.why)
	}

	time.Sleep(200 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.on && h.w == p {
		h.launch()
	}
}

// startProcess starts a worker that appends what it prints to a log.
func startProcess(name, settings, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}

	p := &process{name: name, ready: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], "worker", settings)
	p.cmd.Stderr = out

	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}

	fmt.Fprintf(out, "=== %s\n", name)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}

	go func() {
		defer out.Close()
		p.follow(stdout, out)
		_ = p.cmd.Wait()
		p.status = p.cmd.ProcessState.ExitCode()
		fmt.Fprintf(out, "=== %s: %v\n", name, p.cmd.ProcessState)
		close(p.ended)
	}()

	return p, nil
}

// follow copies what the process prints, and notes what it says of itself.
func (p *process) follow(stdout io.Reader, log io.Writer) {
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Fprintln(log, lines.Text())

		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case worker.LineListens:
			p.address.Store(rest)
		case worker.LineReady:
			close(p.ready)
		case worker.LineEnded, worker.LineCrash:
			p.why = rest
		}
	}
}

// Address is that of the process's HTTP queries; "" if it has not told it yet.
func (p *process) Address() string {
	a, _ := p.address.Load().(string)
	return a
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// isReady waits until the process is ready. It returns false if it has ended, or if that takes too long.
func (p *process) isReady(patience time.Duration) bool {
	select {
	case <-p.ready:
		return true
	case <-p.ended:
	case <-time.After(patience):
	}
	return false
}

// running returns the newest process, and whether it should run.
func (h *host) running() (*process, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.w, h.on && h.w != nil
}

// isReady waits until the host's newest worker is ready, whichever that is.
func (h *host) isReady(patience time.Duration) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		p, on := h.running()
		if !on {
			return false
		}

		if p.isReady(time.Until(end)) {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}

	return false
}

// setAlone has a worker that ends by itself stay so, or not.
func (h *host) setAlone(yes bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alone = yes
}

// tell gives the worker a command.
func (h *host) tell(command ...any) {
	if p, on := h.running(); on {
		_, _ = fmt.Fprintln(p.stdin, command...)
	}
}

func (h *host) signal(s syscall.Signal) {
	if p, on := h.running(); on && !p.hasEnded() {
		_ = p.cmd.Process.Signal(s)
	}
}

// kill ends the worker at once, and leaves it ended.
func (h *host) kill() { h.end(syscall.SIGKILL, time.Minute) }

// stop has the worker stop, and returns how it ended. One that does not is killed.
func (h *host) stop() (status int, inTime bool) {
	return h.end(syscall.SIGTERM, stopPatience)
}

// stopPatience is how long a stop may take. A worker promises its StopTimeout and a grace; the machine may be
// slow.
const stopPatience = 60 * time.Second

func (h *host) end(s syscall.Signal, patience time.Duration) (status int, inTime bool) {
	h.mu.Lock()
	p, on := h.w, h.on
	h.on = false
	h.mu.Unlock()

	if !on || p == nil {
		return 0, true
	}

	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	_ = p.cmd.Process.Signal(s)

	select {
	case <-p.ended:
		if p.Address() == "" {
			return 0, true // it had not begun to handle signals
		}
		return p.status, true
	case <-time.After(patience):
	}

	_ = p.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines are in the log
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}

	return p.status, false
}

// wipe loses the disk.
func (h *host) wipe() error { return os.RemoveAll(h.dir) }

// save keeps a copy of the disk, which restore brings back.
func (h *host) save() error {
	if err := os.RemoveAll(h.saved()); err != nil {
		return err
	}

	if _, err := os.Stat(h.dir); err != nil {
		return nil // nothing to save
	}
	return os.CopyFS(h.saved(), os.DirFS(h.dir))
}

// restore replaces the disk by the copy, if there is one.
func (h *host) restore() (restored bool, err error) {
	if _, err := os.Stat(h.saved()); err != nil {
		return false, nil
	}

	if err := os.RemoveAll(h.dir); err != nil {
		return false, err
	}
	return true, os.Rename(h.saved(), h.dir)
}

func (h *host) saved() string { return h.dir + ".older" }
