package state

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A NotReadyError tells which stages of a worker do not work, and why.
type NotReadyError struct{ Stages []Trouble }

// A Trouble is why a stage does not work.
type Trouble struct {
	Stage  string `json:"stage"` // its consumer group
	Reason string `json:"reason"`
}

// Error has a stage a line.
func (e *NotReadyError) Error() string {
	if len(e.Stages) == 0 {
		return "the worker is starting"
	}

	var lines []string
	for _, t := range e.Stages {
		lines = append(lines, fmt.Sprintf("%s: %s", t.Stage, t.Reason))
	}
	return strings.Join(lines, "\n")
}

// ready answers whether the worker works: in JSON, or as text if ?format= asks for it.
func (h handler) ready(w http.ResponseWriter, r *http.Request) (any, error) {
	var err error
	if h.Ready != nil {
		err = h.Ready()
	}

	if r.FormValue("format") == "text" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprintf(w, "not ready\n%v\n", err)
			return nil, nil
		}
		_, _ = fmt.Fprintln(w, "ready")
		return nil, nil
	}

	if err == nil {
		return status{"ready"}, nil
	}

	answer := struct {
		Error  string    `json:"error"`
		Stages []Trouble `json:"stages,omitempty"`
	}{Error: "not ready: " + err.Error()}
	if e := new(NotReadyError); errors.As(err, &e) {
		answer.Stages = e.Stages
	}
	h.write(w, r, http.StatusServiceUnavailable, answer)

	return nil, nil
}
