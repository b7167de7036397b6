package erasure_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/journal/erasure"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

const (
	questions topology.Topic[string, string] = "questions"
	wishes    topology.Topic[string, string] = "wishes"
	answers   topology.Topic[string, string] = "answers"
	people    topology.Table[string, int]    = "people"
)

// desk answers questions on record: it sees the row of who asks, and may look at another's.
func desk() *topology.Topology {
	t := topology.New("desk")
	asked := topology.Fold(people, topology.From(t, questions), func(n int, _ string) int { return n + 1 })
	seen := topology.Join(asked, people, func(of string, n int) string { return of })
	look := func(ctx context.Context, of string) (string, error) {
		n, err := topology.Get(ctx, people, of)
		return fmt.Sprint(n), err
	}
	told, _ := topology.Async(seen, "look", topology.Func[string, string](look),
		topology.Policy[string]{Reads: []topology.Readable{people}, Record: true})
	told.To(answers)

	return t
}

func eraser() *topology.Topology {
	return erasure.New("desk", "people", wishes, func(wish string) bool { return wish == "forget me" })
}

// An archive is what is on record of a desk, and the eraser beside it.
type archive struct {
	desk, eraser topologytest.Engine
	log          journal.Log
	t            testing.TB
}

func open(t testing.TB, start topologytest.Factory) *archive {
	return &archive{desk: topologytest.Memory(t, desk()), eraser: start(t, eraser()), t: t}
}

// follow brings what is new on record to the eraser, and what that erases to the archive.
func (a *archive) follow() (erased int) {
	for _, r := range a.desk.Sent("desk.journal") {
		a.add(r)

		if err := a.eraser.(topologytest.Producer).Produce(topologytest.Message{Topic: r.Topic, Key: r.Key,
			Value: r.Value}); err != nil {
			a.t.Fatal(err)
		}
	}

	for _, r := range a.desk.Sent("desk.journal-parts") {
		a.log.AddPart(r.Key, r.Value)
	}

	for _, topic := range []string{"desk.journal", "desk.journal-parts"} {
		for _, r := range a.eraser.Sent(topic) {
			if b := r.Value; b != nil {
				a.t.Errorf("the eraser wrote %s: %s", r.Key, b)
			}
			a.add(r)

			erased++
		}
	}

	return erased
}

func (a *archive) add(r topology.Record) {
	if r.Topic == "desk.journal-parts" {
		a.log.AddPart(r.Key, r.Value)
	} else if err := a.log.Add(r.Key, r.Value); err != nil {
		a.t.Fatal(err)
	}
}

// left is how much of a person is on record.
func (a *archive) left(person string) int {
	records, parts := a.log.Forget("people", person)
	return len(records) + len(parts)
}

func TestErasesByEvent(t *testing.T) {
	for name, start := range map[string]topologytest.Factory{"memory": topologytest.Memory,
		"embedded": processorstest.Embedded, "kafka": processorstest.Kafka} {
		t.Run(name, func(t *testing.T) {
			a := open(t, start)
			topologytest.Send(a.desk, questions, "ann", "ann")
			topologytest.Send(a.desk, questions, "bob", "ann") // bob's decision has seen ann's row, too
			topologytest.Send(a.desk, questions, "ann", "cid")

			if a.follow(); a.left("ann") != 2+2 || a.left("bob") != 1+1 {
				t.Fatalf("on record: %d of ann, %d of bob", a.left("ann"), a.left("bob"))
			}
			topologytest.Send(a.eraser, wishes, "ann", "thanks")

			if n := a.follow(); n != 0 {
				t.Errorf("erased %d for thanks", n)
			}
			topologytest.Send(a.eraser, wishes, "ann", "forget me")

			if a.follow(); a.left("ann") != 0 || a.left("bob") != 2 {
				t.Errorf("left: %d of ann, %d of bob", a.left("ann"), a.left("bob"))
			}
			topologytest.Send(a.eraser, wishes, "ann", "forget me")

			if n := a.follow(); n != 0 {
				t.Errorf("erased again: %d", n)
			}
		})
	}
}

// A decision of an event before the request, which is on record only after it, is erased when it comes; later
// ones stay.
func TestErasesWhatWasUnderWay(t *testing.T) {
	a := open(t, topologytest.Memory)
	topologytest.Send(a.desk, questions, "ann", "ann")
	time.Sleep(2 * time.Millisecond)
	topologytest.Send(a.eraser, wishes, "ann", "forget me")
	time.Sleep(2 * time.Millisecond)

	if a.follow(); a.left("ann") != 0 {
		t.Errorf("left: %d", a.left("ann"))
	}
	topologytest.Send(a.desk, questions, "ann", "ann")

	if a.follow(); a.left("ann") != 2 {
		t.Errorf("of a later decision is left: %d", a.left("ann"))
	}
}

func ExampleNew() {
	fmt.Print(erasure.New("desk", "people", wishes,
		func(wish string) bool { return wish == "forget me" }).Describe())
	// Output:
	// topology desk.erasure
	//
	// stage desk.erasure.desk-erasure
	//   table desk-erasure: string -> names, changelog desk.erasure.desk-erasure-table
	//   from desk.erasure.found
	//     apply desk-erasure
	//       merge
	//         filter
	//           rekey
	//             to desk.journal
	//         filter
	//           rekey
	//             to desk.journal-parts
	//   from wishes
	//     filter
	//       events
	//         apply desk-erasure
	//           merge
	//             filter
	//               rekey
	//                 to desk.journal
	//             filter
	//               rekey
	//                 to desk.journal-parts
	//
	// stage desk.erasure.desk.journal
	//   from desk.journal
	//     events
	//       flatmap
	//         rekey
	//           to desk.erasure.found
	//
	// topics
	//   desk.journal                     in, out  string -> record           the worker's partitions
	//   desk.erasure.found               in, out  string -> concern          the worker's partitions
	//   wishes                           in       string -> string           the worker's partitions
	//   desk.journal-parts               in, out  string -> nothing          the worker's partitions
	//   desk.erasure.desk-erasure-inbox  own      dead letters to redrive    those of its stage
	//   desk.erasure.desk.journal-inbox  own      dead letters to redrive    those of its stage
	//   desk.erasure.dead-letters        out      bad records, as they came  the worker's partitions
	//   desk.erasure.redriven            own      dead letters redriven      1 partition
	//
	// notes
	//   the stream of from desk.journal has no effect: nobody takes it
	//   the stream of from desk.journal-parts has no effect: nobody takes it
}
