package devmodel

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/slipstream-go/slipstream/devmodel/internal/child"
)

var numCPU = runtime.NumCPU()

// How long a server may take to answer at all, and to stop before it is killed.
const (
	startPatience = time.Minute
	stopPatience  = 5 * time.Second
	maxLog        = 8 << 20 // bytes; a longer log starts again
)

// A server is an Ollama that we have started. Its process group ends with stop, or when this process dies.
type server struct {
	engine
	process *child.Process
}

// start runs `ollama serve` on a free loopback port, and waits until it answers.
func (c Config) start(ctx context.Context, program string) (*server, error) {
	data := filepath.Join(c.Dir, "ollama")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, fmt.Errorf("devmodel: %w", err)
	}

	log, err := openLog(filepath.Join(data, "server.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own

	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "serve")
	cmd.Env, cmd.Stdout, cmd.Stderr = c.environment(data, addr), log, log

	p, err := child.Spawn(cmd)
	if err != nil {
		return nil, fmt.Errorf("devmodel: cannot start %s: %w", program, err)
	}

	s := &server{connect("http://" + addr), p}
	if err := s.await(ctx); err != nil {
		_ = s.stop()
		return nil, fmt.Errorf("devmodel: %s serve: %w; its log is %s", program, err, log.Name())
	}
	c.Progress(fmt.Sprintf("Ollama listens on %s (%d of %d cores, %d tokens of context)", addr, c.Threads,
		numCPU, c.Context))

	return s, nil
}

// environment is the server's. HOME: it writes a key pair there. NO_CLOUD: it never leaves this machine.
// NOPRUNE: another server may be writing the same store.
func (c Config) environment(data, addr string) []string {
	return append(os.Environ(),
		"HOME="+data,
		"OLLAMA_HOST="+addr,
		"OLLAMA_MODELS="+filepath.Join(data, "models"),
		"OLLAMA_NO_CLOUD=1",
		"OLLAMA_NOPRUNE=1",
		"OLLAMA_NUM_PARALLEL="+strconv.Itoa(c.Parallel),
		"OLLAMA_CONTEXT_LENGTH="+strconv.Itoa(c.Context),
		"OLLAMA_MAX_QUEUE=512",
		"OLLAMA_KEEP_ALIVE=30m",
	)
}

func (s *server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startPatience, fmt.Errorf("no answer in %v", startPatience))
	defer cancel()

	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()

	for {
		if _, err := s.version(ctx); err == nil {
			return nil
		}

		select {
		case <-again.C:
		case <-s.process.Done():
			return fmt.Errorf("the server ended: %w", s.process.Err())
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *server) stop() error { return s.process.Stop(stopPatience) }

// freeAddr is a loopback port that nobody listens on just now.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("devmodel: %w", err)
	}
	return l.Addr().String(), l.Close()
}

func openLog(path string) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if i, err := os.Stat(path); err == nil && i.Size() > maxLog {
		flags |= os.O_TRUNC
	}

	f, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		return nil, fmt.Errorf("devmodel: %w", err)
	}

	return f, nil
}
