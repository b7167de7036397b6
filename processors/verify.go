package processors

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # Positions that can't be taken up
//
// A stage goes on from the positions that its group has committed. Before each session it makes sure that the
// records from there on, and the rows up to there, are what they were. Otherwise it would go on with wrong
// rows, and say nothing: a consumer group by itself skips what was deleted, and reads a topic that was made
// anew from somewhere in its middle. All of that ends the worker with an error that says what has happened,
// and how to go on knowingly. The tool for that is Kafka's own, kafka-consumer-groups: a position that it has
// set has no signature, and is believed.

// A position is one that a group has committed.
type position struct {
	next      int64
	signature signature
	signed    bool
}

// An extent is what a partition of an input has.
type extent struct{ oldest, newest int64 }

// A verifier returns the positions of a group, or why they can't be taken up.
type verifier func(claims map[string][]int32) (map[place]position, error)

// verify refuses positions that can't be taken up. claims are the partitions that the session owns.
func (s *runner) verify(claims map[string][]int32) (committed map[place]position, err error) {
	if err := s.w.verifyTopics(s); err != nil {
		return nil, err
	}

	if committed, err = s.committed(); err != nil {
		return nil, fmt.Errorf("positions of group %s: %w", s.group, err)
	}

	for _, at := range sorted(committed) {
		if p := committed[at]; p.signed {
			if err := s.belongs(at.topic, p.signature); err != nil {
				return nil, &FatalError{fmt.Errorf("stage %s: %w", s.group, err)}
			}
		}
	}

	if err := s.verifyMissing(committed); err != nil {
		return nil, err
	}

	return committed, s.verifyExtents(claims, committed)
}

func sorted(committed map[place]position) (places []place) {
	for at := range committed {
		places = append(places, at)
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.topic != b.topic {
			return slices.Compare([]byte(a.topic), []byte(b.topic))
		}
		return int(a.partition - b.partition)
	})
	return places
}

// committed returns the positions that the group has, in all partitions of its inputs.
func (s *runner) committed() (map[place]position, error) {
	parts := map[string][]int32{}
	for _, topic := range s.stage.Inputs {
		for part := range s.partitions {
			parts[topic] = append(parts[topic], part)
		}
	}

	admin, err := sarama.NewClusterAdminFromClient(s.w.client_)
	if err != nil {
		return nil, err
	}

	answer, err := admin.ListConsumerGroupOffsets(s.group, parts)
	if err != nil {
		return nil, err
	}

	all := map[place]position{}
	for topic, blocks := range answer.Blocks {
		for part, b := range blocks {
			if b.Err != sarama.ErrNoError {
				return nil, b.Err
			}

			if b.Offset >= 0 {
				p := position{next: b.Offset}
				p.signature, p.signed = parseSignature(b.Metadata)
				all[place{topic, part}] = p
			}
		}
	}

	return all, nil
}

// belongs returns why a position that was signed does not belong to the topics as they are now, or nil.
func (s *runner) belongs(topic string, was signature) error {
	now := s.signature(topic)
	switch {
	case testhook.IsOff(testhook.Signature):
		return nil
	case was.partitions != now.partitions && s.stage.Keeps:
		return fmt.Errorf("its topics have %d partitions, and had %d when its rows were written: "+
			"keys have moved away from their rows. %s", now.partitions, was.partitions, repartitionRemedy)
	case was.topic != now.topic:
		return fmt.Errorf("its positions in topic %s belong to a topic of that name that was deleted. "+
			"To read the topic that is there now, set the positions while no worker runs: %s",
			topic, s.reset(topic, "--to-earliest"))
	case was.changelog != now.changelog && was.changelog != "":
		return fmt.Errorf("its changelog %s was deleted and made anew: the rows are gone, and its positions "+
			"are beyond the events that had made them. To compute the table again from what its inputs "+
			"still have, delete the group while no worker runs: kafka-consumer-groups --delete --group %s. "+
			"What it sends is then sent again", s.changelog, s.group)
	case was.cells != now.cells && was.cells != "" && now.cells != "":
		return fmt.Errorf("the topic %s was deleted and made anew: the events that waited in it are gone. "+
			"To go on without them, set the positions anew while no worker runs: %s",
			s.cells, s.reset("", "--to-current"))
	}

	return nil
}

