package round

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/slipstream-go/slipstream/torture/check"
	"github.com/twmb/franz-go/pkg/kadm"
)

// A transaction of Kafka can hang: after a restart of a broker its markers are never written, and nothing
// behind it can be read. That is no fault of the workers'. A round that is stuck for this reason passes if
// a worker says that it is not ready and tells the command that aborts the transaction, as remedy has it,
// and if the round goes on to its end when that is done.
var remedy = regexp.MustCompile(`kafka-transactions\S*( --bootstrap-server \S+)? ` +
	`abort --topic (\S+) --partition (\d+) --start-offset (\d+)`)

// maxHanging is how many transactions may hang in one round.
const maxHanging = 8

// free does what workers tell, as long as a round is stuck and they tell something new. It returns what they
// have named, and clears stuck when the round has come to its end.
func (r *round) free(ctx context.Context, stuck *string) (hanging string) {
	for range maxHanging {
		if *stuck == "" {
			break
		}

		told, err := r.abortHanging(ctx)
		if told == "" || err != nil {
			r.note("no hanging transaction is freed: %q, %v", told, err)
			break
		}

		r.note("freed as told: %s", told)
		hanging = told
		r.live.Hope()
		*stuck = r.comeToRest(ctx)
	}

	return hanging
}

// abortHanging asks the workers why they are not ready, and aborts the transaction that one of them names.
func (r *round) abortHanging(ctx context.Context) (told string, err error) {
	for _, h := range r.hosts {
		p, on := h.running()
		if !on || p.Address() == "" {
			continue
		}

		status, body, err := check.Ready(ctx, p.Address())
		if err != nil || status != http.StatusServiceUnavailable {
			continue
		}
		r.note("%s is not ready: %s", p.name, body)

		if m := remedy.FindSubmatch(body); m != nil {
			part, _ := strconv.Atoi(string(m[3]))
			offset, _ := strconv.ParseInt(string(m[4]), 10, 64)
			at := check.Place{Topic: string(m[2]), Partition: int32(part), Offset: offset}
			return string(m[0]), abort(ctx, r.admin, at)
		}
	}

	return "", nil
}

// abort does what Kafka's own command does: it writes the marker of an aborted transaction that begins at a
// place.
func abort(ctx context.Context, admin *kadm.Client, at check.Place) error {
	where := make(kadm.TopicsSet)
	where.Add(at.Topic, at.Partition)

	topics, err := admin.DescribeProducers(ctx, where)
	if err != nil {
		return err
	}

	for _, p := range topics.SortedProducers() {
		if p.CurrentTxnStartOffset != at.Offset {
			continue
		}

		answers, err := admin.WriteTxnMarkers(ctx, kadm.TxnMarkers{
			ProducerID:       p.ProducerID,
			ProducerEpoch:    p.ProducerEpoch,
			CoordinatorEpoch: max(p.CoordinatorEpoch, 0),
			Topics:           where,
		})
		if err != nil {
			return err
		}

		for _, a := range answers.SortedPartitions() {
			if a.Err != nil {
				return a.Err
			}
		}
		return nil
	}

	return fmt.Errorf("no transaction begins at %v", at)
}
