package processors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// refuseOrphans refuses a topology that has lost a stage in which events wait: no stage would ever look at
// them. A stage that is still there refuses events of an operator that is gone itself: see runner.accepts.
func (w *Worker) refuseOrphans(ctx context.Context) error {
	if err := w.client_.RefreshMetadata(); err != nil {
		return fmt.Errorf("processors: list topics: %w", err)
	}

	names, err := w.client_.Topics()
	if err != nil {
		return fmt.Errorf("processors: list topics: %w", err)
	}

	for _, p := range w.plans {
		for _, topic := range names {
			if _, known := w.topics[topic]; known || !isCells(p, topic) {
				continue
			}

			left, err := w.orphans(ctx, p, topic)
			if isUnauthorized(err) { // a topic that it may not read is not its own
				w.c.Logger.Warn("it is not known whether events of a former version wait", "topic", topic,
					"err", err)
				continue
			}

			if err != nil {
				return fmt.Errorf("processors: topic %s: %w", topic, err)
			}

			if ops := slices.Sorted(maps.Keys(left)); len(ops) > 0 {
				return &FatalError{fmt.Errorf("topology %s: %d events wait for operator %s in topic %s, and this "+
					"version has no such stage: pause the producers, and run the version before until they "+
					"are answered. To give them up, delete the topic", p.Name, left[ops[0]], ops[0], topic)}
			}
		}
	}

	return nil
}

// isCells reports whether a topic may have events that wait in a stage of a topology.
func isCells(p *plan.Plan, topic string) bool {
	return strings.HasPrefix(topic, p.Name+".") && strings.HasSuffix(topic, "-cells")
}

// errOthers ends the reading of a topic in which the events of another topology wait.
var errOthers = errors.New("the topic is another topology's")

// orphans counts the events that wait in a topic, by operator. There are none in a topic of another topology,
// whose name may begin like this one's; records of any other origin are passed over.
func (w *Worker) orphans(ctx context.Context, p *plan.Plan, topic string) (map[string]int, error) {
	parts, err := w.client_.Partitions(topic)
	if err != nil {
		return nil, err
	}

	left := map[string]int{}
	for _, part := range parts {
		waiting := map[string]string{} // key of the record: operator
		err := w.read(ctx, topic, part, 0, func(m *sarama.ConsumerMessage) error {
			key := string(m.Key)
			kept, err := stage.DecodeKept(m.Value)
			switch _, head, bad := parseCell(key); {
			case m.Value == nil:
				delete(waiting, key)
			case head || errors.Join(bad, err) != nil:
			case !strings.HasPrefix(kept.ID, p.Name+"/"):
				return errOthers
			default:
				waiting[key] = kept.Op
			}
			return nil
		})
		if errors.Is(err, errOthers) {
			return nil, nil
		}

		if err != nil {
			return nil, err
		}

		for _, op := range waiting {
			left[op]++
		}
	}

	return left, nil
}
