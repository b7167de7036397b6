package agent_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/slipstream-go/slipstream/llm/agent"
)

var forms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

func TestWhatIsAYes(t *testing.T) {
	for _, text := range []string{
		"Yes!", "yes, please.", "OK…", " sí ", "that’s fine", "¡Sí!", "oui - merci", "👍", "👍🏽", "👍👍",
		"ok 👌", "✅",
		"✔️", "👍 yes", "Yes, please do.", "ok, thanks", "OK thank you very much!", "yes\u200b",
		"\ufeffyes", "y\u00ades",
		"“yes”", "„ja“", "«oui»", "‘yes’", "\"yes\"", "yes'", "**Yes**", "_ok_", "ｙｅｓ", "ＹＥＳ！",
		"yes please 🙂", "Yes ☺️",
		"yes - go ahead", "YES PLEASE DO IT", "please go ahead", "yes of course", "absolutely", "ja, gerne",
		"oui s'il vous plaît", "Oui, s’il vous plaît !", "sí, por favor", "si", "d’accord", "Yes.\n",
		"\tyes\r\n",
		"yes\u00a0please", "yes,please", "ok。", "yes\u3164", "Ja, bitte!", "bien sûr",
		"Sure, go ahead, thanks!",
	} {
		for name, form := range forms {
			if got := agent.ReadAnswer(form.String(text)); got != agent.Yes {
				t.Errorf("%q (%s) is not taken for a yes: %v", text, name, got)
			}
		}
	}
}

func TestWhatIsANo(t *testing.T) {
	for _, text := range []string{
		"No!", "no, thanks", "NO THANK YOU", "don’t", "Please don't.", "👎", "👎🏿", "❌", "🙅‍♀️", "no 👎",
		"not ok", "Nope 🙂",
		"“no”", "no\u200b", "ｎｏ", "nein, danke", "non merci", "no, gracias", "no, don't",
		"cancel that please", "not now, thanks",
	} {
		for name, form := range forms {
			if got := agent.ReadAnswer(form.String(text)); got != agent.No {
				t.Errorf("%q (%s) is not taken for a no: %v", text, name, got)
			}
		}
	}
}

func TestWhatIsNeither(t *testing.T) {
	for _, text := range []string{
		"", " ", "!", "\u200b", "yes 2", "ok, 15:40", "sure?", "ok?", "ok？", "yes $300", "yes 👎", "no 👍",
		"👍👎", "yes / no", "1. yes",
		"yes but later", "yes, but the later one", "ok, no", "no, ok", "yes no", "yes, not that one",
		"yes if it is free", "yes and no",
		"not yes", "I said yes yesterday", "thanks", "please", "🙂", "🙏", "❤️", "great", "👌 but cheaper",
		"yes yes but no",
		"yes\u202eon", "уes", "yes ①", "yess", "はい", "yes\u0338", "yes 👍 but no", "yes ⛔", "only if yes",
		"ok 🤔", "👍?", "yes, 🇩🇪",
	} {
		if got := agent.ReadAnswer(text); got != agent.NoAnswer {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

// Whatever else a text says, a yes is nothing but a yes.
func FuzzReadAnswer(f *testing.F) {
	for _, text := range []string{"yes", "👍🏽 ok", "sí", "no", "ok, no", "yes\u200b but"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, more := range []string{"%s but not that", "%s?", "%s 15:40", "no, %s", "not %s", "%s, no",
			"%s 👎"} {
			if s := strings.ReplaceAll(more, "%s", text); agent.ReadAnswer(s) == agent.Yes {
				t.Errorf("%q is taken for a yes", s)
			}
		}

		if a := agent.ReadAnswer(text); a != agent.ReadAnswer("  "+text+" \u200b!") {
			t.Errorf("%q is %v, but not with spaces", text, a)
		}
	})
}
