package processors

import (
	"context"
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

	Letter   topology.Record // the record in the dead-letter topic
	Redriven bool            // it has been processed again
}

// ReadDeadLetter reads a record of a dead-letter topic. It can't tell whether it was redriven.
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
		done, err := k.redriven(ctx, topologyName)
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
			l.Redriven = done[letterKey(r)]
			if !yield(l, nil) {
				return
			}
		}
	}
}

var allSoFar = FollowOptions{FromBeginning: true, ToEnd: true}

// letterKey names a dead letter on the topic of those that are redriven.
func letterKey(letter topology.Record) string {
	return fmt.Sprintf("%d/%d", letter.Partition, letter.Offset)
}

// redriven returns the keys of the dead letters that were redriven.
func (k *Client) redriven(ctx context.Context, topologyName string) (map[string]bool, error) {
	topic, done := plan.RedrivenOf(topologyName), map[string]bool{}
	if _, err := k.partitions(topic); err != nil {
		return done, nil // no worker has created it yet
	}

	for r, err := range k.Follow(ctx, topic, allSoFar) {
		if err != nil {
			return nil, err
		}
		done[r.Key] = true
	}

	return done, ctx.Err()
}

// redrivenAtOnce is how many letters a transaction has.
const redrivenAtOnce = 100

// Redrive has dead letters of a topology processed again, by the stages that could not: each once, however
// often and by however many it is called. It returns how many are on their way; letters that were redriven
// before do not count. One that fails again becomes another dead letter.
//
// An event is taken for the record that it was, from the same place and with the same ids. It comes after the
// later events of its key. An event that waited for an operator waits again, without a deadline: the steps
// above the operator have had their effects.
//
// A letter that can't be redriven is an error that names it, and then none is: one whose record was too large
// for the dead-letter topic, or that an earlier version has written. Only one Redrive of a topology runs at a
// time: of two, the later one ends the other, with an error.
func (k *Client) Redrive(ctx context.Context, topologyName string, letters ...DeadLetter) (n int, err error) {
	inbox := make([]stage.Output, len(letters))
	topics := map[string]topicInfo{}
	for i, l := range letters {
		if inbox[i], err = k.redrive(topologyName, l); err != nil {
			return 0, err
		}
		topics[inbox[i].Topic] = topicInfo{}
	}

	topics[plan.RedrivenOf(topologyName)] = topicInfo{}
	for name := range topics {
		parts, err := k.partitions(name)
		if err != nil {
			return 0, err
		}
		topics[name] = topicInfo{partitions: parts}
	}

	l := k.c.connections()
	defer context.AfterFunc(ctx, l.cut)()

	c := k.c.sarama("slipstream-redrive", l)
	c.Producer.Transaction.ID = topologyName + "/redrive" // that of no stage, and no name
	p, err := newProducer(k.c.Brokers, c, topics, nil)
	if err != nil {
		return 0, fmt.Errorf("processors: redrive: %w", err)
	}
	defer func() { err = errors.Join(err, p.close(err != nil)) }()

	// No other Redrive commits from here on, so what is redriven is known.
	done, err := k.redriven(ctx, topologyName)
	if err != nil {
		return 0, err
	}

	var left []redriving
	for i, l := range letters {
		if key := letterKey(l.Letter); !done[key] {
			done[key] = true
			left = append(left, redriving{key, inbox[i]})
		}
	}

	for batch := range slices.Chunk(left, redrivenAtOnce) {
		if err := p.redrive(plan.RedrivenOf(topologyName), batch); err != nil {
			return n, fmt.Errorf("processors: redrive: %w", err)
		}
		n += len(batch)
	}

	return n, ctx.Err()
}

// A redriving is a dead letter on its way to the inbox of its stage.
type redriving struct {
	key   string // of the letter: see letterKey
	inbox stage.Output
}

// redrive returns the record by which a letter comes to its stage again.
func (k *Client) redrive(topologyName string, l DeadLetter) (stage.Output, error) {
	at := fmt.Sprintf("%s/%d/%d", l.Letter.Topic, l.Letter.Partition, l.Letter.Offset)
	if l.Letter.Topic != plan.DeadLettersOf(topologyName) {
		return stage.Output{}, fmt.Errorf("processors: redrive %s: it is no dead letter of topology %s",
			at, topologyName)
	}

	value := l.Letter.Value
	if l.Letter.Tombstone {
		value = nil
	}

	o, err := stage.Redrive(l.Letter.Key, value, l.Letter.Headers)
	if err == nil && !strings.HasPrefix(o.Topic, topologyName+".") {
		err = fmt.Errorf("it is of stage %s, which is not of topology %s", l.Stage, topologyName)
	}

	if err != nil {
		return o, fmt.Errorf("processors: redrive %s: %w", at, err)
	}

	return o, nil
}

// redrive sends letters to the inboxes of their stages, and notes that it has, in one transaction.
func (p *producer) redrive(noted string, batch []redriving) error {
	if err := p.async.BeginTxn(); err != nil {
		return err
	}

	now := []byte(time.Now().UTC().Format(time.RFC3339Nano))
	for i := range batch {
		p.output(&batch[i].inbox)
		p.send(&sarama.ProducerMessage{
			Topic: noted,
			Key:   sarama.StringEncoder(batch[i].key),
			Value: sarama.ByteEncoder(now),
		})
	}

	if err := p.wait(); err != nil {
		return err
	}

	if err := p.async.CommitTxn(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}

	return p.wait()
}
