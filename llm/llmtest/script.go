package llmtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// A Script is a model that answers as told, in order; once out of answers, the last one stands. Its zero
// value has no answers yet, which is an error when it is asked. It is safe for use by several goroutines.
//
// Its methods Answer and Asked are the verbs `model` and `prompt` of .spec files:
//
//	script.Verb("model", m.Answer)
//	script.Verb("prompt", m.Asked)
type Script struct {
	mu      sync.Mutex
	general queue    // for any prompt
	bound   []*queue // for prompts that contain a text, in the order in which they were told
	prompts []string // all of them
	looked  int      // how many of them Asked has looked at
}

// Says is a Script with these answers, each as in Answer.
func Says(answers ...string) *Script {
	s := &Script{}
	for _, a := range answers {
		if err := s.Answer(a); err != nil {
			panic(err) // a typing error in a test
		}
	}
	return s
}

// Answer tells the next answer. It is the verb `model`:
//
//	model ANSWER                  JSON or text
//	model fails WHY               an error; WHY may begin with an HTTP status, which decides its error
//	model hangs                   no answer until the context ends
//	model after DURATION ANSWER   any of these, later, by the clock of the goroutine that asks
//	model for TEXT: ANSWER        any of these, for prompts that contain TEXT, in a queue of their own
//
// Behind llm.ToolsBySchema a script calls tools, in the forms of that: model {"tool": "book", "arguments":
// {...}}
func (s *Script) Answer(args string) error {
	about, rest, err := cutBinding(args)
	if err != nil {
		return err
	}

	a, err := parseAnswer(rest)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queueOf(about).tell(a)

	return nil
}

// cutBinding takes `for TEXT:` off the front.
func cutBinding(args string) (about, rest string, err error) {
	bound, ok := strings.CutPrefix(args, "for ")
	if !ok {
		return "", args, nil
	}

	about, rest, ok = strings.Cut(bound, ": ")
	if !ok {
		return "", "", fmt.Errorf("model for TEXT: ANSWER, not: model %s", args)
	}

	return strings.TrimSpace(about), rest, nil
}

func (s *Script) queueOf(about string) *queue {
	if about == "" {
		return &s.general
	}

	i := slices.IndexFunc(s.bound, func(q *queue) bool { return q.about == about })
	if i < 0 {
		i = len(s.bound)
		s.bound = append(s.bound, &queue{about: about})
	}

	return s.bound[i]
}

// Chat implements llm.Model.
func (s *Script) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	if err := ctx.Err(); err != nil {
		return llm.Reply{}, err
	}
	begun := time.Now()

	prompt := promptOf(r)
	a, ok := s.next(prompt)
	if !ok {
		return llm.Reply{}, errors.New("llmtest: no answer in the script for this prompt: " + prompt)
	}

	if err := a.wait(ctx); err != nil {
		return llm.Reply{}, err
	}

	if a.err != nil {
		return llm.Reply{}, a.err
	}

	return llm.Reply{
		Message:   llm.Message{Role: llm.Assistant, Text: a.text},
		Model:     "script",
		TokensIn:  llm.Tokens(texts(r)...),
		TokensOut: llm.Tokens(a.text),
		Took:      time.Since(begun),
	}, nil
}

// next notes the prompt, and takes an answer: from the first binding that it contains, else from the rest.
func (s *Script) next(prompt string) (answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.prompts = append(s.prompts, prompt)
	for _, q := range s.bound {
		if contains(prompt, q.about) {
			return q.take()
		}
	}

	return s.general.take()
}

// Asked looks at the oldest prompt not yet looked at: it must contain the text, in which ... is anything.
// It is the verb `prompt`. The prompt of a repair is what the first showed, the answer, and the objection.
func (s *Script) Asked(args string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.looked == len(s.prompts) {
		return notYet{fmt.Errorf("the model was not asked (again); wanted: %s", args)} // on a real engine it may be, soon
	}
	prompt := s.prompts[s.looked]
	s.looked++

	if !contains(prompt, args) {
		return fmt.Errorf("prompt: %s\nwanted: %s", prompt, args)
	}

	return nil
}

// Prompts are all that have been asked so far, in order, without the instructions.
func (s *Script) Prompts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.prompts)
}

// promptOf is all of a request but the instructions.
func promptOf(r llm.Request) string {
	var turns []string
	for _, m := range r.Messages {
		if m.Role != llm.System {
			turns = append(turns, m.Text)
		}
	}
	return strings.Join(turns, "\n")
}

func texts(r llm.Request) (out []string) {
	for _, m := range r.Messages {
		out = append(out, m.Text)
	}
	return out
}

// contains reports whether the parts of a pattern between its dots are in the text, in order.
func contains(text, pattern string) bool {
	for part := range strings.SplitSeq(pattern, "...") {
		_, after, ok := strings.Cut(text, strings.TrimSpace(part))
		if !ok {
			return false
		}
		text = after
	}
	return true
}
