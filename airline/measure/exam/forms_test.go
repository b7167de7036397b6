package exam

import (
	"testing"
	"time"
)

func TestUsualForms(t *testing.T) {
	now := time.Date(2013, 3, 8, 15, 0, 0, 0, time.FixedZone("EST", -5*60*60)) // a Friday
	for _, c := range []struct {
		fact, text string
		told       bool
	}{
		{"19:30", "It leaves at 7:30 pm.", true},
		{"19:30", "départ à 19h30", true},
		{"19:30", "um 19.30 Uhr", true},
		{"19:30", "7:30 p.m., gate 4", true},
		{"19:30", "7:30 am", false},
		{"19:30", "at 17:30", false},
		{"19:30", "219:301", false},
		{"21:00", "um 21 Uhr", true},
		{"21:00", "9 pm", true},
		{"07:30", "at 7:30", true},
		{"00:00", "by midnight", true},
		{"$49", "That is 49 dollars.", true},
		{"$49", "$49.00", true},
		{"$49", "cuesta 49 dólares", true},
		{"$49", "$490", false},
		{"$49", "$149", false},
		{"$49", "$49.50", false},
		{"$49", "49 seats", false},
		{"$1234", "$1,234", true},
		{"2013-03-09", "tomorrow", true},
		{"2013-03-09", "on Saturday", true},
		{"2013-03-09", "am 9. März", true},
		{"2013-03-09", "March 9", true},
		{"2013-03-09", "March 19", false},
		{"2013-03-20", "on Wednesday", false},
		{"B61016", "B6 1016 is late", true},
		{"B61016", "b61016", true},
		{"B61016", "B610160", false},
		{"4702", "your card ending in 4702.", true},
		{"4702", "14702", false},
		{"The facts come with each message", "the facts  come with\neach message", true},
	} {
		if told := newTeller(c.text, now).tells(c.fact); told != c.told {
			t.Errorf("%q tells %s: %v", c.text, c.fact, told)
		}
	}
}

func TestLanguageOfReplies(t *testing.T) {
	replies := map[string]string{
		"en": "The flight leaves at seven, and there are two seats for you.",
		"es": "El vuelo sale a las siete y hay dos asientos para usted.",
		"de": "Der Flug geht um sieben, und es gibt zwei Plätze für Sie.",
		"fr": "Le vol part à sept heures et il y a deux places pour vous.",
		"pt": "O voo sai às sete e há dois lugares para você.",
	}
	for language, text := range replies {
		for other := range replies {
			if isIn(other, text) != (other == language) {
				t.Errorf("%q is in %s: %v", text, other, isIn(other, text))
			}
		}
	}

	if !isIn("fr", "SL2") {
		t.Error("a text without words is in any language")
	}
}

func TestPartsAreHalves(t *testing.T) {
	counts := map[Part]int{}
	for i := range 1000 {
		counts[PartOf(string(rune('a'+i%26))+string(rune('0'+i/26)))]++
	}

	if counts[Tune] < 400 || counts[Report] < 400 || counts[Tune]+counts[Report] != 1000 {
		t.Errorf("%v", counts)
	}
}
