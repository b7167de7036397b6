package topology

import "context"

// Note puts a text of its own on the record of the answer that Decide is about to give: a prompt, what a tool returned. The
// same text under the same name counts once. A record keeps the first 64 kB of its notes. Without Policy.Record it does
// nothing. Any goroutine of a call may use it.
func Note(ctx context.Context, name, text string) {
	if r := recorderOf(ctx); r != nil {
		r.Note(name, text, false)
	}
}

// Keep is Note for a text that many answers share, such as instructions: it is kept once, apart, and the record has its
// hash.
func Keep(ctx context.Context, name, text string) {
	if r := recorderOf(ctx); r != nil {
		r.Note(name, text, true)
	}
}

// Recorded says whether the answer that is asked for with ctx goes on record: whoever has to work for a note may ask.
func Recorded(ctx context.Context) bool { return recorderOf(ctx) != nil }

// A Recorder is [Reads] that also take notes. Engines implement it.
type Recorder interface {
	Reads
	// Records says whether anything is recorded.
	Records() bool
	// Note takes a text; shared ones are kept once, by their hash.
	Note(name, text string, shared bool)
}

func recorderOf(ctx context.Context) Recorder {
	if r, ok := ctx.Value(readsKey{}).(Recorder); ok && r.Records() {
		return r
	}
	return nil
}