const repartitionRemedy = "Move the rows with the verb repartition, while no worker runs"

// reset is the command that sets positions of the stage's group in a topic; "" is all of them.
func (s *runner) reset(topic, to string) string {
	which := "--all-topics"
	if topic != "" {
		which = "--topic " + topic
	}
	return fmt.Sprintf("kafka-consumer-groups --group %s %s --reset-offsets %s --execute", s.group, which, to)
}

// verifyMissing refuses an input that was read before, and has no position in any partition now. One that is
// new to the stage is read from its beginning, and so is one of which nothing is known.
func (s *runner) verifyMissing(committed map[place]position) error {
	for _, topic := range s.stage.Inputs {
		isRead, was, others := false, false, false
		for at, p := range committed {
			isRead = isRead || at.topic == topic
			others = true
			was = was || p.signed && slices.Contains(p.signature.inputs, hashOf(topic))
		}

		switch {
		case isRead || !others:
		case topic == s.plan.Inbox(s.stage) && !was: // an earlier version had none
		case was:
			return &FatalError{fmt.Errorf("stage %s has read topic %s before, and its group has no "+
				"positions there any more: the topic was made anew, or the positions were deleted. "+
				"If its events are new ones, set the positions while no worker runs: %s. "+
				"If not, they would count twice: set them to where the stage was",
				s.group, topic, s.reset(topic, "--to-earliest"))}
		default:
			s.w.c.Logger.Warn("an input without committed positions is read from its beginning",
				"stage", s.group, "topic", topic)
		}
	}

	return nil
}

// verifyExtents refuses positions before the beginning or beyond the end of what a topic has.
func (s *runner) verifyExtents(claims map[string][]int32, committed map[place]position) error {
	for patience := time.Now().Add(shortestPatience / 2); ; time.Sleep(settlePause) {
		extents, err := s.extents()
		if err != nil {
			return err
		}

		err = s.outside(claims, committed, extents)
		if err == nil {
			return nil
		}

		if beyond := new(beyondError); !errors.As(err, &beyond) || time.Now().After(patience) {
			return &FatalError{fmt.Errorf("stage %s: %w", s.group, err)}
		}
	}
}

// settlePause is for a leader that has just been elected, and does not know the end of its log yet.
const settlePause = 100 * time.Millisecond

// extents returns what the inputs have.
func (s *runner) extents() (map[place]extent, error) {
	oldest, err := offsetsAt(s.w.client_, s.stage.Inputs, sarama.OffsetOldest, sarama.ReadUncommitted)
	if err != nil {
		return nil, err
	}

	newest, err := newestOffsets(s.w.client_, s.stage.Inputs)
	if err != nil {
		return nil, err
	}

	all := map[place]extent{}
	for at := range newest {
		all[at] = extent{oldest[at], newest[at]}
	}

	return all, nil
}

// A beyondError reports a position beyond the end.
type beyondError struct{ error }

// outside returns why a position of a claim is not among the records that the topic has, or nil.
func (s *runner) outside(
	claims map[string][]int32, committed map[place]position, extents map[place]extent,
) error {
	for _, topic := range s.stage.Inputs {
		for _, part := range claims[topic] {
			at := place{topic, part}
			p, known := committed[at]
			has := extents[at]
			one := fmt.Sprintf("%s:%d", topic, part) // of one partition only

			switch {
			case !known || testhook.IsOff(testhook.Extents):
			case p.next < has.oldest:
				return fmt.Errorf("records of topic %s, partition %d, were deleted before they were read, "+
					"by retention or by hand: it has read up to offset %d, and the oldest left is %d. "+
					"To go on without them, set the position while no worker runs: %s. "+
					"A longer retention.ms of the topic keeps it from happening again",
					topic, part, p.next, has.oldest, s.reset(one, "--to-earliest"))
			case p.next > has.newest:
				return &beyondError{fmt.Errorf("it has read topic %s, partition %d, up to offset %d, "+
					"and the topic ends at %d: it was made anew, or has lost records. To go on with what "+
					"comes from now on, set the position while no worker runs: %s. If all of it is new, "+
					"use --to-earliest",
					topic, part, p.next, has.newest, s.reset(one, "--to-latest"))}
			}
		}
	}

	return nil
}
