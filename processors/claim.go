package processors

import (
	"context"
	"slices"

	"github.com/IBM/sarama"
)

// group loops over rebalances itself: goka would sleep 5 s after each (processor.go:391).
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

// A handler stands between sarama and goka for one session.
type handler struct {
	goka sarama.ConsumerGroupHandler
	in   *incarnation
	sess *session
}

// Setup has goka recover the tables, and starts the committer.
func (h *handler) Setup(s sarama.ConsumerGroupSession) error {
	h.sess = newSession(h.in, s)
	h.in.session.Store(h.sess)
	if err := h.in.s.resized(h.in.prod.client); err != nil {
		h.in.fail(err)
		return err
	}
	if err := h.goka.Setup(h.sess); err != nil {
		return err
	}
	if s.Context().Err() != nil {
		return nil // cut short: the tables are not to be trusted
	}
	for id, p := range h.sess.parts {
		p.store = h.in.store(id)
		if err := p.resume(); err != nil {
			h.in.fail(err)
			return err
		}
	}
	h.sess.committed = make(chan struct{})
	go h.in.commits(h.sess)
	return nil
}

// Cleanup makes the last commit of the session, before goka closes the stores.
func (h *handler) Cleanup(s sarama.ConsumerGroupSession) error {
	err := h.in.revoke(h.sess)
	if e := h.goka.Cleanup(h.sess); err == nil {
		err = e
	}
	return err
}

// ConsumeClaim passes the events of one partition of one topic to goka, with the answers among them.
func (h *handler) ConsumeClaim(s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) error {
	p := h.sess.parts[c.Partition()]
	if err := h.sess.startAt(p, c.Topic(), c.InitialOffset()); err != nil {
		h.in.fail(err)
		return err
	}
	w := &claim{c, make(chan *sarama.ConsumerMessage, 64)}
	go p.pump(s.Context(), slices.Index(h.in.s.stage.Inputs, c.Topic()), c.Messages(), w.out)
	return h.goka.ConsumeClaim(h.sess, w)
}

type claim struct {
	sarama.ConsumerGroupClaim
	out chan *sarama.ConsumerMessage
}

func (c *claim) Messages() <-chan *sarama.ConsumerMessage { return c.out }

// pump merges the events of one input with answers. Without room the channel of events is nil: a blocked pump would
// hold up the answers that make room.
func (p *partition) pump(ctx context.Context, input int, events <-chan *sarama.ConsumerMessage, out chan<- *sarama.ConsumerMessage) {
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
			p.used.Add(1)
		case m = <-p.answers:
		case <-p.wakes[input]:
			continue
		case <-ctx.Done():
			return
		}
		select {
		case out <- m:
		case <-ctx.Done():
			return
		}
	}
}
