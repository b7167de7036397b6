package stage

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func once(keys ...string) (all []Output) {
	for _, k := range keys {
		all = append(all, Output{Topic: "t", Key: k, Once: true})
	}
	return all
}

func TestRecentWritesAreLeftOut(t *testing.T) {
	var w RecentWrites
	if got := w.AddMissing(once("a", "b", "a")); len(got) != 2 {
		t.Errorf("%v", got)
	}

	if got := w.AddMissing(append(once("a", "c"), Output{Topic: "t", Key: "a"},
		Output{Topic: "u", Key: "a", Once: true})); len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// What another goroutine has written is no longer missing, and to ask is not to write.
func TestRecentWritesOfOthersAreLeftOut(t *testing.T) {
	var w RecentWrites
	w.Add(append(once("a"), Output{Topic: "t", Key: "b"}))

	if got := w.Missing(append(once("a", "b", "c"), Output{Topic: "t", Key: "a"})); len(got) != 3 {
		t.Errorf("%v", got)
	}

	if got := w.Missing(once("c")); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// What was written an hour ago is written again, and the memory stays small however much is written.
func TestRecentWritesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w RecentWrites
		w.AddMissing(once("a"))
		time.Sleep(maxRemember/2 - time.Minute)

		if got := w.AddMissing(once("a")); len(got) != 0 {
			t.Error("written twice within half an hour")
		}
		time.Sleep(maxRemember)
		w.AddMissing(once("b"))

		if time.Sleep(maxRemember); len(w.AddMissing(once("a"))) != 1 {
			t.Error("not written again after hours")
		}

		for i := range 5 * maxRecent {
			w.AddMissing(once(fmt.Sprint(i)))
		}

		if n := len(w.now) + len(w.before); n > 2*maxRecent {
			t.Errorf("remembers %d", n)
		}
	})
}
