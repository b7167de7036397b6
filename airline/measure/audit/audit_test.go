package audit

import (
	_ "embed"
	"fmt"
	"iter"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

//go:embed testdata/clean.log
var clean string

var (
	line  = regexp.MustCompile(`^([\w.-]+)(?:\[(.+?)\])? (\S+) (.+)$`)
	clock = regexp.MustCompile(`@(\d\d:\d\d)`)
)

// log reads lines as records.
func log(text string) iter.Seq2[topology.Record, error] {
	return func(yield func(topology.Record, error) bool) {
		for l := range strings.Lines(clock.ReplaceAllString(text, "2013-03-08T$1:00Z")) {
			m := line.FindStringSubmatch(strings.TrimSpace(l))
			if m == nil {
				continue // a comment, or empty
			}

			r := topology.Record{Topic: m[1], Key: m[3], Value: []byte(m[4]), Headers: map[string]string{}}
			if m[2] != "" {
				r.Headers["ce_id"] = m[2]
			}

			if !yield(r, nil) {
				return
			}
		}
	}
}

func audit(t *testing.T, text string) []Invariant {
	t.Helper()

	all, err := Run(log(text))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func violated(all []Invariant) (out []string) {
	for _, i := range all {
		if i.Violations > 0 {
			out = append(out, i.Name)
		}
	}
	return out
}

func TestCleanDayPasses(t *testing.T) {
	all := audit(t, clean)
	if got := violated(all); got != nil {
		t.Errorf("a clean day violates %q: %+v", got, all)
	}
	checked := map[string]int{
		"no seat sold twice, after any reply and in any row":             16,
		"every grant valid for its flight's row at its place":            5,
		"every seat request answered exactly once":                       9,
		"every version of a flight's row agrees with its log":            7,
		"every affected customer rebooked, kept, refunded or escalated":  3,
		"every refusal answered by a new decision or a person":           2,
		"every rebooking granted by the flight, every grant a rebooking": 1,
		"every party has all of its seats or none":                       4,
		"one final decision per case":                                    4,
		"no id of a decision used twice":                                 2,
		"told exactly once per final decision":                           4,
		"every change by a command told of exactly once":                 2,
		"every escalation, and nothing else, with people exactly once":   1,
		"every command done or refused, once":                            10,
		"every reservation holds the seats that it says, and no others":  5,
		"everything done is paid, and everything paid is done":           6,
		"every payment request answered exactly once":                    7,
		"every balance is what was paid with it and given back":          1,
	}

	records := 0
	for range log(clean) {
		records++
	}

	checked["no record became a dead letter"] = records
	for _, i := range all {
		if want, ok := checked[i.Name]; !ok || i.Checked != want {
			t.Errorf("%s: checked %d, want %d", i.Name, i.Checked, want)
		}
	}
}

// plant is what goes wrong in a clean day: lines changed, lost, or more of them.
type plant struct {
	name    string
	finds   string // the beginning of the invariant's name; no other may be violated
	example string // part of what is said of it
	change  []string
	lose    []string // all lines that contain it
	more    string
}

var plants = []plant{
	{name: "the desk gives seats that it has not", finds: "no seat sold twice",
		example: "B2 economy: 1 too few after reply 2",
		change: []string{
			`"time":"@08:00","result":"refused","why":"full","free":1,"n":2`, `"time":"@08:00","result":"granted","free":-1,"n":2`,
			`"attempt":2,"outcome":"kept","trip":{"flight":"C3"`, `"attempt":1,"outcome":"rebooked","trip":{"flight":"B2"`,
			`"R2":{"cabin":"economy","party":2,"state":"gone"}`, `"R2":{"cabin":"economy","party":2,"state":"held"}`,
			`"n":1,"as_of":"@10:31","holds":{"R2":{"cabin":"economy","party":2,"state":"held"}}`, `"n":2,"as_of":"@10:31","holds":{}`,
			`"refused":{"code":"not_enough_seats"},"cabin":"economy","party":2,"legs":[{"flight":"C3","held":true}]`, `"cabin":"economy","party":2,"legs":[{"flight":"B2","held":true}]`,
		}, more: `
seat-requests C3 {"type":"release","customer":"c-2","reservation_id":"R2","flight":"C3","cabin":"economy","party":2,"seq":3,"time":"@08:00"}
seat-replies R2 {"type":"release","customer":"c-2","reservation_id":"R2","flight":"C3","cabin":"economy","party":2,"seq":3,"time":"@08:00","result":"released","free":5,"n":2,"as_of":"@08:00"}`},
	{name: "a row is overdrawn", finds: "no seat sold twice", example: "B2: the row after reply 2",
		change: []string{`B2 {"seats":{"economy":4},"sold":{"economy":1},"n":2`,
			`B2 {"seats":{"economy":4},"sold":{"economy":3},"n":2`}},

	{name: "a grant after the desk has closed", finds: "every grant valid",
		example: "asked at 11:16, closed at 11:15",
		change: []string{`"seq":2,"time":"@07:00","result":"granted"`,
			`"seq":2,"time":"@11:16","result":"granted"`}},
	{name: "a grant that names no event", finds: "every grant valid", example: "the time of no event",
		change: []string{`"granted","free":1,"n":1,"as_of":"@00:01"`,
			`"granted","free":1,"n":1,"as_of":"@00:00"`}},
	{name: "a grant on a flight that is cancelled", finds: "every grant valid", example: "cancelled",
		lose:   []string{"airline.flights-table B2"},
		change: []string{`"granted","free":1,"n":1,"as_of":"@00:01"`, `"granted","free":1,"n":1,"as_of":"@06:00"`}, more: `
flight-events B2 {"type":"cancelled","time":"@06:00"}
decisions c-1 {"case_id":"R1/B2/cancelled","customer":"c-1","reservation_id":"R1","flight":"B2","attempt":1,"outcome":"escalated","time":"@07:00"}
notifications c-1 {"case_id":"R1/B2/cancelled"}
escalations c-1 {"case_id":"R1/B2/cancelled"}`},
	{name: "a grant on an outdated row", finds: "every grant valid", example: "the row before knew 06:00",
		change: []string{`"n":2,"as_of":"@00:01","holds"`, `"n":2,"as_of":"@06:00","holds"`,
			`airline.flights-table B2 {"seats":{"economy":4},"sold":{"economy":1},"n":1,`, `airline.flights-table B2 {"n":0,"as_of":"@06:00"}
airline.flights-table B2 {"seats":{"economy":4},"sold":{"economy":1},"n":1,`}, more: `
flight-events B2 {"type":"delayed","time":"@06:00","departure":"@12:10","arrival":"@14:10"}`},
	{name: "a grant that knows more than the row", finds: "every grant valid",
		example: "the row after knew 00:01",
		change: []string{`"granted","free":1,"n":1,"as_of":"@00:01"`,
			`"granted","free":1,"n":1,"as_of":"@06:00"`,
			`"n":2,"as_of":"@00:01","holds"`, `"n":2,"as_of":"@06:00","holds"`}, more: `
flight-events B2 {"type":"delayed","time":"@06:00","departure":"@12:10","arrival":"@14:10"}`},
	{name: "a grant that miscounts what is left", finds: "every grant valid",
		example: "says 2 free, which are 1",
		change:  []string{`"granted","free":1,"n":1`, `"granted","free":2,"n":1`}},

	{name: "a reply that never came", finds: "every seat request answered",
		example: "R3, request 1 (book A1): 0 replies",
		lose:    []string{`seat-replies R3`}},
	{name: "a request answered twice", finds: "every seat request answered",
		example: "R3, request 1 (book A1): 2 replies",
		more: `
seat-replies R3 {"type":"book","customer":"c-3","reservation_id":"R3","flight":"A1","cabin":"economy","party":1,"seq":1,"time":"@00:02","result":"released","why":"full","free":0,"n":6,"as_of":"@07:00"}
airline.flights-table A1 {"seats":{"economy":3,"business":1},"sold":{"economy":1},"n":6,"as_of":"@07:00"}`},
	{name: "a reply to nobody", finds: "every seat request answered",
		example: "R3: a reply to request 1, which nobody made",
		lose:    []string{`seat-requests A1 {"type":"book","customer":"c-3"`}},

	{name: "a row that forgot a hold", finds: "every version of a flight's row",
		example: "B2: after reply 2 the row holds map[]",
		change: []string{`"n":2,"as_of":"@00:01","holds":{"R1":{"cabin":"economy","party":2,"state":"held"}`,
			`"n":2,"as_of":"@00:01","holds":{"R1":{"cabin":"economy","party":2,"state":"gone"}`}},
	{name: "a row that missed the last event", finds: "every version of a flight's row",
		example: "C3: the last row is of reply 1",
		lose:    []string{`"n":1,"as_of":"@10:31"`}},

	{name: "a late party that nobody decided on", finds: "every affected customer",
		example: `c-2 sits on C3, which is late; last decision: ""`,
		lose: []string{`R2/C3/late`, `seat-requests B2 {"type":"rebook","customer":"c-2"`,
			`seat-replies R2 {"type":"rebook"`},
		change: []string{`"n":2,"as_of":"@00:01","holds"`, `"n":1,"as_of":"@00:01","holds"`}},
	{name: "somebody told of a disruption, and then forgotten", finds: "every affected customer",
		example: "c-9 disrupted, but nothing decided",
		more: `
disruptions c-9 {"customer":"c-9","reservation_id":"R9","flight":"A1","severity":"cancelled"}`},
	{name: "a party left on a cancelled flight", finds: "every affected customer",
		example: "c-2 sits on C3, which is cancelled; last decision: \"kept\"",
		change:  []string{`{"type":"departed","time":"@10:31"}`, `{"type":"cancelled","time":"@10:31"}`}},

	{name: "a refusal that nobody answered", finds: "every refusal answered",
		example: "c-2: refused on B2 at 08:00",
		change:  []string{`"flight":"C3","attempt":2`, `"flight":"C3","attempt":1`}},
	{name: "a refusal after the last decision", finds: "every refusal answered",
		example: "c-2: refused on B2 at 08:00",
		change: []string{`"trip":{"flight":"C3","cabin":"economy"},"time":"@08:00"`,
			`"trip":{"flight":"C3","cabin":"economy"},"time":"@07:59"`}},

	{name: "a rebooking without a grant", finds: "every rebooking granted",
		example: "R1 was never given seats on C3",
		more: `
cases c-1 {"case_id":"R1/A1/late","attempt":1}
decisions c-1 {"case_id":"R1/A1/late","customer":"c-1","reservation_id":"R1","flight":"A1","attempt":1,"outcome":"rebooked","trip":{"flight":"C3","cabin":"economy"},"time":"@06:00"}
notifications c-1 {"case_id":"R1/A1/late"}
decisions c-1 {"case_id":"R1/C3/late","customer":"c-1","reservation_id":"R1","flight":"C3","attempt":1,"outcome":"rebooked","trip":{"flight":"B2","cabin":"economy"},"time":"@07:00"}
notifications c-1 {"case_id":"R1/C3/late"}
seat-requests B2 {"type":"rebook","customer":"c-1","reservation_id":"R1","flight":"B2","cabin":"economy","party":2,"seq":4,"time":"@07:00"}
seat-replies R1 {"type":"rebook","customer":"c-1","reservation_id":"R1","flight":"B2","cabin":"economy","party":2,"seq":4,"time":"@07:00","result":"granted","free":1,"n":3,"as_of":"@00:01"}
airline.flights-table B2 {"seats":{"economy":4},"sold":{"economy":1},"n":3,"as_of":"@00:01","holds":{"R1":{"cabin":"economy","party":2,"state":"held"}}}`},
	{name: "a grant that nobody heard of", finds: "every rebooking granted",
		example: "R1 was given seats on B2, and never told",
		more: `
seat-requests B2 {"type":"rebook","customer":"c-1","reservation_id":"R1","flight":"B2","cabin":"economy","party":2,"seq":4,"time":"@07:00"}
seat-replies R1 {"type":"rebook","customer":"c-1","reservation_id":"R1","flight":"B2","cabin":"economy","party":2,"seq":4,"time":"@07:00","result":"granted","free":1,"n":3,"as_of":"@00:01"}
airline.flights-table B2 {"seats":{"economy":4},"sold":{"economy":1},"n":3,"as_of":"@00:01","holds":{"R1":{"cabin":"economy","party":2,"state":"held"}}}`},

	{name: "seats for one of two", finds: "every party has all",
		example: "c-1, a party of 2 that should sit on \"B2\", holds 1 on B2",
		change: []string{`"flight":"B2","cabin":"economy","party":2,"seq":2,"time":"@07:00"`,
			`"flight":"B2","cabin":"economy","party":1,"seq":2,"time":"@07:00"`,
			`"granted","free":1,"n":1`, `"granted","free":2,"n":1`,
			`"cabin":"economy","party":2,"legs":[{"flight":"B2","held":true}]`, `"cabin":"economy","party":1,"legs":[{"flight":"B2","held":true}]`,
			`"R1":{"cabin":"economy","party":2,"state":"held"}}}`, `"R1":{"cabin":"economy","party":1,"state":"held"}}}`,
			`"R1":{"cabin":"economy","party":2,"state":"held"},"R2"`, `"R1":{"cabin":"economy","party":1,"state":"held"},"R2"`}},
	{name: "a booking that no flight heard of", finds: "every party has all",
		example: "c-9, a party of 1 that should sit on \"C3\", holds nothing",
		more: `
customer-events c-9 {"type":"booked","time":"@00:02","reservation":{"reservation_id":"R9","flight":"C3","cabin":"economy","party":1}}`},
	{name: "seats kept after a refund", finds: "every party has all", example: "holds 1 on A1",
		lose: []string{`"type":"release","customer":"c-5"`},
		change: []string{`"n":5,"as_of":"@07:00"`, `"n":4,"as_of":"@07:00"`,
			`"R5":{"cabin":"business","party":1,"state":"gone"}`, `"R5":{"cabin":"business","party":1,"state":"held"}`,
			`"status":"cancelled","cabin":"business","party":1,"legs":[]`, `"status":"cancelled","cabin":"business","party":1,"legs":[{"flight":"A1","held":true}]`,
			`"outcome":"refunded","time":"@07:00"}`, `"outcome":"refunded","time":"@07:00"}` + `
decisions c-5 {"case_id":"R5/A1/diverted","customer":"c-5","reservation_id":"R5","flight":"A1","attempt":1,"outcome":"escalated","time":"@07:00"}
notifications c-5 {"case_id":"R5/A1/diverted"}
escalations c-5 {"case_id":"R5/A1/diverted"}`}},

	{name: "a case decided twice", finds: "one final decision per case", example: "R2/C3/late: 2 decisions",
		more: `
decisions[d-3] c-2 {"case_id":"R2/C3/late","customer":"c-2","reservation_id":"R2","flight":"C3","attempt":2,"outcome":"kept","trip":{"flight":"C3","cabin":"economy"},"time":"@08:00"}
notifications c-2 {"case_id":"R2/C3/late"}`},
	{name: "a case that was dropped", finds: "one final decision per case",
		example: "R2/C3/long-delay: 0 decisions",
		more: `
cases c-2 {"case_id":"R2/C3/long-delay","attempt":1}`},

	{name: "an id used twice", finds: "no id of a decision", example: "d-2: R2/C3/late and R5/A1/cancelled",
		change: []string{`decisions[d-5]`, `decisions[d-2]`}},

	{name: "a customer told twice", finds: "told exactly once",
		example: "R2/C3/late: 1 decisions, told [c-2 c-2]",
		more: `
notifications c-2 {"case_id":"R2/C3/late"}`},
	{name: "a customer told twice of what they did", finds: "every change by a command",
		example: "x-2: changed a reservation of [c-6], told [c-6 c-6]",
		more: `
notifications c-6 {"command":"x-2"}`},
	{name: "a customer never told of what was done", finds: "every change by a command", example: "told []",
		lose: []string{`notifications c-6 {"command":"x-1"}`}},
	{name: "a customer never told", finds: "told exactly once", example: "R2/C3/late: 1 decisions, told []",
		lose: []string{`notifications c-2`}},
	{name: "the wrong customer told", finds: "told exactly once", example: "told [c-1]",
		change: []string{`notifications c-2`, `notifications c-1`}},

	{name: "an escalation that no person got", finds: "every escalation",
		example: "escalated 1 times, with people 0 times",
		lose:    []string{`escalations c-3`}},
	{name: "a person bothered for nothing", finds: "every escalation",
		example: "escalated 0 times, with people 1 times",
		more: `
escalations c-2 {"case_id":"R2/C3/late"}`},

	{name: "a command that nobody answered", finds: "every command done or refused",
		example: "x-9: 0 results",
		more: `
commands c-6 {"id":"x-9"}`},
	{name: "a command done twice", finds: "every command done or refused", example: "x-3: 2 results",
		lose: []string{`results c-6 {"command":"x-3"`}, more: `
results c-6 {"command":"x-3","ok":true,"result":{"reservation_id":"R6"}}
results c-6 {"command":"x-3","ok":false,"code":"not_cancellable"}`},
	{name: "a command of our own that was lost", finds: "every command done or refused",
		example: "R1/late: 0 updates",
		more: `
orders R1 {"id":"R1/late","tool":"update_reservation_flights","caller":"c-1","airline":true}`},

	{name: "a reservation confirmed without seats", finds: "every reservation holds the seats",
		example: `R7 says "1 in economy of D4", and holds ""`,
		more: `
reservation-updates c-7 {"reservation_id":"R7","command":"","tool":"restated","cabin":"economy","party":1,"legs":[{"flight":"D4","held":true}],"n":1}`},
	{name: "seats kept for a booking that was undone", finds: "every reservation holds the seats",
		example: `R7 says "", and holds "1 in economy of D4"`,
		more: `
seat-requests D4 {"type":"sell","customer":"c-7","reservation_id":"R7","flight":"D4","cabin":"economy","party":1,"seq":1,"time":"@06:00"}
seat-replies R7 {"type":"sell","customer":"c-7","reservation_id":"R7","flight":"D4","cabin":"economy","party":1,"seq":1,"time":"@06:00","result":"granted","free":1,"n":2,"as_of":"@00:01"}
airline.flights-table D4 {"seats":{"economy":3},"n":2,"as_of":"@00:01","holds":{"R6/economy":{"cabin":"economy","party":1,"state":"held"},"R7/economy":{"cabin":"economy","party":1,"state":"held"}}}`},

	{name: "a booking that nobody paid", finds: "everything done is paid",
		example: "R6: 1 done that need a pay, 0 granted",
		change: []string{`{"type":"pay","user_id":"c-6","reservation_id":"R6","seq":3,"payments"`,
			`{"type":"look","user_id":"c-6","reservation_id":"R6","seq":3,"paid"`,
			`"gift_card_6":{"source":"gift_card","amount":150}`, `"gift_card_6":{"source":"gift_card","amount":250},"certificate_6":{"source":"certificate","amount":80}`}},
	{name: "money taken for what was undone", finds: "everything done is paid",
		example: "R6: 0 done that need a refund, 1 granted",
		more: `
payment-requests c-6 {"type":"refund","user_id":"c-6","reservation_id":"R6","seq":8}
payment-replies R6 {"type":"refund","user_id":"c-6","reservation_id":"R6","seq":8}`},
	{name: "a change paid twice", finds: "everything done is paid", example: "R6: 2 changes paid, 1 made",
		more: `
payment-requests c-6 {"type":"pay-change","user_id":"c-6","reservation_id":"R6","seq":8}
payment-replies R6 {"type":"pay-change","user_id":"c-6","reservation_id":"R6","seq":8}`},

	{name: "a payment that was never answered", finds: "every payment request answered",
		example: "R6, request 8: asked 1 times, 0 replies",
		more: `
payment-requests c-6 {"type":"who-is","user_id":"c-6","reservation_id":"R6","seq":8}`},
	{name: "a payment made twice", finds: "every payment request answered",
		example: "R6, request 2: asked 1 times, 2 replies",
		more: `
payment-replies R6 {"type":"who-is","user_id":"c-6","reservation_id":"R6","seq":2}`},

	{name: "a balance that was not charged", finds: "every balance",
		example: "c-6 has map[gift_card_6:200], and should have map[gift_card_6:150]",
		change: []string{`"gift_card_6":{"source":"gift_card","amount":150}`,
			`"gift_card_6":{"source":"gift_card","amount":200}`}},
	{name: "a certificate used and still there", finds: "every balance", example: "certificate_6:80",
		change: []string{`"gift_card_6":{"source":"gift_card","amount":150}`,
			`"gift_card_6":{"source":"gift_card","amount":150},"certificate_6":{"source":"certificate","amount":80}`}},

	{name: "a dead letter", finds: "no record became a dead letter", example: "key c-2",
		more: `
airline.dead-letters c-2 garbage`},
}

func (p plant) in(t *testing.T, text string) string {
	t.Helper()

	for change := range slices.Chunk(p.change, 2) {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("nothing to change: %s", change[0])
		}
		text = strings.ReplaceAll(text, change[0], change[1])
	}

	for _, lost := range p.lose {
		re := regexp.MustCompile(`(?m)^.*` + regexp.QuoteMeta(lost) + `.*\n`)
		if !re.MatchString(text) {
			t.Fatalf("nothing to lose: %s", lost)
		}
		text = re.ReplaceAllString(text, "")
	}

	return text + p.more
}

// Each invariant finds what is planted against it, and no other finds anything.
func TestPlantedViolationsAreFound(t *testing.T) {
	tested := map[string]bool{}
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			all := audit(t, p.in(t, clean))
			for _, i := range all {
				switch {
				case !strings.HasPrefix(i.Name, p.finds):
					if i.Violations > 0 {
						t.Errorf("%q is not about this, and found %q", i.Name, i.Examples)
					}
				case i.Violations == 0:
					t.Errorf("%q found nothing", i.Name)
				case !strings.Contains(strings.Join(i.Examples, "\n"), p.example):
					t.Errorf("%q says %q, want %q", i.Name, i.Examples, p.example)
				default:
					tested[i.Name] = true
				}
			}
		})
	}

	for _, i := range New().Invariants() {
		if !tested[i.Name] {
			t.Errorf("no plant for %q", i.Name)
		}
	}
}

