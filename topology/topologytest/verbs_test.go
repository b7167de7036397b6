package topologytest

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

func TestStories(t *testing.T) {
	for name, script := range map[string]string{
		"one event, one row": `
send   orders    a {"item":"tea","count":2}
expect shipments a {"item":"tea"}
row    stock     a {"count":2}
row    stock     b none
none   shop.dead-letters
`,
		"JSON on several lines": `
send orders a
  {"item": "tea",
   "count": 2}
expect shipments a {"item":"tea",
     "count":2}
`,
		"a block, deeper lines belong to the line above": `
send orders
  a {"item":"tea"}
  b {"item":
       "rice"}
  c null
expect shipments
  a {"item":"tea"}
  b {"item":"rice"}
  c null
row stock c none
`,
		"tables": `
send orders
  | key | item      | count | note       |
  | a   | tea \| co | 2     |            |
  | b   | "7"       | 3     | {"x":true} |
expect shipments a {"item":"tea | co","count":2,"note":null}
expect shipments b {"item":"7","count":3,"note":{"x":true}}
row stock
  | key | count |
  | a   | 2     |
  | b   | 3     |
`,
		"keys interleave, each in order": `
send orders
  a {"n":1}
  b {"n":1}
  a {"n":2}
  b {"n":2}
expect shipments b {"n":1}
expect shipments b {"n":2}
expect shipments a {"n":1}
expect shipments a {"n":2}
`,
		"any order finds the pairs that are not the first that fit": `
send orders
  a {"n":1,"m":1}
  a {"n":1}
expect shipments in any order
  a {"n":1}
  a {"m":1}
`,
		"repetition": `
send orders c-{1..100} {"n":{n},"text":"number {n}"}
expect shipments in any order
  c-{51..100} {"n":{n}}
  c-{1..50}   {"text":"number {n}"}
row stock c-{1..100} {"n":{n}}
`,
		"bytes as they are": `
send   orders p raw "{\"n\": \xff\n"
expect shop.dead-letters p raw "{...\n"
headers error "not ..."
send   orders q raw "nonsense"
expect shop.dead-letters q "..."
`,
		"keys in quotes": `
send   orders "" {"n":1}
expect shipments "" {"n":1}
send   orders "a b" {"n":2}
expect shipments "a b" {"n":2}
none   shipments "a b"
`,
		"headers": `
send    orders a 1
expect  shipments a 1
headers ce_type order ce_source "shop/..."
  ce_id none
  ce_type "..."
`,
		"headers are those of the last event expected": `
send    orders a 1
send    orders b raw "x"
expect  shipments in any order
  a 1
headers ce_type "order"
expect  shop.dead-letters b raw "x"
headers error "..."   ce_type none
`,
	} {
		t.Run(name, func(t *testing.T) {
			mustPlay(t, newFake(), script)
		})
	}
}

func TestSend(t *testing.T) {
	two := int32(2)
	noon := time.Date(2013, 3, 8, 12, 0, 0, 0, time.UTC)
	f := newFake()
	mustPlay(t, f, `
send orders a 1
send orders a null
send orders a to partition 2 {"n": 1}
at 2013-03-08T12:00Z
send orders a 2
at 11:30
send orders a 3
advance 15m
send orders a 4
`)

	want := []Message{
		{Topic: "orders", Key: "a", Value: []byte("1")},
		{Topic: "orders", Key: "a"},
		{Topic: "orders", Key: "a", Value: []byte(`{"n": 1}`), Partition: &two},
		{Topic: "orders", Key: "a", Value: []byte("2"), Time: noon},
		{Topic: "orders", Key: "a", Value: []byte("3"), Time: noon.Add(-30 * time.Minute)},
		{Topic: "orders", Key: "a", Value: []byte("4"), Time: noon.Add(-15 * time.Minute)},
	}
	if !reflect.DeepEqual(f.messages, want) {
		t.Errorf("sent\n%+v\nwant\n%+v", f.messages, want)
	}
}

