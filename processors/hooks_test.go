package processors

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

// A panic in a function that the user gives the worker ends no goroutine of it.
func TestHooksThatPanic(t *testing.T) {
	var log bytes.Buffer
	w := &Worker{c: Config{
		Logger:   slog.New(slog.NewTextHandler(&log, nil)),
		OnNotice: func(Notice) { panic("no such counter") },
	}}
	login := &SASL{User: "u", Secret: func(context.Context) (string, error) { panic("no such vault") }}

	w.notify(Notice{Kind: TopicCreated, Topic: "orders"})
	if s := log.String(); !strings.Contains(s, "OnNotice") || !strings.Contains(s, "no such counter") ||
		!strings.Contains(s, "topic created") {
		t.Errorf("the log lacks the panic, or the notice: %s", s)
	}

	if _, err := login.secret(); err == nil || !strings.Contains(err.Error(), "no such vault") {
		t.Errorf("Secret: %v", err)
	}
}
