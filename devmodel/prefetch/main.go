// Command prefetch brings the model server and a model while the program that needs them is still being
// compiled. It does so only where that program would, and tells no error: the program does.
//
//	prefetch [model]
//
// It uses little of Go's library, so that it is compiled within seconds.
package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/slipstream-go/slipstream/devmodel/internal/progress"
	"github.com/slipstream-go/slipstream/devmodel/llamacpp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	c := llamacpp.Config{Model: llamacpp.Names()[0], Progress: progress.Lines(os.Stderr)}
	if len(os.Args) > 1 {
		c.Model = os.Args[1]
	}

	dir, err := llamacpp.CacheDir()
	if err != nil || hasOllama() {
		return
	}
	c.Dir = dir
	_ = llamacpp.Prepare(ctx, c)
}

// hasOllama reports whether one will be asked first.
func hasOllama() bool {
	if _, err := exec.LookPath("ollama"); err == nil || os.Getenv("OLLAMA_HOST") != "" {
		return true
	}

	conn, err := net.DialTimeout("tcp", "127.0.0.1:11434", time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()

	return true
}
