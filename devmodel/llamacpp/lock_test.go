package llamacpp

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestOneProcessAtATime(t *testing.T) {
	var said []string
	c := Config{Dir: t.TempDir(), Progress: func(line string) { said = append(said, line) }}

	unlock, err := c.lock(t.Context(), "models", "another process is bringing a model")
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()

	if _, err := c.lock(ctx, "models", "another process is bringing a model"); !errors.Is(err,
		context.DeadlineExceeded) {
		t.Error(err)
	}

	if len(said) != 1 || !strings.Contains(said[0], "another process") {
		t.Errorf("said %q", said)
	}
	unlock()

	again, err := c.lock(t.Context(), "models", "")
	if err != nil {
		t.Fatal(err)
	}
	defer again()
}

func TestWhatADeadProcessLeftIsRemoved(t *testing.T) {
	c := Config{Dir: t.TempDir()}

	dead, _, err := c.scratch("models")
	if err != nil {
		t.Fatal(err)
	}

	unlock, err := c.lock(t.Context(), "models", "")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()

	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
