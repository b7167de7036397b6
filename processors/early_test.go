package processors

import (
	"testing"

	"github.com/slipstream-go/slipstream/internal/stage"
)

// A call whose attempt was counted early is made at once only if the attempt is committed: not while it waits
// for the committer, and not while its transaction runs.
func TestEarlyAttemptAwaitsItsCommit(t *testing.T) {
	head, other := cellID{"k", "ask", 7}, cellID{"k", "other", 7}
	p := &partition{
		rows:  map[string]*stage.Row{"k": {Queues: []stage.Queue{{Op: "ask", First: 7, Next: 8, Early: true}}}},
		cells: map[cellID]waitingCell{},
		heads: map[headID]bool{{"k", "ask"}: true},
	}
	expect := func(when string, want bool) {
		t.Helper()

		if got := p.isCommitted(head); got != want {
			t.Errorf("%s, the attempt is committed: %v", when, got)
		}
	}

	expect("before it is taken", false)
	p.takeCells()
	expect("while the transaction runs", false)

	if !p.isCommitted(other) {
		t.Error("the head of another operator waits for it, too")
	}

	p.flushed(0)
	expect("after the commit", true)

	if p.rows["k"] == nil {
		t.Error("the row has left the cache: the store doesn't know that the attempt is yet to be made")
	}

	p.cells[head] = waitingCell{request: &stage.Request{Op: "ask"}}
	expect("while the event itself waits for the committer", false)
	p.takeCells()
	expect("while the event itself is being committed", false)
	p.flushed(0)
	expect("after the event was committed", true)
}

// Letters come through the claims of several inputs, and so in any order. They are opened in the order in
// which they were sent: an attempt must not be counted after it was made.
func TestLettersAreOpenedInOrder(t *testing.T) {
	early, turn := stage.Head{Key: "k", Early: true}, stage.Head{Key: "k", Slot: true}
	p := &partition{inbox: []letter{{head: &early}, {head: &turn}}}

	if first, second := p.open(), p.open(); first.head != &early || second.head != &turn || p.unread() != 0 {
		t.Errorf("opened %+v, then %+v; %d are unread", first.head, second.head, p.unread())
	}
}
