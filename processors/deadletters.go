package processors

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/topology"
)

// A DeadLetter is a record that a stage could not process, and why. What the headers of the letter do not
// tell is left zero.
type DeadLetter struct {
	// Record is the record as it came: where it was, its key, value, time and own headers. Of an event that
	// waited for an operator the value is the event, as it left the last step that changed a row.
	topology.Record

	Stage    string    // the consumer group
	Operator string    // that was asked, if one was
	Step     string    // that failed, such as "fold totals", if one did
	Reason   string    // the error
	Kind     string    // the Go type of the error, or "panic"
	Stack    string    // of a panic
	Failed   time.Time // when it became a dead letter

	Size   int64  // of a value that was cut to fit: how many bytes it had; 0: it is whole
	SHA256 string // of these bytes

	Letter    topology.Record // the record in the dead-letter topic
	Redriven  bool            // it has been processed again
	Dismissed bool            // it has been put away, and is not to be processed again
	Why       string          // it was dismissed, as the person says
}

// ReadDeadLetter reads a record of a dead-letter topic. It can't tell whether it was redriven or dismissed.
func ReadDeadLetter(r topology.Record) DeadLetter {
	own, about := stage.SplitLetter(r.Headers)
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(about[name], 10, 64)
		return n
	}

	l := DeadLetter{
		Record:   r,
		Stage:    about[stage.LetterStage],
		Operator: about[stage.LetterOperator],
		Step:     about[stage.LetterStep],
		Reason:   about[stage.LetterError],
		Kind:     about[stage.LetterKind],
		Stack:    about[stage.LetterStack],
		Size:     number(stage.LetterSize),
		SHA256:   about[stage.LetterSHA256],
		Letter:   r,
	}
	l.Failed, _ = time.Parse(time.RFC3339Nano, about[stage.LetterFailed])

	l.Topic = about[stage.LetterTopic]
	l.Partition = int32(number(stage.LetterPartition))
	l.Offset = number(stage.LetterOffset)
	l.Headers, l.ID = own, own["ce_id"]
	if about[stage.LetterTime] != "" {
		l.Time = time.UnixMilli(number(stage.LetterTime))
	}

	return l
}

// DeadLetters yields the dead letters of a topology that there are at the time of the call, those of one
// partition in order. An error is the last that it yields.
func (k *Client) DeadLetters(ctx context.Context, topologyName string) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		ends, err := k.letterEnds(ctx, topologyName)
		if err != nil {
			yield(DeadLetter{}, err)
			return
		}

		for r, err := range k.Follow(ctx, plan.DeadLettersOf(topologyName), allSoFar) {
			if err != nil {
				yield(DeadLetter{}, err)
				return
			}

			l := ReadDeadLetter(r)
			if end, ok := ends[letterKey(r)]; ok {
				l.Redriven, l.Dismissed, l.Why = !end.dismissed, end.dismissed, end.why
			}

			if !yield(l, nil) {
				return
			}
		}
	}
}

var allSoFar = FollowOptions{FromBeginning: true, ToEnd: true}

// letterKey names a dead letter on the topic of those that are redriven or dismissed.
func letterKey(letter topology.Record) string {
	return fmt.Sprintf("%d/%d", letter.Partition, letter.Offset)
}

// headerDismissed is on the note of a letter that was dismissed, with the reason. The note of one that was
// redriven has none.
const headerDismissed = "dismissed"

// A letterEnd is what became of a dead letter.
type letterEnd struct {
	key       string        // of the letter: see letterKey
	inbox     *stage.Output // to be sent to its stage, if it is to be redriven
	dismissed bool
	why       string // it was dismissed
}

