package exam

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// claim begins a fact that is a meaning: it needs a judge who reads.
const claim = "claim: "

// isClaim reports whether a fact is a meaning, which code can't judge.
func isClaim(fact string) bool { return strings.HasPrefix(fact, claim) }

// How facts are written.
var (
	clockFact  = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)$`)
	moneyFact  = regexp.MustCompile(`^\$(\d+)(\.\d\d)?$`)
	dateFact   = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	flightFact = regexp.MustCompile(`^([A-Z]{2}|[A-Z]\d|\d[A-Z])(\d{1,4})$`)
)

// A teller finds facts in a text, in their usual forms.
type teller struct {
	text string
	now  time.Time // as the customer's clock has it
}

func newTeller(text string, now time.Time) teller {
	text = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "’", "'").Replace(text)
	return teller{strings.ToLower(strings.Join(strings.Fields(text), " ")), now}
}

// tells reports whether the text tells a fact.
func (t teller) tells(fact string) bool {
	for _, form := range t.forms(fact) {
		if form.MatchString(t.text) {
			return true
		}
	}
	return false
}

// forms returns the patterns of a fact. The text is in lower case.
func (t teller) forms(fact string) []*regexp.Regexp {
	switch {
	case clockFact.MatchString(fact):
		return clockForms(fact)
	case moneyFact.MatchString(fact):
		return moneyForms(fact)
	case dateFact.MatchString(fact):
		return t.dateForms(fact)
	case flightFact.MatchString(fact):
		m := flightFact.FindStringSubmatch(fact)
		return patterns(fmt.Sprintf(`%s[ -]?0*%s`, strings.ToLower(m[1]), m[2]))
	}

	return patterns(regexp.QuoteMeta(strings.ToLower(strings.Join(strings.Fields(fact), " "))))
}

// patterns compiles patterns that must not begin or end within a word or a number.
func patterns(all ...string) (out []*regexp.Regexp) {
	for _, p := range all {
		out = append(out, regexp.MustCompile(`(?:^|[^\pL\pN])(?:`+p+`)(?:$|[^\pL\pN])`))
	}
	return out
}

// clockForms are those of 19:30: also 7:30 pm, 19.30 and 19h30, and of a full hour 7 pm, 19 h and 19 uhr.
func clockForms(fact string) []*regexp.Regexp {
	m := clockFact.FindStringSubmatch(fact)
	hour, _ := strconv.Atoi(m[1]) // of digits
	half, twelve := "a", hour%12
	if hour >= 12 {
		half = "p"
	}
	if twelve == 0 {
		twelve = 12
	}

	h, ampm := fmt.Sprintf("0?%d", hour), fmt.Sprintf(`0?%d%%s ?%s\.?m\.?`, twelve, half)
	all := []string{h + `[:.]` + m[2], h + ` ?h ?` + m[2], h + ` uhr ` + m[2], fmt.Sprintf(ampm, `[:.]`+m[2])}
	if m[2] == "00" {
		all = append(all, fmt.Sprintf(ampm, ""), h+` ?h`, h+` (?:uhr|heures?|horas?|o'?clock)`)
	}

	switch fact {
	case "00:00":
		all = append(all, "midnight", "medianoche", "mitternacht", "minuit", "meia-noite")
	case "12:00":
		all = append(all, "noon", "midday", "mediod[ií]a", "mittag", "midi", "meio-dia")
	}

	return patterns(all...)
}

