package round

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// kafkaScript starts and ends nodes. Rounds are run from the repository's root.
const kafkaScript = "scripts/kafka.sh"

// A Kafka is one of the caller's own, whose nodes are restarted.
type Kafka struct {
	nodes   int
	env     []string
	data    string
	brokers []string
}

// StartKafka starts a Kafka of 1 or 3 nodes, with data and ports of its own. Close ends it.
func StartKafka(nodes int) (*Kafka, error) {
	if nodes != 1 && nodes != 3 {
		return nil, fmt.Errorf("a Kafka of %d nodes: there may be 1 or 3", nodes)
	}

	data, err := os.MkdirTemp("", "slipstream-torture-kafka")
	if err != nil {
		return nil, err
	}

	port, err := freePort(2 * nodes)
	if err != nil {
		return nil, err
	}

	k := &Kafka{nodes: nodes, data: data, env: append(os.Environ(),
		"KAFKA_NODES="+strconv.Itoa(nodes), "KAFKA_PORT="+strconv.Itoa(port), "KAFKA_DATA="+data)}

	out, err := k.script(context.Background(), "start")
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	k.brokers = strings.Split(strings.TrimSpace(out), ",")

	return k, nil
}

// freePort returns the first of n ports in a row that are free, below those that systems hand out by
// themselves.
func freePort(n int) (int, error) {
	for range 100 {
		first := 20_000 + 10*rand.IntN(1000)
		free := true
		for port := first; port < first+n && free; port++ {
			l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
			if free = err == nil; free {
				_ = l.Close()
			}
		}

		if free {
			return first, nil
		}
	}

	return 0, errors.New("no ports were found free for a Kafka")
}

func (k *Kafka) script(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, kafkaScript, args...)
	cmd.Env = k.env
	var told strings.Builder
	cmd.Stderr = &told

	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", kafkaScript, strings.Join(args, " "), err, told.String())
	}

	return string(out), err
}

// Name implements Cluster.
func (k *Kafka) Name() string {
	if k.nodes == 1 {
		return "Kafka, 1 node"
	}
	return fmt.Sprintf("Kafka, %d nodes", k.nodes)
}

// Brokers implements Cluster.
func (k *Kafka) Brokers() ([]string, error) { return k.brokers, nil }

// IsKept implements Cluster.
func (k *Kafka) IsKept() bool { return true }

// CanRestart implements Cluster.
func (k *Kafka) CanRestart() bool { return true }

// Restart implements Cluster: it stops a node or kills it, and starts it again a little later.
func (k *Kafka) Restart(ctx context.Context, rng *rand.Rand) (what string, err error) {
	node, how := strconv.Itoa(1+rng.IntN(k.nodes)), "stop"
	if rng.IntN(2) == 0 {
		how = "kill"
	}
	what = "restart of node " + node + " by " + how

	if _, err := k.script(ctx, how, node); err != nil {
		return what, err
	}
	time.Sleep(time.Duration(rng.Int64N(int64(3 * time.Second))))
	_, err = k.script(ctx, "start", node)

	return what, err
}

// Close implements Cluster.
func (k *Kafka) Close() error {
	_, err := k.script(context.Background(), "kill")
	return errors.Join(err, os.RemoveAll(k.data))
}