// letterEnds returns what became of the dead letters that were redriven or dismissed, by their keys.
func (k *Client) letterEnds(ctx context.Context, topologyName string) (map[string]letterEnd, error) {
	topic, ends := plan.RedrivenOf(topologyName), map[string]letterEnd{}
	switch _, err := k.partitions(topic); {
	case errors.Is(err, errNoTopic):
		return ends, nil // nothing has ended yet
	case err != nil:
		return nil, err
	}

	for r, err := range k.Follow(ctx, topic, allSoFar) {
		if err != nil {
			return nil, err
		}

		why, dismissed := r.Headers[headerDismissed]
		ends[r.Key] = letterEnd{key: r.Key, dismissed: dismissed, why: why}
	}

	return ends, ctx.Err()
}

// Redrive has dead letters of a topology processed again, by the stages that could not: each once, however
// often and by however many it is called. It returns how many are on their way; letters that were redriven or
// dismissed before do not count. One that fails again becomes another dead letter.
//
// An event is taken for the record that it was, from the same place and with the same ids. It comes after the
// later events of its key. An event that waited for an operator waits again, without a deadline: the steps
// above the operator have had their effects.
//
// A letter that can't be redriven is an error that names it, and then none is: one whose record was too large
// for the dead-letter topic, or that an earlier version has written. Only one Redrive or Dismiss of a
// topology runs at a time: of two, the later one ends the other, with an error.
func (k *Client) Redrive(ctx context.Context, topologyName string, letters ...DeadLetter) (int, error) {
	ends, err := k.toRedrive(topologyName, letters)
	if err != nil {
		return 0, err
	}

	n, err := k.end(ctx, topologyName, ends)
	if err != nil {
		err = fmt.Errorf("processors: redrive: %w", err)
	}

	return n, err
}

func (k *Client) toRedrive(topologyName string, letters []DeadLetter) ([]letterEnd, error) {
	ends := make([]letterEnd, len(letters))
	for i, l := range letters {
		inbox, err := k.redrive(topologyName, l)
		if err != nil {
			return nil, fmt.Errorf("processors: redrive %s: %w", placeOf(l.Letter), err)
		}
		ends[i] = letterEnd{key: letterKey(l.Letter), inbox: &inbox}
	}

	return ends, nil
}

// Dismiss puts dead letters of a topology away that a person has mended otherwise, such as by sending the
// event again: no Redrive processes them from then on. why is kept with them, and may be empty. It returns
// how many it has put away; letters that were redriven or dismissed before do not count. Any letter can be
// dismissed, also one that can't be redriven. See [Client.Redrive] for two calls at a time.
func (k *Client) Dismiss(ctx context.Context, topologyName, why string, letters ...DeadLetter) (int, error) {
	ends := make([]letterEnd, len(letters))
	for i, l := range letters {
		if err := isLetterOf(topologyName, l); err != nil {
			return 0, fmt.Errorf("processors: dismiss %s: %w", placeOf(l.Letter), err)
		}
		ends[i] = letterEnd{key: letterKey(l.Letter), dismissed: true, why: why}
	}

	n, err := k.end(ctx, topologyName, ends)
	if err != nil {
		err = fmt.Errorf("processors: dismiss: %w", err)
	}

	return n, err
}

func placeOf(r topology.Record) string {
	return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)
}

func isLetterOf(topologyName string, l DeadLetter) error {
	if l.Letter.Topic != plan.DeadLettersOf(topologyName) {
		return fmt.Errorf("it is no dead letter of topology %s", topologyName)
	}
	return nil
}

// redrive returns the record by which a letter comes to its stage again.
func (k *Client) redrive(topologyName string, l DeadLetter) (stage.Output, error) {
	if err := isLetterOf(topologyName, l); err != nil {
		return stage.Output{}, err
	}

	value := l.Letter.Value
	if l.Letter.Tombstone {
		value = nil
	}

	o, err := stage.Redrive(stage.Message{
		Topic:     l.Letter.Topic,
		Partition: l.Letter.Partition,
		Offset:    l.Letter.Offset,
		Key:       l.Letter.Key,
		Value:     value,
		Headers:   l.Letter.Headers,
	})
	if err == nil && !strings.HasPrefix(o.Topic, topologyName+".") {
		err = fmt.Errorf("it is of stage %s, which is not of topology %s", l.Stage, topologyName)
	}

	return o, err
}

