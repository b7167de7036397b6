package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
)

// A refusal is an error whose text is for the client.
type refusal struct {
	status int
	text   string
}

func (e *refusal) Error() string { return e.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// answer makes a handler of a function that returns what to encode. A nil answer without an error means that
// the function has written it itself.
func (h handler) answer(f func(http.ResponseWriter, *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")

		err := h.admit(r)
		var v any
		if err == nil {
			v, err = f(w, r)
		}

		switch {
		case err != nil:
			h.fail(w, r, err)
		case v != nil:
			h.write(w, r, http.StatusOK, v)
		}
	})
}

// admit refuses other methods than GET and HEAD. On loopback it also refuses host names that it does not
// know: a web page could let a name of its own point to this machine, and read the tables through the user's
// browser.
func (h handler) admit(r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return refuse(http.StatusMethodNotAllowed, "%s: only events change tables; use GET", r.Method)
	}

	local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if local == nil || !local.IP.IsLoopback() {
		return nil
	}

	name := hostname(r.Host)
	if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() ||
		slices.Contains(h.Hosts, name) {
		return nil
	}

	return refuse(http.StatusForbidden, "host %q: this worker listens on loopback, and knows itself as localhost only", name)
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// Values of ErrorHeader.
const (
	noTable  = "no-table"
	notHere  = "not-here"
	hasMoved = "moved"
)

// fail answers with an error, and with the status and headers that fit it.
func (h handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refused *refusal
	var elsewhere *NotHereError
	body := map[string]string{"error": err.Error()}

	switch {
	case errors.As(err, &refused):
		if refused.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", "GET, HEAD")
		}
		h.write(w, r, refused.status, body)
	case errors.As(err, &elsewhere) && elsewhere.Owner != "":
		w.Header().Set(ErrorHeader, notHere)
		w.Header().Set(OwnerHeader, elsewhere.Owner)
		body["owner"] = elsewhere.Owner
		h.write(w, r, http.StatusMisdirectedRequest, body)
	case errors.Is(err, ErrNoTable):
		w.Header().Set(ErrorHeader, noTable)
		h.write(w, r, http.StatusNotFound, body)
	case errors.As(err, &elsewhere), errors.Is(err, ErrMoved):
		w.Header().Set(ErrorHeader, hasMoved)
		if elsewhere != nil {
			w.Header().Set(ErrorHeader, notHere)
		}
		w.Header().Set("Retry-After", "1")
		h.write(w, r, http.StatusServiceUnavailable, body)
	default:
		h.failed(r, err)
		h.write(w, r, http.StatusInternalServerError, body)
	}
}

// failed logs an error, unless the client has merely left.
func (h handler) failed(r *http.Request, err error) {
	if r.Context().Err() == nil {
		h.Logger.Error("state: answer", "path", r.URL.Path, "error", err)
	}
}

func (h handler) write(w http.ResponseWriter, r *http.Request, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // a row that claims to be JSON and is not
		h.failed(r, err)
		status = http.StatusInternalServerError
		b = []byte(`{"error":"the row is not valid JSON"}`)
	}

	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // the client may have left
}
