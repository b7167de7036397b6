package topologytest

import (
	"regexp"
	"strconv"
	"strings"
)

// An event is one line of send, expect or row: a key, and what is said of it.
type event struct {
	place
	key       string
	value     value
	partition *int32 // send … to partition N
	more      bool   // not the first of a repetition
}

// repeat is c-{1..100}, and maxRepeat a bound, so that a slip is an error and not a full memory.
var repeat = regexp.MustCompile(`\{(\d+)\.\.(\d+)\}`)

const maxRepeat = 100_000

// events reads the lines of a step: one behind its topic, or a block, or a table.
func (st step) events(rest span) ([]event, error) {
	lines, err := st.lines(rest)
	if err != nil {
		return nil, err
	}

	var all []event
	for _, l := range lines {
		evs, err := parseEvent(l)
		if err != nil {
			return nil, err
		}

		all = append(all, evs...)
	}

	return all, nil
}

func (st step) lines(rest span) ([]span, error) {
	switch {
	case rest.s != "":
		return []span{join(append([]span{rest}, st.block...)...)}, nil
	case len(st.block) == 0:
		return nil, rest.errorf(0, "%s what? A key and JSON, or indented lines of them, or a table",
			st.verb.s)
	case st.block[0].s[0] == '|':
		return table(st.block)
	}

	return grouped(st.block), nil
}

// grouped joins each line that is indented deeper than the first to the line above.
func grouped(block []span) (lines []span) {
	for _, l := range block {
		if n := len(lines); n > 0 && l.at[0].col > block[0].at[0].col {
			lines[n-1] = join(lines[n-1], l)
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

// parseEvent reads KEY [to partition N] VALUE, once for each number of a repetition in KEY.
func parseEvent(l span) ([]event, error) {
	word, rest := l.cut()

	key, err := word.unquote()
	if err != nil {
		return nil, err
	}

	ev := event{place: l.at[0]}
	if ev.partition, rest, err = parsePartition(rest); err != nil {
		return nil, err
	}

	numbers, err := repetition(word)
	if err != nil {
		return nil, err
	}

	if err := checkValue(rest, numbers != nil); err != nil {
		return nil, err
	}

	return ev.repeated(key, rest, numbers)
}

func (ev event) repeated(key string, rest span, numbers []int) (evs []event, err error) {
	if numbers == nil {
		ev.key = key
		ev.value, err = newValue(rest.s)
		return []event{ev}, err
	}

	for i, n := range numbers {
		ev.key, ev.more = repeat.ReplaceAllString(key, strconv.Itoa(n)), i > 0
		if ev.value, err = newValue(strings.ReplaceAll(rest.s, "{n}", strconv.Itoa(n))); err != nil {
			return nil, err
		}
		evs = append(evs, ev)
	}

	return evs, nil
}

func parsePartition(t span) (*int32, span, error) {
	const words = "to partition "
	if !strings.HasPrefix(t.s, words) {
		return nil, t, nil
	}

	word, rest := t.from(len(words)).cut()
	n, err := strconv.ParseInt(word.s, 10, 32)
	if err != nil || n < 0 {
		return nil, t, word.errorf(0, "a partition is a number, not %q", word.s)
	}
	p := int32(n)

	return &p, rest, nil
}

// repetition is the numbers that {a..b} in a key stands for; nil if there is none.
func repetition(key span) ([]int, error) {
	m := repeat.FindStringSubmatch(key.s)
	if m == nil {
		return nil, nil
	}

	from, _ := strconv.Atoi(m[1])
	to, err := strconv.Atoi(m[2])
	if err != nil || to < from || to-from >= maxRepeat {
		return nil, key.errorf(strings.Index(key.s, m[0]),
			"%s repeats from the lower to the higher number, at most %d times", m[0], maxRepeat)
	}

	numbers := make([]int, 0, to-from+1)
	for n := from; n <= to; n++ {
		numbers = append(numbers, n)
	}

	return numbers, nil
}
