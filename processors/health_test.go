package processors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// watched is a session as newTestSession returns it that works, and the notices that its worker gives.
func watched(t *testing.T) (*incarnation, *session, *[]Notice) {
	t.Helper()

	in, x := newTestSession(t, nil)
	var told []Notice
	in.s.w.c.OnNotice = func(n Notice) { told = append(told, n) }
	in.s.w.c.Logger = slog.New(slog.DiscardHandler)
	in.s.w.ready = make(chan struct{})
	in.s.w.runners = []*runner{in.s}
	in.s.current.Store(in)

	in.lease.valid = time.Hour
	x.begun.Store(true)
	in.lease.renew(uptime())
	in.hasCommitted()
	close(in.s.w.ready)
	in.s.look()

	if err := in.s.w.Readiness(); err != nil {
		t.Fatalf("a stage that works is not ready: %v", err)
	}

	return in, x, &told
}

// kinds are those of notices, in order.
func kinds(ns []Notice) (all []NoticeKind) {
	for _, n := range ns {
		all = append(all, n.Kind)
	}
	return all
}

// A worker that says it is ready while a stage of it does nothing is believed, and nobody comes to look.
func TestNotReady(t *testing.T) {
	long := 2 * Config{SessionTimeout: time.Hour}.tooLong()

	for want, breaks := range map[string]func(*incarnation, *session){
		"a transaction of another": func(in *incarnation, _ *session) {
			in.s.trouble("a transaction of another producer holds it up")
		},
		"no model is asked": func(in *incarnation, _ *session) {
			c := newControl(in.s.w, in.s.plan)
			c.asOf -= time.Hour
			c.tell(context.Background(), errors.New("no such topic"), new(string))
		},
		"has not committed for": func(in *incarnation, x *session) {
			x.parts[0].backlog.records.Store(1)
			in.s.health.since -= long
		},
		"an event has been in a step": func(in *incarnation, x *session) {
			x.parts[0].inHand.Store(1)
			in.s.health.since -= long
		},
		"its group has not answered for": func(in *incarnation, _ *session) {
			in.lease.renewed -= long
		},
		"waits for its share of the group's partitions": func(in *incarnation, _ *session) {
			in.session.Store(nil)
			in.s.health.since -= long
		},
		"its rows are being recovered, 30 of 100": func(in *incarnation, x *session) {
			x.begun.Store(false)
			in.progress.parts[0].end.Store(100)
			in.progress.parts[0].at.Store(30)
			in.s.health.since -= long
		},
	} {
		in, x, told := watched(t)
		breaks(in, x)
		in.s.look()

		err := in.s.w.Readiness()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), in.s.group) {
			t.Errorf("not ready because of %v, want %q of stage %s", err, want, in.s.group)
		}

		if got := kinds(*told); !slices.Equal(got, []NoticeKind{NotReady}) {
			t.Errorf("%s: told %v", want, got)
		}
	}
}

