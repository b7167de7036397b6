package exam

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// String writes a reading in a line.
func (r Reading) String() string {
	mark := "right"
	switch {
	case !r.IsWishRight():
		mark = "WRONG"
	case !r.IsRight():
		mark = "TIME"
	}

	why := r.Read.Reason
	if r.Err != nil {
		why = r.Err.Error()
	}

	return fmt.Sprintf("%-5s %s %s: is %s, read as %s (%s): %q", mark, r.ID, r.Language,
		withTime(r.Wish, r.Time), withTime(r.Read.Wish, r.Read.Time), why, r.Text)
}

func withTime(w vocab.Wish, hhmm string) string {
	if hhmm == "" {
		return string(w)
	}
	return string(w) + " " + hhmm
}

// Print writes the report as tables.
func (r NotesReport) Print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()

	row(t, "notes", "share, and its interval of 95 %")
	row(t, "wish right", r.Wish)
	row(t, "wish and time right", r.WishAndTime)
	row(t, "orders without effect", r.Orders)

	for _, group := range []shares{r.ByWish, r.ByLanguage, r.ByPart} {
		fmt.Fprintln(t)
		for _, name := range slices.Sorted(maps.Keys(group)) {
			row(t, name, group[name], r.mistaken(vocab.Wish(name)))
		}
	}

	fmt.Fprintln(t)
	row(t, "unread", r.Unread)
	row(t, "seconds a note", fmt.Sprintf("%.1f", r.Seconds))
}

// mistaken lists as what else the notes of a wish were read, the most frequent first.
func (r NotesReport) mistaken(w vocab.Wish) (text string) {
	as := r.readAs[w]
	kinds := slices.SortedFunc(maps.Keys(as), func(a, b vocab.Wish) int {
		return cmp.Or(cmp.Compare(as[b], as[a]), cmp.Compare(a, b))
	})

	for _, k := range kinds {
		if k != w {
			text += fmt.Sprintf("%d as %s  ", as[k], k)
		}
	}

	return text
}

func row(w io.Writer, cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, c)
	}
	fmt.Fprintln(w)
}
