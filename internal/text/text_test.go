package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slipstream-go/slipstream/internal/text"
)

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 0, ""}, {"a", 1, "a"}, {"ab", 1, "…"}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöü", 3,
			"äöü"}, {"äöüß", 3, "äö…"}, {"日本語", 2, "日…"},
	} {
		if got := text.Truncate(c.s, c.n); got != c.want {
			t.Errorf("%q to %d characters: %q, not %q", c.s, c.n, got, c.want)
		}
	}
}

func TestTruncateBytes(t *testing.T) {
	const s = "aä日🙂"
	for n := range len(s) + 2 {
		got := text.TruncateBytes(s, n)
		if !strings.HasPrefix(s, got) || !utf8.ValidString(got) || len(got) > n ||
			len(got) < min(n, len(s))-3 {
			t.Errorf("%d bytes: %q", n, got)
		}
	}

	if got := text.TruncateBytes(strings.Repeat("\x80", 20), 10); len(got) != 10 {
		t.Errorf("bytes that are no text: %q", got)
	}
}
