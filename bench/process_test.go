package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
)

// Brokers and workers are processes of their own, so that the work and the memory of one are not counted as
// those of another. They are this test's own program, which an environment variable tells what to be.
const (
	brokerEnv  = "SLIPSTREAM_BENCH_BROKER"
	workerEnv  = "SLIPSTREAM_BENCH_WORKER"  // a workload as JSON
	profileEnv = "SLIPSTREAM_BENCH_PROFILE" // a file for CPU profiles of workers, whose pids are added
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)

	switch {
	case os.Getenv(brokerEnv) != "":
		serveBroker()
	case os.Getenv(workerEnv) != "":
		serveWorker(os.Getenv(workerEnv))
	default:
		os.Exit(m.Run())
	}
}

// A process is this program once more. It ends when its input does.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a process. Its command line may begin with another program, such as taskset.
func start(b *testing.B, prefix []string, env ...string) *process {
	b.Helper()

	line := append(prefix, os.Args[0])
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	must(b, err)
	out, err := cmd.StdoutPipe()
	must(b, err)
	must(b, cmd.Start())

	p := &process{cmd, in, bufio.NewReader(out)}
	b.Cleanup(p.stop)

	return p
}

func (p *process) stop() {
	_ = p.in.Close()
	_ = p.cmd.Wait()
}

func (p *process) line(b *testing.B) string {
	b.Helper()

	s, err := p.out.ReadString('\n')
	must(b, err)
	return strings.TrimSpace(s)
}

// broker starts a broker.
func broker(b *testing.B, prefix ...string) []string {
	return []string{start(b, prefix, brokerEnv+"=1").line(b)}
}

func serveBroker() {
	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		panic(err)
	}
	fmt.Println(b.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent closes it
	_ = b.Close()
}

// A worker is one that runs a workload.
type worker struct {
	*process
	took time.Duration // until it was ready
}

// A report is what a worker says of itself when it is asked.
type report struct {
	Heap, RSS, Peak float64 // MB: in use after a collection, resident, resident at most so far
	CPU             float64 // seconds so far
	Rebuilt         int64   // how often its stage was
}

func startWorker(b *testing.B, w workload, prefix ...string) *worker {
	b.Helper()

	settings, err := json.Marshal(w)
	must(b, err)

	began := time.Now()
	p := start(b, prefix, workerEnv+"="+string(settings))
	p.line(b)

	return &worker{p, time.Since(began)}
}

func (w *worker) report(b *testing.B) (r report) {
	b.Helper()

	_, err := io.WriteString(w.in, "report\n")
	must(b, err)
	must(b, json.Unmarshal([]byte(w.line(b)), &r))
	return r
}

func serveWorker(settings string) {
	var w workload
	if err := json.Unmarshal([]byte(settings), &w); err != nil {
		panic(err)
	}
	defer profiled()()

	var rebuilt rebuilds
	c := w.config()
	c.Logger = slog.New(slog.NewTextHandler(&rebuilt, &slog.HandlerOptions{Level: slog.LevelWarn}))
	worker, err := processors.NewWorker(c, w.topology())
	if err != nil {
		panic(err)
	}

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()

	select {
	case <-worker.Ready():
		fmt.Println("ready")
	case err := <-ended:
		panic(err)
	}

	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		answer, _ := json.Marshal(measure(rebuilt.n.Load()))
		fmt.Println(string(answer))
	}
	stop()

	if err := <-ended; err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func measure(rebuilt int64) report {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)

	return report{
		Heap:    float64(m.HeapInuse) / (1 << 20),
		RSS:     status("VmRSS:"),
		Peak:    status("VmHWM:"),
		CPU:     cpu(),
		Rebuilt: rebuilt,
	}
}

// status returns a figure in kB of Linux's own account of the process, in MB; 0 elsewhere.
func status(name string) float64 {
	b, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(b), name)
	number, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	kb, _ := strconv.ParseFloat(number, 64)
	return kb / 1024
}

// profiled writes a CPU profile if it is wanted.
func profiled() (stop func()) {
	name := os.Getenv(profileEnv)
	if name == "" {
		return func() {}
	}

	f, err := os.Create(fmt.Sprintf("%s.%d", name, os.Getpid()))
	if err != nil {
		panic(err)
	}

	if err := pprof.StartCPUProfile(f); err != nil {
		panic(err)
	}

	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}
}

// rebuilds counts the lines of a log that tell that a stage was rebuilt.
type rebuilds struct{ n atomic.Int64 }

// Write implements io.Writer.
func (r *rebuilds) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("rebuilt")) {
		r.n.Add(1)
	}
	return len(line), nil
}

// setIfThere sets a field of the config that not every version has, so that versions can be compared.
func setIfThere(c *processors.Config, field string, value int64) {
	if f := reflect.ValueOf(c).Elem().FieldByName(field); f.IsValid() {
		f.SetInt(value)
	}
}
