package journal

import (
	"context"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// AddNote puts a text on the record of the answer that an operator is about to give: a prompt, or what a tool
// returned. ctx is that of Decide. The same text under the same name counts once, and a record keeps the
// first 64 kB of its notes. Nothing happens if the answer does not go on record, see [Recording]. Any
// goroutine of a call may use it.
func AddNote(ctx context.Context, name, text string) {
	if r := plan.RecorderOf(ctx); r != nil {
		r.Note(name, text, false)
	}
}

// AddSharedNote is [AddNote] for a text that many answers have in common, such as instructions: the text is
// kept once, and each record has its hash.
func AddSharedNote(ctx context.Context, name, text string) {
	if r := plan.RecorderOf(ctx); r != nil {
		r.Note(name, text, true)
	}
}

// Recording reports whether the answer that is asked for with ctx goes on record. Ask before a note that
// costs work.
func Recording(ctx context.Context) bool { return plan.RecorderOf(ctx) != nil }
