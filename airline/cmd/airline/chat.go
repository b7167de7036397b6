package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/verb"

	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/airline/vocab"
	agents "github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
)

func chatVerb(p verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "chat",
		Usage: "talk with the airline's concierge, as one of its customers",
		Description: "Replies are printed as they come, and beside them, dimly, what was looked up and done for them. A line that\n" +
			"begins with / is a command: /help lists them. Input that is not a terminal is sent line by line, each once\n" +
			"the one before is answered.",
		Flags: append(verb.ClientFlags(),
			&cli.StringFlag{Name: "as", Usage: "`CUSTOMER` who you are. Defaults to somebody whose flight is late right now, if there is one"},
			&cli.StringFlag{Name: "channel", Value: "chat",
				Usage: "`NAME` of the channel that you write by: a conversation goes on across several"},
			&cli.StringFlag{Name: "clock", Value: string(vocab.FlightEvents),
				Usage: "`TOPIC` whose newest event says what time it is; without such a topic, it is now"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error { return runChat(ctx, p, cmd) },
	}
}

// The topics of the concierge.
const (
	messagesTopic  = string(concierge.Messages)
	repliesTopic   = string(concierge.Replies)
	stepsTopic     = string(concierge.Steps)
	commandsTopic  = string(vocab.Commands)
	resultsTopic   = string(vocab.Results)
	handoversTopic = string(concierge.Handovers)
)

func runChat(ctx context.Context, p verb.Program, cmd *cli.Command) (err error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	topics, err := client.Topics()
	if err != nil {
		return err
	}

	if !slices.Contains(topics, repliesTopic) {
		return errors.New("there is no agent to talk with: rules alone decide, or nothing is running yet (`airline demo` has one with a model)")
	}

	ctx, stop := context.WithCancel(ctx)
	defer stop()

	c := &chat{client: client, channel: cmd.String("channel"), id: rand.Text()[:8]}
	if c.clock, err = newStreamTime(ctx, client, cmd.String("clock")); err != nil {
		return err
	}

	intro, err := c.introduce(ctx, p, cmd)
	if err != nil {
		return err
	}

	if err := c.follow(ctx); err != nil {
		return err
	}

	if c.screen, err = newScreen(cmd.Root().Reader, cmd.Root().Writer); err != nil {
		return err
	}
	defer c.screen.close()
	c.screen.print(intro)

	if err := c.talk(ctx); ctx.Err() == nil {
		return err
	}

	return nil // leaving is no failure
}

// introduce finds out which customer the user is, and returns what to tell them.
func (c *chat) introduce(ctx context.Context, program verb.Program, cmd *cli.Command) (string, error) {
	c.as = cmd.String("as")
	q, err := program.Worker(cmd)
	if err != nil && c.as == "" {
		return "", fmt.Errorf("no customer found to talk as: %w, or name one with --as", err)
	}

	if err != nil {
		return fmt.Sprintf("You are %s.", c.as), nil
	}

	p, named := people{q, c.clock.now()}, ""
	if c.as == "" {
		var why string
		if c.as, why, err = p.somebody(ctx); err != nil {
			return "", err
		}
		named = fmt.Sprintf("No customer was named: you are one whose flight %s (--as CUSTOMER chooses another).\n", why)
	}

	c.clock.zone = p.zone(ctx, c.as)
	p.now = c.clock.now()

	return named + p.introduction(ctx, c.as), nil
}

// A chat is a conversation of one customer with the agent or a person. Its methods are called by one
// goroutine.
type chat struct {
	client  *processors.Client
	clock   streamTime
	screen  *screen
	as      string
	channel string
	id      string // of this chat, in the ids of its messages
	sent    int
	heard   chan topology.Record
	failed  chan error
	waits   *agents.Message // for its answer
	overdue <-chan time.Time
}

// patience is how long an answer may take: longer than several calls of a slow model.
const patience = 5 * time.Minute

// follow hears what is said to the customer, and done for them, from now on. What is sent later is not
// missed.
func (c *chat) follow(ctx context.Context) error {
	topics, err := c.client.Topics()
	if err != nil {
		return err
	}

	c.heard, c.failed = make(chan topology.Record), make(chan error, 1)
	if c.clock.topic != "" {
		go c.hear(ctx, c.clock.topic, c.clock.ends)
	}

	for _, topic := range []string{repliesTopic, stepsTopic, commandsTopic, resultsTopic, handoversTopic} {
		if !slices.Contains(topics, topic) {
			continue
		}

		ends, err := c.client.Ends(ctx, topic)
		if err != nil {
			return err
		}

		go c.hear(ctx, topic, ends)
	}

	return nil
}

func (c *chat) hear(ctx context.Context, topic string, from map[int32]int64) {
	for r, err := range c.client.Follow(ctx, topic, processors.FollowOptions{Offsets: from}) {
		if err != nil {
			select {
			case c.failed <- err:
			default: // the first one is told
			}
			return
		}

		if r.Key != c.as && topic != c.clock.topic {
			continue
		}

		select {
		case c.heard <- r:
		case <-ctx.Done():
			return
		}
	}
}

// talk goes on until the input has ended and the last message is answered.
func (c *chat) talk(ctx context.Context) error {
	t := transcript{screen: c.screen, answered: c.answered, channel: c.channel,
		zone: c.clock.now().Location()}
	var leaving <-chan time.Time
	for {
		select {
		case line, more := <-c.lines(leaving != nil):
			if !more {
				leaving = time.After(grace) // what belongs to the last reply may be on its way
			} else if err := c.take(ctx, line); err != nil {
				return err
			}
		case r := <-c.heard:
			if r.Topic == c.clock.topic {
				c.clock.take(r)
			} else {
				t.hear(r)
			}
		case <-t.grace:
			t.release()
		case <-c.overdue:
			return fmt.Errorf("no answer to %q in %v", c.waits.Text, patience)
		case err := <-c.failed:
			return err
		case <-leaving:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lines returns where the next line comes from; nil while a message waits for its answer.
func (c *chat) lines(leaving bool) <-chan string {
	if leaving || c.waits != nil && !c.screen.free {
		return nil
	}
	return c.screen.lines
}

// chatCommands are the commands that a line can begin with.
var chatCommands = []struct {
	name, usage string
	kind        agents.Kind
}{
	{"/person", "one of our people takes the conversation", agents.TakeOver},
	{"/say-as-person", "TEXT: they write to you", agents.Person},
	{"/back", "and give it back", agents.HandBack},
	{"/forget", "all that was said is erased", agents.Forget},
}

// take sends a line, or runs its command.
func (c *chat) take(ctx context.Context, line string) error {
	line = strings.TrimSpace(line)
	if line == "" {
		return nil
	}
	c.screen.echo(line)

	if !strings.HasPrefix(line, "/") {
		return c.send(ctx, agents.Message{Kind: agents.Customer, Text: line})
	}

	name, text, _ := strings.Cut(line, " ")
	for _, k := range chatCommands {
		if k.name == name && (k.kind != agents.Person || text != "") {
			return c.send(ctx, agents.Message{Kind: k.kind, Text: text})
		}
	}

	var usage []string
	for _, k := range chatCommands {
		usage = append(usage, fmt.Sprintf("  %-15s %s", k.name, k.usage))
	}
	c.screen.print(strings.Join(append(usage, "  ctrl-D leaves; all else is a message"), "\n"))

	return nil
}

func (c *chat) send(ctx context.Context, m agents.Message) error {
	c.sent++
	m.ID, m.Channel, m.Time = fmt.Sprintf("%s-%s-%d", c.channel, c.id, c.sent), c.channel, c.clock.now()
	if err := m.Valid(); err != nil {
		c.screen.print(err.Error())
		return nil
	}

	b, err := json.Marshal(m)
	if err != nil {
		return err
	}

	if m.Kind != agents.TakeOver && m.Kind != agents.HandBack { // which nobody answers
		c.waits, c.overdue = &m, time.After(patience)
	}

	return c.client.Send(ctx, topology.Record{Topic: messagesTopic, Key: c.as, Value: b, Time: m.Time})
}

// answered ends the wait for the answer to a message.
func (c *chat) answered(id string) {
	if c.waits != nil && id == c.waits.ID {
		c.waits, c.overdue = nil, nil
	}
}
