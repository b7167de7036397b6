package processors

import (
	"context"
	"slices"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// group is the consumer group that goka gets. It loops over rebalances itself, since goka would sleep 5 s
// after each of them (processor.go:391).
type group struct {
	sarama.ConsumerGroup
	in *incarnation
}

func (g *group) Consume(ctx context.Context, topics []string, h sarama.ConsumerGroupHandler) error {
	for ctx.Err() == nil {
		if err := g.ConsumerGroup.Consume(ctx, topics, &handler{goka: h, in: g.in}); err != nil {
			return err
		}

		if err := g.in.failure(); err != nil {
			return err
		}
	}

	return nil
}

// A handler stands between sarama and goka for one session of a group. sarama calls Setup, then ConsumeClaim
// for each claim in a goroutine of its own, and Cleanup when these have returned.
type handler struct {
	goka sarama.ConsumerGroupHandler
	in   *incarnation
	sess *session
}

// Setup has goka recover the tables, takes up the events that wait in them, and starts the committer.
//
// goka returns nil, too, when its recovery was cut short by a rebalance. Such tables lack rows, so nothing
// may be computed from them: only the session's context tells.
func (h *handler) Setup(s sarama.ConsumerGroupSession) error {
	h.sess = newSession(h.in, s)
	h.in.session.Store(h.sess)
	h.in.progress.reset()
	h.in.s.assigned(h.sess.parts)

	committed, err := h.in.verify(s.Claims())
	if err != nil {
		h.in.fail(err)
		return err
	}
	h.sess.found = committed

	if err := h.sess.begin(); err != nil {
		h.in.fail(err)
		return err
	}

	if err := h.goka.Setup(h.sess); err != nil {
		return err
	}

	if isCutShort(s.Context()) {
		return nil // the tables are not to be trusted
	}

	if err := h.sess.resume(s.Context()); err != nil {
		h.in.fail(err)
		return err
	}

	if isCutShort(s.Context()) {
		return nil
	}

	h.sess.committed = make(chan struct{})
	_, renewed := h.in.lease.isValid()
	go h.in.commits(h.sess)
	go h.sess.start()
	go h.in.prove(h.sess, renewed)

	return nil
}

// isCutShort reports whether a recovery has ended with its session.
func isCutShort(ctx context.Context) bool {
	return ctx.Err() != nil && !testhook.IsOff(testhook.WholeRecovery)
}

// Cleanup makes the last commit of the session, before goka closes the stores.
func (h *handler) Cleanup(s sarama.ConsumerGroupSession) error {
	err := h.in.revoke(h.sess)
	if e := h.goka.Cleanup(h.sess); err == nil {
		err = e
	}
	return err
}

// ConsumeClaim passes the events of one partition of one topic to goka, and answers among them.
func (h *handler) ConsumeClaim(s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) error {
	p := h.sess.parts[c.Partition()]
	if err := h.sess.startAt(p, c.Topic(), c.InitialOffset()); err != nil {
		h.in.fail(err)
		return err
	}

	w := &claim{c, make(chan *sarama.ConsumerMessage, 64)}
	input := slices.Index(h.in.s.stage.Inputs, c.Topic())
	go p.pump(s.Context(), input, c.Messages(), w.out)

	return h.goka.ConsumeClaim(h.sess, w)
}

// A claim is what goka sees of sarama's claim: events and answers, from a pump.
type claim struct {
	sarama.ConsumerGroupClaim
	out chan *sarama.ConsumerMessage
}

func (c *claim) Messages() <-chan *sarama.ConsumerMessage { return c.out }

// pump merges the events of one input with answers, until the claim ends.
//
// While the partition has no room, the channel of events is nil and only answers pass. A pump that blocked
// instead would hold up the answers that make room, for ever. A wake tells it to look again.
func (p *partition) pump(ctx context.Context, input int, events <-chan *sarama.ConsumerMessage,
	out chan<- *sarama.ConsumerMessage) {
	defer close(out)

	for {
		in := events
		if !p.room() {
			in = nil
		}

		var m *sarama.ConsumerMessage
		var ok bool
		select {
		case m, ok = <-in:
			if !ok {
				return
			}
		case m = <-p.answers:
		case <-p.wakes[input]:
			continue
		case <-ctx.Done():
			return
		}

		if !p.sess.takeTurn(ctx) {
			return
		}
		p.inHand.Add(1)

		select {
		case out <- m:
		case <-ctx.Done():
			return
		}
	}
}
