package llmtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/slipstream-go/slipstream/llm"
)

// A Recording replays a file of answers, one JSON object a line, found by the hash of their request. What
// is not in the file is asked of a real model and written there. It is safe for use by several goroutines;
// several processes must not record into one file.
type Recording struct {
	path string
	real llm.Model // nil: replays only

	mu    sync.Mutex
	known map[string]llm.Reply
}

type recorded struct {
	Key     string      `json:"key"`
	Request llm.Request `json:"request"` // for people who read the file
	Reply   llm.Reply   `json:"reply"`
}

// Recorded opens the recording in a file, which need not exist if there is a real model. Without one, a
// request that is not in the file is refused.
func Recorded(path string, real llm.Model) (*Recording, error) {
	r := &Recording{path: path, real: real, known: map[string]llm.Reply{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && real != nil {
		return r, nil
	} else if err != nil {
		return nil, fmt.Errorf("llmtest: the recording: %w", err)
	}

	for i, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var x recorded
		if err := json.Unmarshal(line, &x); err != nil {
			return nil, fmt.Errorf("llmtest: %s:%d: %w", path, i+1, err)
		}
		r.known[x.Key] = x.Reply
	}

	return r, nil
}

// Chat implements llm.Model. Errors of the real model are not recorded.
func (r *Recording) Chat(ctx context.Context, q llm.Request) (llm.Reply, error) {
	if err := ctx.Err(); err != nil {
		return llm.Reply{}, err
	}

	k, err := key(q)
	if err != nil {
		return llm.Reply{}, err
	}
	r.mu.Lock()
	reply, ok := r.known[k]
	r.mu.Unlock()

	if ok {
		return reply, nil
	}

	if r.real == nil {
		return reply, &llm.Error{
			Kind:   llm.ErrRefused,
			Err:    fmt.Errorf("llmtest: %s has no answer to: %s", r.path, promptOf(q)),
			Remedy: "record it with a real model",
		}
	}

	if reply, err = r.real.Chat(ctx, q); err != nil {
		return reply, err
	}

	return reply, r.write(recorded{k, q, reply})
}

// write appends a line in one piece.
func (r *Recording) write(x recorded) error {
	line, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("llmtest: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()

	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("llmtest: the recording: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	r.known[x.Key] = x.Reply

	return errors.Join(err, f.Close())
}

// key is the hash of all that may change the answer.
func key(q llm.Request) (string, error) {
	b, err := json.Marshal(q)
	if err != nil {
		return "", fmt.Errorf("llmtest: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