func TestSendBig(t *testing.T) {
	f := newFake()
	mustPlay(t, f, `send orders a {"text":"{2MB}","more":"{3B}{1KB}"}`)

	want := `{"text":"` + strings.Repeat("x", 2<<20) + `","more":"` + strings.Repeat("x", 3+1024) + `"}`
	if got := f.messages[0].Value; !bytes.Equal(got, []byte(want)) {
		t.Errorf("sent %d bytes, want %d", len(got), len(want))
	}
}

func TestClocks(t *testing.T) {
	for text, want := range map[string]time.Time{
		"14:05":                     time.Date(2000, 1, 1, 14, 5, 0, 0, time.UTC),
		"14:05:06":                  time.Date(2000, 1, 1, 14, 5, 6, 0, time.UTC),
		"2013-03-08":                time.Date(2013, 3, 8, 0, 0, 0, 0, time.UTC),
		"2013-03-08T14:05":          time.Date(2013, 3, 8, 14, 5, 0, 0, time.UTC),
		"2013-03-08T14:05Z":         time.Date(2013, 3, 8, 14, 5, 0, 0, time.UTC),
		"2013-03-08T14:05-05:00":    time.Date(2013, 3, 8, 19, 5, 0, 0, time.UTC),
		"2013-03-08T14:05:06-05:00": time.Date(2013, 3, 8, 19, 5, 6, 0, time.UTC),
	} {
		f := newFake()
		mustPlay(t, f, "at "+text+"\nsend orders a 1")

		if got := f.messages[0].Time; !got.Equal(want) {
			t.Errorf("at %s is %v, want %v", text, got, want)
		}
	}
}

// Lines settle one by one, so that a model is asked in their order; a repetition is a burst.
func TestSendSettles(t *testing.T) {
	lines, burst := newFake(), newFake()
	mustPlay(t, lines, "send orders\n  a 1\n  b 2\n  c 3")
	mustPlay(t, burst, "send orders c-{1..3} {n}")

	if lines.settled != burst.settled+2 {
		t.Errorf("three lines settle %d times, a repetition of three %d times; want two more", lines.settled,
			burst.settled)
	}

	if want := []string{"c-1", "c-2", "c-3"}; !slices.Equal(burst.keys(), want) {
		t.Errorf("sent %v, want %v", burst.keys(), want)
	}
}

func TestTimeAndFaults(t *testing.T) {
	f := newFake()
	mustPlay(t, f, `
advance 75ms
advance 3h
crash
crash before commit
crash after dispatch
rebalance
fault broker-down 2s
send orders a 1
committed orders/0 1
`)

	want := []string{"crash", "crash before commit", "crash after dispatch", "rebalance", "broker-down 2s"}
	if !slices.Equal(f.faults, want) || f.advanced != 3*time.Hour+75*time.Millisecond {
		t.Errorf("faults %q, want %q; advanced %v", f.faults, want, f.advanced)
	}
}

func TestOnly(t *testing.T) {
	for script, skip := range map[string]bool{
		"only fake\nsend orders a 1":           false,
		"only memory fake\nsend orders a 1":    false,
		"only kafka embedded\nsend orders a 1": true,
	} {
		err := play(t, newFake(), script)
		if errors.Is(err, errSkip) != skip || err != nil && !skip {
			t.Errorf("%q: %v, want skipped %v", script, err, skip)
		}
	}
}

func TestVerb(t *testing.T) {
	var got []string
	s := newScript(t)
	s.Verb("model", func(args string) error { got = append(got, args); return nil })

	script := `
model {"a":1}
model says
    two lines,
      the second deeper
model
  only a block
model
`
	if err := s.run("story.spec", script, shop, newFake().factory); err != nil {
		t.Fatal(err)
	}

	want := []string{`{"a":1}`, "says\ntwo lines,\n  the second deeper", "only a block", ""}
	if !slices.Equal(got, want) {
		t.Errorf("the verb got %q, want %q", got, want)
	}
}