// moneyForms are those of $49: also 49 dollars, 49 $, 49.00 and usd 49.
func moneyForms(fact string) []*regexp.Regexp {
	m := moneyFact.FindStringSubmatch(fact)
	sum := m[1]
	for i := len(sum) - 3; i > 0; i -= 3 {
		sum = sum[:i] + "[,.]?" + sum[i:]
	}

	if cents := strings.Trim(m[2], ".0"); cents != "" {
		sum += `[.,]` + m[2][1:]
	} else {
		sum += `(?:[.,]00)?`
	}
	end := `(?:$|[^\pL\pN.,]|[.,](?:$|\D))`

	var all []*regexp.Regexp
	for _, p := range []string{
		`(?:\$|usd|us\$) ?` + sum + end,
		`(?:^|[^\pL\pN.,$])` + sum + ` ?(?:\$|usd|us-?dollars?|d[oó]lar(?:es)?|dollars?)`,
	} {
		all = append(all, regexp.MustCompile(p))
	}

	return all
}

// Words of days, in the languages of the conversations.
var (
	weekdays = [7][]string{
		{"sunday", "sonntag", "domingo", "dimanche"},
		{"monday", "montag", "lunes", "lundi", "segunda(?:-feira)?"},
		{"tuesday", "dienstag", "martes", "mardi", "terça(?:-feira)?"},
		{"wednesday", "mittwoch", "mi[eé]rcoles", "mercredi", "quarta(?:-feira)?"},
		{"thursday", "donnerstag", "jueves", "jeudi", "quinta(?:-feira)?"},
		{"friday", "freitag", "viernes", "vendredi", "sexta(?:-feira)?"},
		{"saturday", "samstag", "sonnabend", "s[aá]bado", "samedi"},
	}
	months = [12][]string{
		{"jan(?:uary|uar|vier)?", "enero", "janeiro"},
		{"feb(?:ruary|ruar)?", "febrero", "février", "fevereiro"},
		{"mar(?:ch|zo|s|ço)?", "märz"},
		{"apr(?:il)?", "abril", "avril"},
		{"may", "mai", "mayo", "maio"},
		{"june?", "juni", "junio", "juin", "junho"},
		{"july?", "juli", "julio", "juillet", "julho"},
		{"aug(?:ust)?", "agosto", "août"},
		{"sep(?:t|tember)?", "septiembre", "septembre", "setembro"},
		{"oct(?:ober)?", "oktober", "octubre", "octobre", "outubro"},
		{"nov(?:ember)?", "noviembre", "novembre", "novembro"},
		{"dec(?:ember)?", "dezember", "diciembre", "décembre", "dezembro"},
	}
	today = []string{"today", "tonight", "this evening", "heute", "hoy", "esta noche", "aujourd'hui",
		"ce soir", "hoje"}
	tomorrow = []string{"tomorrow", "morgen", "mañana", "demain", "amanhã"}
)

// dateForms are those of 2013-03-09: also March 9, 9. März, its weekday within the week, and today or
// tomorrow where it is that.
func (t teller) dateForms(fact string) []*regexp.Regexp {
	day, err := time.ParseInLocation(time.DateOnly, fact, t.now.Location())
	if err != nil {
		return patterns(regexp.QuoteMeta(fact))
	}

	n := strconv.Itoa(day.Day())
	number, month := `0?`+n+`(?:st|nd|rd|th|\.|er|º)?`, `(?:`+strings.Join(months[day.Month()-1], "|")+`)\.?`
	all := []string{
		regexp.QuoteMeta(fact),
		month + ` ` + number,
		number + ` (?:of |de )?` + month,
		fmt.Sprintf(`0?%d/0?%s(?:/%d)?`, day.Month(), n, day.Year()),
		fmt.Sprintf(`0?%s\.0?%d\.(?:%d)?`, n, day.Month(), day.Year()),
		`the ` + number,
	}

	midnight := time.Date(t.now.Year(), t.now.Month(), t.now.Day(), 0, 0, 0, 0, t.now.Location())
	switch days := int(day.Sub(midnight).Hours()+12) / 24; {
	case days == 0:
		all = append(all, today...)
	case days == 1:
		all = append(all, tomorrow...)
	}

	if ahead := day.Sub(midnight); ahead >= 0 && ahead < 7*24*time.Hour {
		all = append(all, weekdays[day.Weekday()]...)
	}

	return patterns(all...)
}
