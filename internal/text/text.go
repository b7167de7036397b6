// Package text shortens text without breaking a character, and finds the names that a mistyped one may mean.
package text

import "unicode/utf8"

// Truncate keeps at most n characters of s: if there are more, the last one that it keeps is an ellipsis.
func Truncate(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-1, 0)]) + "…"
}

// TruncateBytes keeps at most the first n bytes of s, less those of a character that would be cut in two.
// Bytes that are no UTF-8 stay as they are.
func TruncateBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}

	for end := n; end > max(0, n-utf8.UTFMax); end-- {
		if utf8.RuneStart(s[end]) {
			return s[:end]
		}
	}

	return s[:n]
}
