package processors

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/lovoo/goka"
	"github.com/lovoo/goka/storage"
)

// progress is how far the recovery of an incarnation's rows is.
type progress struct {
	parts []partProgress // by partition

	// Only Worker.watch uses these.
	began, told time.Duration // uptime; 0: no recovery runs
}

// partProgress has offsets of the changelog.
type partProgress struct{ from, at, end atomic.Int64 }

// tellEvery is how often the progress of a recovery is told.
const tellEvery = 5 * time.Second

// opened is told where the recovery of a partition begins.
func (p *progress) opened(part int32, from int64) {
	p.parts[part].end.Store(0)
	p.parts[part].from.Store(from)
	p.parts[part].at.Store(from)
}

// reset forgets a recovery that was cut short.
func (p *progress) reset() {
	for i := range p.parts {
		p.opened(int32(i), 0)
	}
}

// sum returns how many records are read and how many there are, of all partitions.
func (p *progress) sum() (done, total int64) {
	for i := range p.parts {
		q := &p.parts[i]
		if n := q.end.Load() - q.from.Load(); n > 0 {
			total += n
			done += min(q.at.Load()-q.from.Load(), n)
		}
	}
	return done, total
}

// tell tells how far the recovery is, every few seconds, and when it has ended.
func (p *progress) tell(in *incarnation) {
	done, total := p.sum()
	now := uptime()
	n := Notice{Stage: in.s.group, Count: done, Total: total, After: now - p.began}

	switch {
	case done < total && p.began == 0:
		p.began, p.told = now, now
	case done < total && now-p.told >= tellEvery:
		p.told = now
		n.Kind = Recovering
		in.s.w.notify(n)
	case done == total && p.told > p.began:
		n.Kind, n.Total = Recovered, 0
		in.s.w.notify(n)
		p.began, p.told = 0, 0
	case done == total:
		p.began, p.told = 0, 0
	}
}

// recovered is goka's callback for each record of the changelog that recovery reads. goka forgets what kind
// of error it returns.
func (in *incarnation) recovered(ctx goka.UpdateContext, st storage.Storage, key string, value []byte) error {
	in.progress.parts[ctx.Partition()].at.Store(ctx.Offset() + 1)

	err := in.s.recovered(ctx, st, key, value)
	if fatal := new(FatalError); errors.As(err, &fatal) {
		in.fail(err)
	}

	return err
}

// topicManager is the one that goka gets. By it goka learns where what it recovers ends.
func (in *incarnation) topicManager(brokers []string) (goka.TopicManager, error) {
	m, err := in.s.w.c.topicManagers(in.s.w.client(in.s.group), in.conns)(brokers)
	if err != nil {
		return nil, err
	}

	m.(*topicManager).told = func(topic string, part int32, end int64) {
		if topic == in.s.changelog {
			in.progress.parts[part].end.Store(end)
		}
	}

	return m, nil
}