// end ends dead letters that have not ended yet, and returns how many these were.
func (k *Client) end(ctx context.Context, topologyName string, ends []letterEnd) (n int, err error) {
	x, err := k.letterEnder(ctx, topologyName, ends)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, x.close(err)) }()

	if n, err = x.end(ends); err != nil {
		return n, err
	}

	return n, ctx.Err()
}

// A letterEnder ends dead letters of a topology. Of two that are open, only the later one commits.
type letterEnder struct {
	prod    *producer
	noted   string               // the topic with a note of each letter that has ended
	ended   map[string]letterEnd // by key
	release func() bool          // lets go of the context
}

// letterEnder returns what ends these letters. It has shut out those before it.
func (k *Client) letterEnder(ctx context.Context, topologyName string, ends []letterEnd) (
	*letterEnder, error,
) {
	x := &letterEnder{noted: plan.RedrivenOf(topologyName)}
	topics := map[string]topicInfo{x.noted: {}}
	for _, e := range ends {
		if e.inbox != nil {
			topics[e.inbox.Topic] = topicInfo{}
		}
	}

	for name := range topics {
		parts, err := k.partitions(name)
		if err != nil {
			return nil, err
		}
		topics[name] = topicInfo{partitions: parts}
	}

	l := k.c.connections()
	x.release = context.AfterFunc(ctx, l.cut)

	c := k.c.sarama("slipstream-redrive", l)
	c.Producer.Transaction.ID = topologyName + "/redrive" // that of no stage, and no name
	if testhook.IsOff(testhook.RedriveFence) {
		c.Producer.Transaction.ID += rand.Text()
	}

	var err error
	if x.prod, err = newProducer(k.c.Brokers, c, topics, nil); err != nil {
		x.release()
		return nil, err
	}

	// No other one commits from here on, so what has ended is known.
	if x.ended, err = k.letterEnds(ctx, topologyName); err != nil {
		return nil, errors.Join(err, x.close(err))
	}

	return x, nil
}

func (x *letterEnder) close(err error) error {
	defer x.release()
	return x.prod.close(err != nil)
}

// endedAtOnce is how many letters a transaction has.
const endedAtOnce = 100

// end ends those of the letters that have not ended yet.
func (x *letterEnder) end(ends []letterEnd) (n int, err error) {
	var left []letterEnd
	for _, e := range ends {
		if _, ok := x.ended[e.key]; !ok {
			x.ended[e.key] = e
			left = append(left, e)
		}
	}

	for batch := range slices.Chunk(left, endedAtOnce) {
		if err := x.commit(batch); err != nil {
			return n, err
		}
		n += len(batch)
	}

	return n, nil
}

// commit sends letters to the inboxes of their stages, and notes what became of them, in one transaction.
func (x *letterEnder) commit(batch []letterEnd) error {
	p := x.prod
	if err := p.async.BeginTxn(); err != nil {
		return err
	}

	for i := range batch {
		if batch[i].inbox != nil {
			p.output(batch[i].inbox)
		}

		if !testhook.IsOff(testhook.RedrivenMark) {
			p.send(batch[i].note(x.noted))
		}
	}

	if err := p.wait(); err != nil {
		return err
	}

	if err := p.async.CommitTxn(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}

	return p.wait()
}

// note is the record that says what became of a letter, and when.
func (e *letterEnd) note(topic string) *sarama.ProducerMessage {
	m := &sarama.ProducerMessage{
		Topic: topic,
		Key:   sarama.StringEncoder(e.key),
		Value: sarama.StringEncoder(time.Now().UTC().Format(time.RFC3339Nano)),
	}
	if e.dismissed {
		m.Headers = []sarama.RecordHeader{{Key: []byte(headerDismissed), Value: []byte(e.why)}}
	}

	return m
}
