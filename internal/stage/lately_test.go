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

func TestLatelyLeavesOutWhatWasWritten(t *testing.T) {
	var l Lately
	if got := l.Fresh(once("a", "b", "a")); len(got) != 2 {
		t.Errorf("%v", got)
	}
	if got := l.Fresh(append(once("a", "c"), Output{Topic: "t", Key: "a"}, Output{Topic: "u", Key: "a", Once: true})); len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// What another has written is missing no more, and asking is not writing.
func TestLatelyKnowsWhatOthersWrote(t *testing.T) {
	var l Lately
	l.Wrote(append(once("a"), Output{Topic: "t", Key: "b"}))
	if got := l.Missing(append(once("a", "b", "c"), Output{Topic: "t", Key: "a"})); len(got) != 3 {
		t.Errorf("%v", got)
	}
	if got := l.Missing(once("c")); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// What was written an hour ago is written again, and the memory stays small however much is written.
func TestLatelyForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Lately
		l.Fresh(once("a"))
		time.Sleep(lastsAtLeast/2 - time.Minute)
		if got := l.Fresh(once("a")); len(got) != 0 {
			t.Error("written twice within half an hour")
		}
		time.Sleep(lastsAtLeast)
		l.Fresh(once("b"))
		if time.Sleep(lastsAtLeast); len(l.Fresh(once("a"))) != 1 {
			t.Error("not written again after hours")
		}
		for i := range 5 * mostLately {
			l.Fresh(once(fmt.Sprint(i)))
		}
		if n := len(l.now) + len(l.before); n > 2*mostLately {
			t.Errorf("remembers %d", n)
		}
	})
}
