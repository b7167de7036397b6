package topologytest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A desk answers letters. Its table counts them, and a clerk, slow and outside, writes the replies.
const (
	letters topology.Topic[string, letter] = "letters"
	replies topology.Topic[string, reply]  = "replies"
	people  topology.Table[string, person] = "people"
)

type (
	letter struct {
		Text string    `json:"text"`
		Sent time.Time `json:"sent"`
	}
	person struct {
		Letters int       `json:"letters"`
		Newest  time.Time `json:"newest"`
		Last    string    `json:"last,omitempty"`
	}
	reply struct {
		To   string `json:"to"`
		Text string `json:"text"`
	}
)

func desk(clerk topology.Operator[letter, reply]) *topology.Topology {
	t := topology.New("desk")
	received := topology.Map(topology.Events(topology.From(t, letters)),
		func(e topology.Event[string, letter]) letter {
			e.Value.Sent = e.Time
			return e.Value
		}).Check(func(l letter) error {
		if l.Text == "" {
			return errors.New("a letter without a text")
		}
		return nil
	})
	received = topology.Fold(people, received, person.received)
	answered, _ := topology.Async(received, "clerk", clerk, topology.Policy[letter]{})
	answered.To(replies)
	topology.Fold(people, answered, func(p person, r reply) person { p.Last = r.Text; return p })

	return t
}

func (p person) received(l letter) person {
	if l.Text == "explode" {
		panic("the letter exploded")
	}

	if l.Sent.After(p.Newest) {
		p.Newest = l.Sent
	}

	p.Letters++
	return p
}

// A clerk replies with his line, after his delay.
type clerk struct {
	line  string
	delay time.Duration
	asked []string
}

func (c *clerk) Decide(ctx context.Context, l letter) (reply, error) {
	c.asked = append(c.asked, l.Text)
	select {
	case <-ctx.Done():
		return reply{}, ctx.Err()
	case <-time.After(c.delay):
		return reply{To: l.Text, Text: c.line}, nil
	}
}

// says is the verb `clerk [after DURATION] TEXT`, read is the verb `read TEXT`.
func (c *clerk) says(args string) error {
	c.line, c.delay = args, 0
	if rest, ok := strings.CutPrefix(args, "after "); ok {
		delay, line, _ := strings.Cut(rest, " ")
		d, err := time.ParseDuration(delay)
		c.line, c.delay = line, d
		return err
	}
	return nil
}

func (c *clerk) read(args string) error {
	if len(c.asked) == 0 || c.asked[0] != args {
		return errors.New("the clerk has read " + strings.Join(c.asked, ", "))
	}
	c.asked = c.asked[1:]
	return nil
}

func buildDesk(s *topologytest.Script) *topology.Topology {
	c := &clerk{line: "Thank you."}
	s.Verb("clerk", c.says)
	s.Verb("read", c.read)
	return desk(topology.Func[letter, reply](c.Decide))
}

func TestRun(t *testing.T) {
	topologytest.Run(t, "testdata/desk-*.spec", buildDesk)
}

// No story depends on an order that the laws do not promise.
func TestRunShuffled(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			topologytest.RunShuffled(t, "testdata/desk-*.spec", buildDesk, seed)
		})
	}
}

// On a given engine the clock is real, and scripts that let no time pass tell the same.
func TestRunOnEngine(t *testing.T) {
	topologytest.Run(t, "testdata/desk-reply.spec", buildDesk, topologytest.Memory)
}

func ExampleRun() {
	_ = func(t *testing.T) { // in a package's tests: func TestDesk(t *testing.T)
		topologytest.Run(t, "testdata/desk-*.spec", func(s *topologytest.Script) *topology.Topology {
			c := &clerk{line: "Thank you."}
			s.Verb("clerk", c.says) // clerk after 3h I am on holiday.
			return desk(topology.Func[letter, reply](c.Decide))
		})
	}
	// Output:
}

func ExampleScript_Verb() {
	_ = func(s *topologytest.Script) *topology.Topology { // given to Run
		var c clerk
		s.Verb("clerk", func(args string) error {
			c.line = args // what follows the verb, and the indented lines below it
			return nil
		})
		return desk(topology.Func[letter, reply](c.Decide))
	}
	// Output:
}
