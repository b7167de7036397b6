package llmtest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// An answer is one line of a script.
type answer struct {
	text  string
	err   error         // instead of the text
	after time.Duration // before either
	hangs bool          // instead of either
}

func parseAnswer(args string) (a answer, err error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(args), " ")
	switch verb {
	case "after":
		d, then, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if a, err = parseAnswer(then); err == nil {
			a.after, err = time.ParseDuration(d)
		}
		return a, err
	case "fails":
		return answer{err: Fault(strings.TrimSpace(rest))}, nil
	case "hangs":
		return answer{hangs: true}, nil
	case "":
		return a, errors.New("model ANSWER: which?")
	}

	return answer{text: strings.TrimSpace(args)}, nil
}

// wait passes the time before the answer, and ends early with ctx.
func (a answer) wait(ctx context.Context) error {
	if a.hangs {
		<-ctx.Done()
		return ctx.Err()
	}

	if a.after <= 0 {
		return nil
	}

	t := time.NewTimer(a.after)
	defer t.Stop()

	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Fault is an *llm.Error whose text is why. A why that begins with an HTTP status has that Status, and is of
// its kind, as Ollama would have it; one that begins with "cut" is ErrTruncated; all others are
// ErrUnavailable.
func Fault(why string) error {
	e := &llm.Error{Kind: llm.ErrUnavailable, Err: errors.New(why)}
	status, _, _ := strings.Cut(why, " ")
	if n, err := strconv.Atoi(status); err == nil {
		e.Status = n
	}

	switch {
	case e.Status >= 400 && e.Status < 500 && e.Status != 429:
		e.Kind = llm.ErrRefused
	case strings.HasPrefix(why, "cut"):
		e.Kind = llm.ErrTruncated
	}

	return e
}

// A queue hands out answers in order; the last one stands until another is told.
type queue struct {
	about   string // the text that a prompt must contain
	answers []answer
	used    bool // the last one has been given
}

// tell adds an answer. If the last one has been given, it replaces that.
func (q *queue) tell(a answer) {
	if q.used {
		q.answers, q.used = nil, false
	}
	q.answers = append(q.answers, a)
}

func (q *queue) take() (answer, bool) {
	if len(q.answers) == 0 {
		return answer{}, false
	}

	a := q.answers[0]
	if len(q.answers) > 1 {
		q.answers = q.answers[1:]
	} else {
		q.used = true
	}

	return a, true
}
