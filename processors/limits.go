package processors

import (
	"math"
	"strconv"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// limits are what a topic takes, as its configuration and that of its brokers say. The zero value is what
// Kafka's defaults are.
type limits struct {
	batch int // bytes; 0: the default

	// How far from now a record's time may be; 0: the default, negative: any distance.
	before, after time.Duration
}

const (
	defaultBatch = 1 << 20 // both of Kafka's brokers and of sarama
	batchSpace   = 100     // bytes of a batch beside its records
	recordSpace  = 500     // bytes of a record beside key, value, and headers as stage.Output counts them
	clockSkew    = time.Minute
)

// maxBatch is how many bytes a batch of records may have.
func (l limits) maxBatch() int {
	if l.batch == 0 {
		return defaultBatch
	}
	return min(l.batch, defaultBatch)
}

// ofRecords is what single records of the topic must keep to.
func (l limits) ofRecords() stage.Limits {
	after := l.after
	if after == 0 {
		after = time.Hour
	}

	return stage.Limits{
		MaxRecord: max(l.maxBatch()-batchSpace-recordSpace, 1),
		Before:    withSkew(l.before),
		After:     withSkew(after),
	}
}

// withSkew leaves some room for clocks that differ. No bound is 0.
func withSkew(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return max(d-clockSkew, d/2)
}

// Settings of topics.
const (
	maxMessageBytes = "max.message.bytes"
	timestampType   = "message.timestamp.type"
	timestampBefore = "message.timestamp.before.max.ms"
	timestampAfter  = "message.timestamp.after.max.ms"
)

// limits sets what each topic takes. A worker that may not ask assumes Kafka's defaults: what is refused
// nevertheless is found out when it is.
func (t *topics) limits(out map[string]topicInfo) {
	asked := []string{maxMessageBytes, timestampType, timestampBefore, timestampAfter}

	var all []*sarama.ConfigResource
	for _, name := range t.names {
		one := &sarama.ConfigResource{Type: sarama.TopicResource, Name: name, ConfigNames: asked}
		all = append(all, one)
	}

	told := map[string][]sarama.ConfigEntry{}
	results, _ := t.admin.DescribeConfigs(all, sarama.DescribeConfigsOptions{}) // an error is of one of them
	for _, r := range results {
		told[r.Name] = r.Configs
	}

	for _, name := range t.names {
		entries := told[name]
		if len(entries) == 0 {
			var err error
			if entries, err = t.settings(name, asked...); err != nil {
				t.c.Logger.Warn("a topic's limits can't be read: Kafka's defaults are assumed",
					"topic", name, "err", err)
			}
		}

		info := out[name]
		info.limits = limitsOf(entries)
		out[name] = info
	}
}

// limitsOf reads a topic's configuration. Brokers before Kafka 3.6 do not know all of it.
func limitsOf(settings []sarama.ConfigEntry) (l limits) {
	appended := false
	for _, e := range settings {
		n, err := strconv.ParseInt(e.Value, 10, 64)
		switch {
		case e.Name == timestampType:
			appended = e.Value == "LogAppendTime"
		case err != nil:
		case e.Name == maxMessageBytes:
			l.batch = int(min(n, math.MaxInt32))
		case e.Name == timestampBefore:
			l.before = distance(n)
		case e.Name == timestampAfter:
			l.after = distance(n)
		}
	}

	if appended { // the brokers set the time themselves
		l.before, l.after = -1, -1
	}

	return l
}

// distance returns a number of milliseconds, or -1 if that is as good as none.
func distance(ms int64) time.Duration {
	if ms > math.MaxInt64/int64(time.Millisecond) {
		return -1
	}
	return max(time.Duration(ms)*time.Millisecond, 1)
}
