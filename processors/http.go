package processors

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/state"
	"golang.org/x/sync/errgroup"
)

// listen answers queries over HTTP, if the config says where.
func (w *Worker) listen(ctx context.Context, g *errgroup.Group) error {
	if w.c.Listen == "" {
		return nil
	}

	l, err := net.Listen("tcp", w.c.Listen)
	if err != nil {
		return fmt.Errorf("processors: Listen: %w", err)
	}

	w.address = reachable(l.Addr())
	srv := &http.Server{
		Handler:           w.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // ends the streams
	}
	g.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("processors: queries: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return srv.Close()
	})

	return nil
}

// reachable returns the address at which clients of other workers find this one. For a listener on all
// addresses, it has the machine's name.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}

	host, err := os.Hostname()
	if err != nil {
		return a.String()
	}

	return net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}

// handler shows the tables and topics of the worker's topologies.
func (w *Worker) handler() http.Handler {
	p := state.Public{Tables: w.Tables(), Streams: streams{w}, Ready: w.Readiness, Logger: w.c.Logger,
		Topologies: state.Topologies{Brokers: w.Brokers(), Topologies: w.told}, Waits: w,
		Budget: func(topology string) (any, error) { return w.Spent(topology) }}
	for _, plan := range w.plans {
		for _, t := range plan.Topics {
			p.Topics = append(p.Topics, t.Name)
		}
		p.Topics = append(p.Topics, plan.DeadLetters())
	}

	return state.Handler(w, p)
}

// streams implements state.Streams.
type streams struct{ w *Worker }

func (s streams) Start(_ context.Context, topic string, now bool) (state.Position, error) {
	at := sarama.OffsetOldest
	if now {
		at = sarama.OffsetNewest
	}

	parts, err := s.w.client_.Partitions(topic)
	pos := state.Position{}
	for i := 0; i < len(parts) && err == nil; i++ {
		pos[parts[i]], err = s.w.client_.GetOffset(topic, parts[i], at)
	}

	if err != nil {
		return nil, fmt.Errorf("processors: positions of %s: %w", topic, err)
	}

	return pos, nil
}

func (s streams) Follow(ctx context.Context, topic string,
	from state.Position) iter.Seq2[state.Event, error] {
	k := &Client{c: s.w.c, client: s.w.client_}
	k.c.Instance = ""

	return func(yield func(state.Event, error) bool) {
		for r, err := range k.Follow(ctx, topic, FollowOptions{FromBeginning: true, Offsets: from}) {
			e := state.Event{
				Topic:     topic,
				Partition: r.Partition,
				Offset:    r.Offset,
				Time:      r.Time,
				Key:       r.Key,
				Value:     r.Value,
				Headers:   r.Headers,
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
