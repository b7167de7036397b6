package check

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A Live is a reader that follows a round: it sees when a decision becomes visible, and how far the workers
// are. Its methods may be called by any goroutine.
type Live struct {
	topics Topics
	sent   *Sent

	mu       sync.Mutex
	balances map[caseID]bool // operator is ""
	settled  map[caseID]time.Time
	decided  map[caseID]bool     // those of settled that have not failed
	letters  map[Place]time.Time // first seen, by the place of the record that could not be handled
	reviewed map[Place]time.Time // those of the operator review
	audits   map[string]audit    // rows of the second stage
	rates    map[string]int      // the numbers of the rows
	news     time.Time           // when anything was last seen for the first time
}

// Follow follows a round until ctx ends.
func Follow(ctx context.Context, brokers []string, topics Topics, sent *Sent) (*Live, error) {
	l := &Live{
		topics:   topics,
		sent:     sent,
		balances: map[caseID]bool{},
		settled:  map[caseID]time.Time{},
		decided:  map[caseID]bool{},
		letters:  map[Place]time.Time{},
		reviewed: map[Place]time.Time{},
		audits:   map[string]audit{},
		rates:    map[string]int{},
		news:     time.Now(),
	}
	follow := append(topics.outputs(), topics.Changelog("audits"), topics.Changelog("rates"))

	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(follow...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(100*time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return nil, err
	}

	go func() {
		defer client.Close()
		for ctx.Err() == nil {
			fetches := client.PollFetches(ctx)
			now := time.Now()
			fetches.EachRecord(func(r *kgo.Record) { l.see(record(r), now) })
		}
	}()

	return l, nil
}

// see takes in a record. What can't be read is found by the judgement.
func (l *Live) see(r Record, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()

	var unreadable Findings
	switch r.Topic {
	case l.topics.balances():
		if b, ok := decode[balance](r, &unreadable); ok {
			id := caseID{"", b.Account, b.Seq}
			l.isNews(!l.balances[id], now)
			l.balances[id] = true
		}
	case l.topics.Changelog("audits"):
		if a, ok := decode[audit](r, &unreadable); ok {
			l.isNews(a != l.audits[r.Key], now)
			l.audits[r.Key] = a
		}
	case l.topics.Changelog("rates"):
		if rate, ok := decode[Rate](r, &unreadable); ok {
			l.isNews(rate.Seq != l.rates[r.Key], now)
			l.rates[r.Key] = rate.Seq
		}
	case l.topics.deadLetters():
		if p, operator := letterOf(r); operator == review {
			l.first(l.reviewed, p, now)
		} else {
			l.first(l.letters, p, now)
		}
	default:
		if c, v, ok := outcome(l.topics, r, &unreadable); ok {
			l.decided[c] = v != nil

			_, seen := l.settled[c]
			l.isNews(!seen, now)
			if !seen {
				l.settled[c] = now
			}
		}
	}
}

func (l *Live) first(in map[Place]time.Time, p Place, now time.Time) {
	_, seen := in[p]
	l.isNews(!seen, now)
	if !seen {
		in[p] = now
	}
}

func (l *Live) isNews(yes bool, now time.Time) {
	if yes {
		l.news = now
	}
}

// Visible returns when each settled case was first visible.
func (l *Live) Visible() map[caseID]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()

	all := map[caseID]time.Time{}
	for c, at := range l.settled {
		all[c] = at
	}

	for p, at := range l.reviewed {
		if c, ok := l.sent.caseAt(review, p); ok {
			all[c] = at
		}
	}

	return all
}

// Done reports whether all that was sent has led to what it must lead to.
func (l *Live) Done() bool { return l.missing() == wanted{} }

// missing is what has not been seen yet.
func (l *Live) missing() wanted {
	visible, w := l.Visible(), l.sent.wanted()
	for c := range visible {
		if c.operator == judge {
			w.judged--
		} else {
			w.reviewed--
		}
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	w.balances -= len(l.balances)
	w.bad -= len(l.letters)
	w.rows = l.rowsBehind()

	return w
}

// rowsBehind counts the rows of rates and of the second stage that have not followed yet.
func (l *Live) rowsBehind() (n int) {
	last := map[string]int{}
	for c := range l.settled {
		if c.operator == judge && l.decided[c] {
			last[c.account] = max(last[c.account], c.seq)
		}
	}

	l.sent.mu.Lock()
	defer l.sent.mu.Unlock()

	for account, sums := range l.sent.sums {
		if a := l.audits[account]; a.Seq < len(sums) || a.Last < last[account] {
			n++
		}
	}

	for id, seq := range l.sent.rates {
		if l.rates[id] < seq {
			n++
		}
	}

	return n
}

// Missing returns in words what has not been seen yet.
func (l *Live) Missing() string {
	w := l.missing()
	const format = "%d balances, %d judged cases, %d reviewed cases, %d dead letters of bad records, %d rows"
	return fmt.Sprintf(format, w.balances, w.judged, w.reviewed, w.bad, w.rows)
}

// Silence returns for how long nothing new was seen.
func (l *Live) Silence() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.news)
}

// Hope begins to count the silence anew.
func (l *Live) Hope() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.news = time.Now()
}

// letterOf returns what a dead letter is about: the record that could not be handled, and the operator that
// could not settle it; "" if it was none.
func letterOf(r Record) (p Place, operator string) {
	part, _ := strconv.Atoi(r.Headers["deadletter-partition"])
	offset, _ := strconv.ParseInt(r.Headers["deadletter-offset"], 10, 64)
	return Place{r.Headers["deadletter-topic"], int32(part), offset}, r.Headers["deadletter-operator"]
}
