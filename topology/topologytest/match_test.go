package topologytest

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct{ came, wanted, part string }{
		{`{"a":1,"b":2}`, `{"a":1}`, ""},
		{`{"a":1}`, `{"a":1,"b":2}`, ".b"},
		{`{"a":{"b":{"c":1}}}`, `{"a":{"b":{"c":2}}}`, ".a.b.c"},
		{`{"a":null}`, `{"a":null,"b":null}`, ""},
		{`{"a":0}`, `{"a":null}`, ".a"},
		{`{"a":null}`, `{"a":"..."}`, ".a"},
		{`{}`, `{"a":"..."}`, ".a"},
		{`{"a":[]}`, `{"a":"..."}`, ""},
		{`{"a":false}`, `{"a":"..."}`, ""},
		{`{"b":1,"a":1}`, `{"b":2,"a":2}`, ".a"},
		{`[1,2,3]`, `[1,2,3]`, ""},
		{`[1,2,3]`, `[1,2]`, "[2]"},
		{`[1,2]`, `[1,2,3]`, "[2]"},
		{`[1,2,3]`, `[1,"..."]`, ""},
		{`[1]`, `[1,"..."]`, ""},
		{`[]`, `["..."]`, ""},
		{`[2,1]`, `[1,"..."]`, "[0]"},
		{`[1,2,3]`, `["...",3]`, "[1]"},
		{`[1,3]`, `["...",3]`, ""},
		{`[{"a":1,"b":2}]`, `[{"a":1}]`, ""},
		{`{"0":1}`, `[1]`, "the value itself"},
		{`[1]`, `{"0":1}`, "the value itself"},
		{`1`, `1.0`, ""},
		{`100`, `1e2`, ""},
		{`9007199254740993`, `9007199254740992`, "the value itself"},
		{`"1"`, `1`, "the value itself"},
		{`1`, `"1"`, "the value itself"},
		{`true`, `false`, "the value itself"},
		{`null`, `null`, ""},
		{``, `null`, ""},
		{`null`, `"..."`, "the value itself"},
		{`"on time"`, `"on ..."`, ""},
		{`"on time"`, `"...time"`, ""},
		{`"on time"`, `"o...n...e"`, ""},
		{`"on time"`, `"on time..."`, ""},
		{`"on time"`, `"...on time now"`, "the value itself"},
		{`"aba"`, `"ab...ba"`, "the value itself"},
		{`"on time"`, `"e...o"`, "the value itself"},
		{`"on time"`, `"on......time"`, ""},
		{`"on time"`, `"on"`, "the value itself"},
		{`"a...b"`, `"a...b"`, ""},
	} {
		tree, err := decode([]byte(c.wanted))
		if err != nil {
			t.Fatal(err)
		}

		err = value{src: c.wanted, tree: tree}.match([]byte(c.came))
		switch {
		case c.part == "" && err != nil:
			t.Errorf("%s does not match %s: %v", c.came, c.wanted, err)
		case c.part != "" && (err == nil || !strings.HasSuffix(err.Error(), "they part at "+c.part)):
			t.Errorf("%s and %s should part at %s: %v", c.came, c.wanted, c.part, err)
		}
	}
}

// What has no "..." matches itself, and no longer once anything is added to what is wanted.
func FuzzMatch(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}],"c":"x"}`, `[]`, `1e400`, `-0.0`, `"\u0000"`, `[[[]]]`,
		`{"":{"":""}}`, `9007199254740993`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := decode([]byte(s))
		if err != nil || strings.Contains(s, "...") || strings.Contains(s, `\`) || len(s) > 1000 {
			return
		}

		if err := matchTree(v, v); err != nil {
			t.Errorf("%s does not match itself: %v", s, err)
		}

		if err := matchTree(v, []any{v}); err == nil {
			t.Errorf("%s matches an array of itself", s)
		}

		if err := matchTree(map[string]any{"it": v, "more": v}, map[string]any{"it": v}); err != nil {
			t.Errorf("a field more does not match: %v", err)
		}

		if err := matchTree(map[string]any{"it": v}, map[string]any{"it": v,
			"more": json.Number("1")}); err == nil {
			t.Errorf("a field less matches")
		}

		if err := matchTree([]any{v, v}, []any{v, "..."}); err != nil {
			t.Errorf("an item more does not match an open array: %v", err)
		}
	})
}

// Whatever a text is made of, it is like a pattern of some of its pieces.
func FuzzLike(f *testing.F) {
	f.Add("one two three", uint(4), uint(7))
	f.Add("", uint(0), uint(0))
	f.Add("....", uint(1), uint(2))
	f.Fuzz(func(t *testing.T, s string, i, j uint) {
		if strings.Contains(s, ".") {
			return // would become part of the dots
		}

		n := uint(len(s)) + 1
		from, to := min(i%n, j%n), max(i%n, j%n)
		for _, pattern := range []string{
			s[:from] + "..." + s[to:],
			"..." + s[from:to] + "...",
			s[:from] + "..." + s[from:to] + "...",
		} {
			if !like(s, pattern) {
				t.Errorf("%q is not like %q", s, pattern)
			}
		}
	})
}

// Any text is a script, or a mistake with a place in it: reading it never panics.
func FuzzScript(f *testing.F) {
	for _, s := range []string{
		"send orders a 1", "send orders\n  | k | n |\n  | a | 1 |", "expect shipments in any order\n  a {\"n\":{n}}",
		"send orders c-{1..3} {\"n\":{n}}", "headers a \"b\" c none", "at 14:05", "none shipments \"", "send orders a raw \"",
		"\t x", "send orders a {\n  \"a\":1\n\n  }\n", "send orders a to partition 1 \"{2B}\"", "row stock \"a\" none", "only memory",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		src, steps, err := parse("fuzz.spec", s)
		if err == nil {
			script := newScript(t)
			script.topology, script.topics, script.tables = "shop", []string{"orders",
				"shipments"}, []string{"stock"}

			if len(repeat.FindAllString(s, -1)) > 0 || size.MatchString(s) {
				return // may ask for much memory, within its bounds
			}
			_, err = script.compile(steps)
		}

		if err != nil && !strings.HasPrefix(src.point(err).Error(), "fuzz.spec:") {
			t.Errorf("%q fails without a place: %v", s, err)
		}
	})
}

// If pairs are hidden in a random relation, assign finds a partner for everyone.
func TestAssign(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		n := 1 + rnd.IntN(8)
		m := n + rnd.IntN(3)
		hidden, fits := rnd.Perm(m)[:n], make([]bool, n*m)
		for i := range fits {
			fits[i] = rnd.IntN(3) == 0
		}

		for i, j := range hidden {
			fits[i*m+j] = true
		}

		used := map[int]bool{}
		for i, j := range assign(n, m, func(i, j int) bool { return fits[i*m+j] }) {
			if j < 0 || used[j] || !fits[i*m+j] {
				t.Fatalf("%d of %d with %d got %d (taken %v)", i, n, m, j, used)
			}
			used[j] = true
		}
	}
}

func TestAssignLeavesAlone(t *testing.T) {
	got := assign(2, 1, func(int, int) bool { return true })
	if got[0] != 0 || got[1] != -1 {
		t.Errorf("got %v", got)
	}
}
