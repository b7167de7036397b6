package check

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
)

// A Call is one that an operator has begun to make.
type Call struct {
	At     time.Time
	Case   caseID
	Terms  int
	Worker string
}

// A Woken is a worker that was stopped, with all its threads, until it was woken.
type Woken struct {
	Worker string
	At     time.Time
}

// ReadCalls reads the calls that workers wrote down. A line that a kill has cut short is no call.
func ReadCalls(log io.Reader) (all []Call) {
	for lines := bufio.NewScanner(log); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) != 6 {
			continue
		}

		at, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			continue
		}
		seq, _ := strconv.Atoi(words[3])
		terms, _ := strconv.Atoi(words[4])

		all = append(all, Call{time.Unix(0, at), caseID{words[1], words[2], seq}, terms, words[5]})
	}

	return all
}

// Between the lease and the call there are some instructions, and a worker may be stopped there. So the first
// call that a worker makes after it was woken, within this time, is no violation: no program can prevent it.
const betweenLeaseAndCall = 20 * time.Millisecond

// judgeCalls finds calls that began when their decision was already visible to a reader. It counts those
// beyond one for each case and one for each time that it had to be asked again: a crash has cut off an
// earlier one.
func (r *Round) judgeCalls(bad *Findings, c *Counts, settled, again int) {
	c.Calls, c.ExtraCalls = len(r.Calls), len(r.Calls)-settled-again
	excused := map[Woken]bool{}
	for _, call := range r.Calls {
		at, ok := r.Visible[call.Case]
		if !ok || !call.At.After(at) || r.AtLeastOnce {
			continue
		}

		if w, ok := r.wokenBefore(call); ok && !excused[w] {
			excused[w] = true
			continue
		}
		bad.Add("call after its decision", "%v by %s, %v after it was visible", call.Case, call.Worker,
			call.At.Sub(at))
	}
}

// wokenBefore returns the wake-up that a call follows at once.
func (r *Round) wokenBefore(c Call) (Woken, bool) {
	for _, w := range r.Woken {
		if after := c.At.Sub(w.At); w.Worker == c.Worker && after >= 0 && after < betweenLeaseAndCall {
			return w, true
		}
	}
	return Woken{}, false
}
