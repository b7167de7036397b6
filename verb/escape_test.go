package verb

import "testing"

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"b é 日本 👩‍💻"}`:          `{"a":"b é 日本 👩‍💻"}`,
		"red \x1b[31m and back \r up": `red \x1b[31m and back \r up`,
		"two\nlines\tof text":         `two\nlines\tof text`,
		"C1 \u009b31m":                `C1 \u009b31m`,
		"turned \u202e around":        `turned \u202e around`,
		"no \xff text":                `no \xff text`,
		"":                            "",
	} {
		if got := escape(in); got != want {
			t.Errorf("%q is shown as %s, want %s", in, got, want)
		}
	}
}
