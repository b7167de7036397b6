package processors

import (
	"fmt"
	"log/slog"
)

// gokaLog sends goka's log to the worker's, at the level of debugging: what matters of it is also returned as
// an error.
type gokaLog struct {
	log   *slog.Logger
	group string
}

func (l gokaLog) Print(v ...any) { l.log.Debug(fmt.Sprint(v...), "group", l.group, "from", "goka") }
func (l gokaLog) Println(v ...any) {
	l.log.Debug(fmt.Sprintln(v...), "group", l.group, "from", "goka")
}
func (l gokaLog) Printf(format string, v ...any) {
	l.log.Debug(fmt.Sprintf(format, v...), "group", l.group, "from", "goka")
}