func TestVerbOfTheLanguage(t *testing.T) {
	for _, name := range []string{"expect", "only"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Verb(%q) replaced a verb of the language", name)
				}
			}()
			newScript(t).Verb(name, nil)
		}()
	}
}

// On an engine whose clock is real, what has not come yet is waited for: here a second, of a virtual clock.
func TestPatience(t *testing.T) {
	const script = `
send      orders    a {"n":1}
committed orders/0  1
row       stock     a {"n":1}
expect    shipments a {"n":1}
send      orders    b {"n":2}
expect    shipments in any order
  b {"n":2}
`
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.delay = time.Second
		s, start := newScript(t), time.Now()
		s.patience = patience
		if err := s.run("story.spec", script, shop, f.factory); err != nil {
			t.Fatal(err)
		}

		if took := time.Since(start); took < 2*time.Second || took > 2*time.Second+2*tick {
			t.Errorf("took %v, want the two seconds of the engine", took)
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()

		f.delay = patience + time.Second
		s, start := newScript(t), time.Now()
		s.patience = patience
		err := s.run("story.spec", "send orders a 1\nexpect shipments a 1", shop, f.factory)
		if err == nil || !strings.Contains(err.Error(), "after 15s:\nnothing came") ||
			time.Since(start) != patience {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		time.Sleep(2 * time.Second) // let the engine ship, so that the bubble can end
	})
}

// A wrong event of the key is final: waiting can not cure it.
func TestOrderIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, start := newScript(t), time.Now()
		s.patience = patience

		err := s.run("story.spec", "send orders a 1\nsend orders a 2\nexpect shipments a 2", shop,
			newFake().factory)
		if err == nil || time.Since(start) != 0 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestVerbNotYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, tries := newScript(t), 0
		s.patience = patience
		s.Verb("prompt", func(string) error {
			if tries++; tries < 3 {
				return notYet{errors.New("not asked")}
			}
			return nil
		})

		if err := s.run("story.spec", "prompt hello", shop, newFake().factory); err != nil || tries != 3 {
			t.Errorf("%d tries: %v", tries, err)
		}
	})
}

func TestSettleFails(t *testing.T) {
	f := newFake()
	f.settling = errors.New("a stage is down")

	err := play(t, f, "send orders a 1")
	if err == nil || !strings.Contains(err.Error(), "does not come to rest: a stage is down") {
		t.Error(err)
	}
}

// An engine that has only what it must says what it lacks.
func TestAbilities(t *testing.T) {
	for script, want := range map[string]string{
		"send orders a to partition 1 2":   "has not topologytest.Producer",
		"at 14:05\nsend orders a 2":        "has not topologytest.Producer",
		"committed orders/0 1":             "has not topologytest.Offsets",
		"fault flood":                      "has not that fault",
		"only kafka\ncommitted orders/0 1": "skipped",
	} {
		factory := func(testing.TB, *topology.Topology) Engine { return plain{newFake()} }

		err := newScript(t).run("story.spec", script, shop, factory)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want: %s", script, err, want)
		}
	}
}

// A recorder notes how a test would have ended.
type recorder struct {
	testing.TB
	skipped, failed bool
}

func (r *recorder) Helper()      {}
func (r *recorder) Skip(...any)  { r.skipped = true }
func (r *recorder) Fatal(...any) { r.failed = true }

func TestReport(t *testing.T) {
	for script, want := range map[string]recorder{
		"send orders a 1":      {},
		"send order a 1":       {failed: true},
		"expect shipments a 1": {failed: true},
		"only kafka":           {skipped: true},
	} {
		r := &recorder{TB: t}
		s := newScript(r)
		report(r, s.run("story.spec", script, shop, newFake().factory))

		if r.failed != want.failed || r.skipped != want.skipped {
			t.Errorf("%q: failed %v, skipped %v", script, r.failed, r.skipped)
		}
	}
}