func TestReadSaysWhatIsNotReadable(t *testing.T) {
	a := New()

	err := a.Read(topology.Record{Topic: "decisions", Key: "c-1", Partition: 2, Offset: 7,
		Value: []byte("{")})
	if err == nil || !strings.Contains(err.Error(), "decisions/2 offset 7, key c-1") {
		t.Errorf("a decision that isn't JSON: %v", err)
	}

	for _, topic := range []string{"flight-events", "customer-events", "policies", "some-other"} {
		if err := a.Read(topology.Record{Topic: topic, Key: "c-1", Value: []byte("{")}); err != nil {
			t.Errorf("what comes from outside is for the dead letters: %v", err)
		}
	}
}

func TestExamplesAreFew(t *testing.T) {
	all := audit(t, clean+strings.Repeat("\nairline.dead-letters c-2 garbage", 100))
	last := all[len(all)-1]
	if last.Violations != 100 || len(last.Examples) != maxExamples {
		t.Errorf("%d violations, %d examples", last.Violations, len(last.Examples))
	}

	if n := Violations(all); n != 100 {
		t.Errorf("all in all %d", n)
	}
}

func TestSummaryCounts(t *testing.T) {
	a := New()
	for r := range log(clean) {
		if err := a.Read(r); err != nil {
			t.Fatal(err)
		}
	}

	if got := fmt.Sprint(a.Outcomes(), a.Refused()); got != "map[escalated:1 kept:1 rebooked:1 refunded:1] 2" {
		t.Error(got)
	}
}

func ExamplePrint() {
	_ = Print(os.Stdout, []Invariant{
		{Name: "no seat sold twice", Checked: 6000},
		{Name: "told exactly once", Checked: 2411, Violations: 1,
			Examples: []string{"R2/C3/late: 1 decisions, told [c-2 c-2]"}},
	})
	// Output:
	//   checked  violations  invariant
	//      6000           0  no seat sold twice
	//      2411           1  told exactly once
	// VIOLATED  told exactly once: R2/C3/late: 1 decisions, told [c-2 c-2]
}

func ExampleAuditor() {
	a := New()
	for r := range log(`
cases c-1 {"case_id":"R1/A1/late","attempt":1}
decisions c-1 {"case_id":"R1/A1/late","customer":"c-1","attempt":1,"outcome":"kept"}`) {
		if err := a.Read(r); err != nil {
			fmt.Println(err)
		}
	}

	for _, i := range a.Invariants() {
		if i.Violations > 0 {
			fmt.Println(i.Name, i.Examples)
		}
	}
	// Output:
	// told exactly once per final decision [R1/A1/late: 1 decisions, told []]
}
