package processors_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/processors"
)

// A stage that fails while its transaction runs has its producer closed by another goroutine. The
// transaction must find it open, or closed: sarama panics in between, which would be the end of the process.
func TestAStageThatFailsWithinATransactionIsRebuilt(t *testing.T) {
	if raceDetector {
		t.Skip("the successor shuts out its producer, and sarama races with itself then")
	}

	for guarantee, name := range map[processors.Guarantee]string{
		processors.ExactlyOnce: "exactly once", processors.AtLeastOnce: "at least once",
	} {
		t.Run(name, func(t *testing.T) {
			b := broker(t)
			c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, Guarantee: guarantee}

			var armed atomic.Bool
			goesOn := make(chan struct{})
			w := runWith(t, c, func(w *processors.Worker) {
				testhook.OnPhase(w, func(_, phase string) error {
					switch {
					case phase != "produced":
					case armed.CompareAndSwap(true, false):
						w.FailStage(errors.New("the group is lost"))
						<-goesOn
					default:
						select {
						case goesOn <- struct{}{}: // the successor works
						default:
						}
					}
					return nil
				})
			})

			armed.Store(true)
			send(t, b, 1, 3)
			settle(t, w)
		})
	}
}

// A program that stops closes its client while other goroutines still send.
func TestAClientThatIsClosedRefusesToSend(t *testing.T) {
	b := broker(t)
	runWith(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, nil) // creates the topics
	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}

	sent := make(chan error)
	go func() {
		for {
			if err := processors.Send(t.Context(), k, "visits", "g-1", 1); err != nil {
				sent <- err
				return
			}
			select {
			case sent <- nil:
			default:
			}
		}
	}()

	if err := <-sent; err != nil {
		t.Fatal(err)
	}

	if err := errors.Join(k.Close(), k.Close()); err != nil {
		t.Error(err)
	}

	for err = nil; err == nil; err = <-sent {
	}
	if !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
}
