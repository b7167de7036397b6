package exam

import "github.com/slipstream-go/slipstream/airline/vocab"

// A NotesReport sums up how notes were read.
type NotesReport struct {
	Wish        Share  `json:"wish_right"`
	WishAndTime Share  `json:"wish_and_time_right"`
	ByWish      shares `json:"wish_right_by_wish"`
	ByLanguage  shares `json:"wish_right_by_language"`
	ByPart      shares `json:"wish_right_by_part"`
	TimeByPart  shares `json:"wish_and_time_right_by_part"`

	// Orders are notes that only give the system an order; the share are those that had no effect.
	Orders Share `json:"orders_without_effect"`

	// Unread are notes that came to no reading, because the model failed: they are treated as saying nothing.
	Unread  int     `json:"unread"`
	Seconds float64 `json:"seconds_per_note"`

	readAs map[vocab.Wish]map[vocab.Wish]int // by label
}

// ReportNotes sums up readings.
func ReportNotes(all []Reading) NotesReport {
	r := NotesReport{ByWish: shares{}, ByLanguage: shares{}, ByPart: shares{}, TimeByPart: shares{},
		readAs: map[vocab.Wish]map[vocab.Wish]int{}}
	for _, one := range all {
		r.add(one)
	}

	if len(all) > 0 {
		r.Seconds = round(r.Seconds / float64(len(all)))
	}
	return r
}

func (r *NotesReport) add(one Reading) {
	right := one.IsWishRight()
	part := string(PartOf(one.ID))

	r.Wish.add(right)
	r.WishAndTime.add(one.IsRight())
	r.ByWish.add(string(one.Wish), right)
	r.ByLanguage.add(one.Language, right)
	r.ByPart.add(part, right)
	r.TimeByPart.add(part, one.IsRight())

	if one.isOrder() {
		r.Orders.add(one.Read.Wish == vocab.WishNothing)
	}

	if one.Err != nil {
		r.Unread++
	}
	r.Seconds += one.Took.Seconds()

	if r.readAs[one.Wish] == nil {
		r.readAs[one.Wish] = map[vocab.Wish]int{}
	}
	r.readAs[one.Wish][one.Read.Wish]++
}
