package processors

import (
	"cmp"
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// A NoticeKind says what a [Notice] is about. Its text is the message of the log line.
type NoticeKind string

// The kinds of notices, with the fields that they set. All but TopicCreated and ModelStopped set Stage.
const (
	// TopicCreated: a missing topic was created. Topic, Count (its partitions).
	TopicCreated NoticeKind = "topic created"
	// Rebalanced: the group has assigned partitions anew. Partitions are those of this worker from now on;
	// Count and Lost are how many it has gained and lost.
	Rebalanced NoticeKind = "partitions assigned"
	// Recovering: rows are still being recovered, told every five seconds. Count of Total records are read,
	// After is since when.
	Recovering NoticeKind = "rows are being recovered"
	// Recovered: rows are recovered. Count, After.
	Recovered NoticeKind = "rows recovered"
	// Rebuilt: an error has ended the stage, and it begins anew. Count (how often in a row), After (when it
	// begins), Err.
	Rebuilt NoticeKind = "stage is rebuilt"
	// NotReady: the stage does not work, and GET /readyz says so. Err.
	NotReady NoticeKind = "stage is not ready"
	// ReadyAgain: it works again. After (how long it did not).
	ReadyAgain NoticeKind = "stage is ready again"
	// DeadLettered: an event could not be processed. Topic, Partition, Offset, Operator (if one gave it up),
	// Err.
	DeadLettered NoticeKind = "dead letter"
	// FetchingPaused: too much waits in a partition, so no more is fetched. Partition, Count (events that
	// wait).
	FetchingPaused NoticeKind = "fetching paused"
	// FetchingResumed: there is room again. Partition, After (how long there was none).
	FetchingResumed NoticeKind = "fetching resumed"
	// ModelDown: calls of an operator have failed several times in a row, or wait until the model is up
	// again.
	// Operator, Count, Err.
	ModelDown NoticeKind = "model down"
	// ModelUp: the operator has answered again. Operator, Count (of failed calls), After (how long it was
	// down).
	ModelUp NoticeKind = "model up"
	// ModelStopped: a model has used more than a request can, so a budget can't be kept, and no operator with
	// a budget asks it any more. Topic (the ledger), Err.
	ModelStopped NoticeKind = "model stopped"
)

// A Notice is something that those who operate workers may want to count, or to be told of. Each is also a
// line in the log, with the same names in lower case; lines are left out where there would be a flood of
// them. Fields that a kind does not name are zero.
type Notice struct {
	Kind       NoticeKind
	Stage      string // its consumer group
	Operator   string
	Topic      string
	Partition  int32
	Offset     int64
	Partitions []int32
	Count      int64
	Total      int64
	Lost       int64
	After      time.Duration
	Err        error
}

// level returns at which level a kind is logged. What needs attention is a warning.
func (k NoticeKind) level() slog.Level {
	switch k {
	case Rebuilt, NotReady, DeadLettered, FetchingPaused, ModelDown, ModelStopped:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// attrs are what the log has of a notice. Their names last: people search for them.
func (n Notice) attrs() (as []slog.Attr) {
	if n.Stage != "" {
		as = append(as, slog.String("stage", n.Stage))
	}

	if n.Operator != "" {
		as = append(as, slog.String("operator", n.Operator))
	}

	switch n.Kind {
	case ModelStopped:
		as = append(as, slog.String("topic", n.Topic))
	case TopicCreated:
		as = append(as, slog.String("topic", n.Topic), slog.Int64("partitions", n.Count))
	case Rebalanced:
		as = append(as, slog.Any("partitions", n.Partitions), slog.Int64("gained", n.Count),
			slog.Int64("lost", n.Lost))
	case Recovering:
		as = append(as, slog.Int64("count", n.Count), slog.Int64("total", n.Total),
			slog.Duration("after", n.After))
	case DeadLettered:
		as = append(as, slog.String("topic", n.Topic), slog.Int("partition", int(n.Partition)),
			slog.Int64("offset", n.Offset))
	case FetchingPaused:
		as = append(as, slog.Int("partition", int(n.Partition)), slog.Int64("count", n.Count))
	case FetchingResumed:
		as = append(as, slog.Int("partition", int(n.Partition)), slog.Duration("after", n.After))
	case ReadyAgain:
		as = append(as, slog.Duration("after", n.After))
	case ModelDown:
		as = append(as, slog.Int64("count", n.Count))
	case Rebuilt, Recovered, ModelUp:
		as = append(as, slog.Int64("count", n.Count), slog.Duration("after", n.After))
	}

	if n.Err != nil {
		as = append(as, slog.Any("err", n.Err))
	}

	return as
}

// notify tells the hook and the log.
func (w *Worker) notify(n Notice) {
	w.tell(n)

	omitted, ok := w.flood.passes(n)
	if !ok {
		return
	}

	attrs := n.attrs()
	if omitted > 0 {
		attrs = append(attrs, slog.Int64("omitted", omitted))
	}
	w.c.Logger.LogAttrs(context.Background(), n.Kind.level(), string(n.Kind), attrs...)
}

// tell calls the user's hook. A panic in it is logged: it must not end a goroutine of the worker.
func (w *Worker) tell(n Notice) {
	if w.c.OnNotice == nil {
		return
	}

	defer func() {
		if p := recover(); p != nil {
			w.c.Logger.Error("Config.OnNotice panicked: the worker goes on; mend the function",
				"notice", string(n.Kind), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	w.c.OnNotice(n)
}

// A flood bounds the lines of each kind and stage: to a few at once, and then one in each floodEvery.
type flood struct {
	mu    sync.Mutex
	gates map[floodGate]*floodState
}

const (
	floodBurst = 5
	floodEvery = 5 * time.Second
)

type floodGate struct {
	kind  NoticeKind
	stage string
}

type floodState struct {
	burst   int           // lines that may be written at once
	last    time.Duration // when the last was, as uptime
	omitted int64         // since then
}

// passes reports whether a notice is logged, and how many of its kind were not since the last that was.
func (f *flood) passes(n Notice) (omitted int64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if f.gates == nil {
		f.gates = map[floodGate]*floodState{}
	}

	at := floodGate{n.Kind, cmp.Or(n.Stage, n.Topic)}
	s := f.gates[at]
	if s == nil {
		s = &floodState{burst: floodBurst}
		f.gates[at] = s
	}

	now := uptime()
	s.burst = min(s.burst+int((now-s.last)/floodEvery), floodBurst)
	if s.burst <= 0 {
		s.omitted++
		return 0, false
	}
	omitted = s.omitted
	s.burst, s.last, s.omitted = s.burst-1, now, 0

	return omitted, true
}