// A stage that has committed is ready, also if it is asked before the first look at it, or between two.
func TestReadyBetweenLooks(t *testing.T) {
	in, x, _ := watched(t)
	x.parts[0].backlog.records.Store(1)

	for name, since := range map[string]time.Duration{
		"no look yet":         0,
		"a look long ago":     uptime() - 2*in.s.w.c.tooLong(),
		"a look a moment ago": uptime(),
	} {
		in.s.health.since = since
		in.s.health.seen = in.s.health.commits.Load()
		in.hasCommitted()

		if err := in.s.w.Readiness(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Work that is committed again and again is no reason, however long there has been some.
func TestReadyUnderLoad(t *testing.T) {
	in, x, told := watched(t)
	x.parts[0].backlog.records.Store(1)

	for range 3 {
		in.s.health.since -= 2 * in.s.w.c.tooLong()
		in.hasCommitted()
		in.s.look()
	}

	if err := in.s.w.Readiness(); err != nil || len(*told) > 0 {
		t.Errorf("%v, told %v", err, kinds(*told))
	}
}

// A stage that is rebuilt again and again does nothing, though each life of it begins well. When one has
// lasted, it counts as mended.
func TestNotReadyWhileRebuilt(t *testing.T) {
	in, _, told := watched(t)
	refused := errors.New("refused by the broker")

	for range tooOften - 1 {
		in.s.rebuilt(in, refused)
	}

	if err := in.s.w.Readiness(); err != nil {
		t.Errorf("not ready after %d rebuilds: %v", tooOften-1, err)
	}
	in.s.rebuilt(in, refused)
	in.s.look()

	if err := in.s.w.Readiness(); err == nil || !strings.Contains(err.Error(), refused.Error()) {
		t.Errorf("after %d rebuilds: %v", tooOften, err)
	}
	in.firstCommit.Store(int64(uptime() - 2*in.s.w.c.tooLong()))
	in.s.look()

	if err := in.s.w.Readiness(); err != nil {
		t.Errorf("not ready after it has lasted: %v", err)
	}

	if n := in.s.rebuilt(in, refused); n != 1 {
		t.Errorf("rebuilt %d times in a row after it has lasted", n)
	}

	if got := kinds(*told); !slices.Equal(got, []NoticeKind{NotReady, ReadyAgain}) {
		t.Errorf("told %v", got)
	}
}

// A partition that fetches no more because too much waits is told once, and once when it goes on.
func TestStallsAreTold(t *testing.T) {
	in, x, told := watched(t)

	for _, waiting := range []int64{1, int64(in.s.w.c.Waiting), int64(in.s.w.c.Waiting), 2, 2} {
		x.parts[0].waiting.Store(waiting)
		in.s.look()
	}

	if got := kinds(*told); !slices.Equal(got, []NoticeKind{FetchingPaused, FetchingResumed}) {
		t.Errorf("told %v", got)
	}
}

// A recovery that lasts is told every few seconds, and its end; one that is quick is not.
func TestProgressIsTold(t *testing.T) {
	in, _, told := watched(t)
	p := &in.progress

	for range 2 {
		p.opened(0, 50)
		p.parts[0].end.Store(150)
		p.parts[0].at.Store(80)
		in.s.look()
	}
	p.told -= tellEvery
	p.began -= tellEvery
	in.s.look()

	if got := kinds(*told); !slices.Equal(got, []NoticeKind{Recovering}) {
		t.Fatalf("told %v", got)
	}

	if n := (*told)[0]; n.Count != 30 || n.Total != 100 {
		t.Errorf("%d of %d records, want 30 of 100", n.Count, n.Total)
	}
	p.parts[0].at.Store(150)
	in.s.look()
	in.s.look()

	if got := kinds(*told); !slices.Equal(got, []NoticeKind{Recovering, Recovered}) {
		t.Errorf("told %v", got)
	}
}

// A model that fails for many cases in a row is told once, and once when it answers again.
func TestModelDownIsTold(t *testing.T) {
	in, _, told := watched(t)
	down := errors.New("connection refused")

	for range tooManyFailures - 1 {
		in.s.answered("ask", down)
	}
	in.s.answered("ask", nil) // some cases fail for their own sake

	for range 3 * tooManyFailures {
		in.s.answered("ask", down)
		in.s.answered("other", nil)
	}
	in.s.answered("ask", nil)
	in.s.answered("ask", nil)

	if got := kinds(*told); !slices.Equal(got, []NoticeKind{ModelDown, ModelUp}) {
		t.Fatalf("told %v", got)
	}

	if n := (*told)[0]; n.Operator != "ask" || n.Err != down || n.Count != tooManyFailures {
		t.Errorf("told %+v", n)
	}

	if n := (*told)[1]; n.Operator != "ask" || n.Count != 3*tooManyFailures {
		t.Errorf("told %+v", n)
	}
}

// A model that calls wait for is told as one that fails is, before any of them has failed.
func TestModelThatIsWaitedForIsTold(t *testing.T) {
	in, _, told := watched(t)
	down := errors.New("connection refused")

	for range 100 {
		in.s.modelDown("ask", down)
	}
	in.s.answered("ask", nil)

	if got := kinds(*told); !slices.Equal(got, []NoticeKind{ModelDown, ModelUp}) {
		t.Fatalf("told %v", got)
	}

	if n := (*told)[0]; n.Operator != "ask" || n.Err != down || n.Count != tooManyFailures {
		t.Errorf("told %+v", n)
	}
}

// What a session gains and loses is told in one notice.
func TestRebalancesAreTold(t *testing.T) {
	in, x, told := watched(t)
	p := x.parts[0]

	in.s.assigned(map[int32]*partition{0: p, 1: p})
	in.s.assigned(map[int32]*partition{1: p, 2: p, 3: p})

	last := (*told)[1]
	if last.Kind != Rebalanced || !slices.Equal(last.Partitions, []int32{1, 2, 3}) ||
		last.Count != 2 || last.Lost != 1 {
		t.Errorf("told %+v", last)
	}
}

// A dead letter is told with where its event is and why. A flood of them fills no log, and none is hidden.
func TestFloodOfDeadLetters(t *testing.T) {
	in, _, told := watched(t)
	var log bytes.Buffer
	in.s.w.c.Logger = slog.New(slog.NewTextHandler(&log, nil))

	bad := stage.Message{Topic: "asks", Partition: 3, Offset: 17, Key: "k", Value: []byte("{")}

	e, err := in.s.machine.Event(bad, &stage.Row{}, nil)
	if err != nil || e.DeadLetters != 1 {
		t.Fatalf("%+v, %v", e, err)
	}

	const many = 1000
	for range many {
		in.s.tellDeadLetters(e.Outputs)
	}

	if n := (*told)[0]; len(*told) != many || n.Kind != DeadLettered || n.Topic != "asks" || n.Partition != 3 ||
		n.Offset != 17 || n.Err == nil {
		t.Errorf("the hook was told %d times, first %+v", len(*told), n)
	}

	if n := strings.Count(log.String(), "\n"); n != floodBurst {
		t.Errorf("%d lines:\n%s", n, &log)
	}

	const line = `level=WARN msg="dead letter" stage=asking.rows topic=asks partition=3 offset=17 err=`
	if !strings.Contains(log.String(), line) {
		t.Errorf("the log says\n%s", &log)
	}

	for _, s := range in.s.w.flood.gates {
		s.last -= floodEvery
	}
	in.s.tellDeadLetters(e.Outputs)

	if !strings.Contains(log.String(), " omitted=995") {
		t.Errorf("what was left out is not told:\n%s", &log)
	}
}

// The log has every field of a notice that its kind sets.
func TestNoticesAreLogged(t *testing.T) {
	for want, n := range map[string]Notice{
		`"topic created" topic=a partitions=4`:                             {Kind: TopicCreated, Topic: "a"},
		`"partitions assigned" stage=s partitions="[0 2]" gained=4 lost=3`: {Kind: Rebalanced},
		`"rows are being recovered" stage=s count=4 total=9 after=1m0s`:    {Kind: Recovering},
		`"rows recovered" stage=s count=4 after=1m0s`:                      {Kind: Recovered},
		`"stage is rebuilt" stage=s count=4 after=1m0s err=x`:              {Kind: Rebuilt},
		`"stage is not ready" stage=s err=x`:                               {Kind: NotReady},
		`"stage is ready again" stage=s after=1m0s`:                        {Kind: ReadyAgain},
		`"dead letter" stage=s topic=a partition=2 offset=7 err=x`:         {Kind: DeadLettered, Topic: "a"},
		`"fetching paused" stage=s partition=2 count=4`:                    {Kind: FetchingPaused},
		`"fetching resumed" stage=s partition=2 after=1m0s`:                {Kind: FetchingResumed},
		`"model down" stage=s operator=o count=4 err=x`:                    {Kind: ModelDown, Operator: "o"},
		`"model up" stage=s operator=o count=4 after=1m0s`:                 {Kind: ModelUp, Operator: "o"},
	} {
		n.Partition, n.Offset, n.Partitions = 2, 7, []int32{0, 2}
		n.Count, n.Total, n.Lost, n.After = 4, 9, 3, time.Minute

		if n.Kind != TopicCreated {
			n.Stage = "s"
		}

		if strings.Contains(want, "err=") {
			n.Err = errors.New("x")
		}

		var log bytes.Buffer
		w := &Worker{c: Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
		w.notify(n)

		if !strings.HasSuffix(log.String(), "msg="+want+"\n") {
			t.Errorf("%s\nis logged as\n%s", want, &log)
		}
	}
}

// A topic that takes no records at all is nobody's fault: the worker goes on trying, and says what is needed.
func TestNotReadyWhileATopicTakesNothing(t *testing.T) {
	in, x, _ := watched(t)
	closed := fmt.Errorf("commit: %w", &produceError{"orders", 3, sarama.ErrTopicAuthorizationFailed})

	if err := in.s.fatal(closed); err != nil {
		t.Errorf("the worker ends: %v", err)
	}
	in.s.refused(closed, nil, nil)

	if err := in.s.w.Readiness(); err == nil || !strings.Contains(err.Error(), "topic orders takes no") {
		t.Errorf("not ready because of %v", err)
	}

	in.s.passed(x, []share{{p: x.parts[0]}}, nil)

	if in.s.w.Readiness() == nil {
		t.Error("a transaction without records shows that the topic takes some")
	}
	in.s.passed(x, []share{{p: x.parts[0], outputs: make([]stage.Output, 1)}}, nil)

	if err := in.s.w.Readiness(); err != nil {
		t.Errorf("not ready when the topic takes records again: %v", err)
	}
}

// While a stage is careful, one record is in its hands at a time, until all that was refused is past.
func TestCareful(t *testing.T) {
	in, x, _ := watched(t)
	refused := &produceError{"echoes", 0, sarama.ErrInvalidRecord}
	waited := cellID{"k", "answer", 4}
	in.s.refused(refused, []share{{p: x.parts[0], next: map[string]int64{"asks": 7},
		cells: []*cellChange{{id: waited, gone: true}}}}, nil)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if !x.takeTurn(t.Context()) || x.takeTurn(ctx) {
		t.Error("two records are in the hands of the stage at once")
	}
	bad := culprit{place: place{"asks", 0}, offset: 5}
	x.turn.handledBy(bad)
	in.s.refused(refused, nil, x.turn.alone())

	if b, ok := in.s.refusals.find(bad); !ok || b.times != 1 || b.err != refused {
		t.Errorf("found %+v, %v", b, ok)
	}

	past := func(next int64, alone *culprit, cells ...*cellChange) {
		in.s.passed(x, []share{{p: x.parts[0], next: map[string]int64{"asks": next}, cells: cells}}, alone)
	}
	past(6, x.turn.alone())
	x.turn.end(x.turn.alone())
	past(7, nil)

	if !in.s.refusals.careful.Load() {
		t.Error("careless before the answer that was refused, too, is past")
	}
	past(7, nil, &cellChange{id: waited, gone: true})

	if in.s.refusals.careful.Load() || !x.takeTurn(ctx) {
		t.Error("careful when all is past")
	}
}
