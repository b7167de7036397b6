package processors

import (
	"testing"
	"time"

	"github.com/IBM/sarama"
)

// What a topic takes is read from its configuration, as brokers of all versions write it.
func TestLimitsOf(t *testing.T) {
	entries := func(pairs ...string) (all []sarama.ConfigEntry) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, sarama.ConfigEntry{Name: pairs[i], Value: pairs[i+1]})
		}
		return all
	}

	for what, c := range map[string]struct {
		settings []sarama.ConfigEntry
		want     limits
		after    time.Duration
	}{
		"nothing is told": {nil, limits{}, 59 * time.Minute},
		"Kafka 4": {entries(maxMessageBytes, "1048588", timestampType, "CreateTime",
			timestampBefore, "9223372036854775807", timestampAfter, "3600000"),
			limits{1_048_588, -1, time.Hour}, 59 * time.Minute},
		"any time":     {entries(timestampAfter, "9223372036854775807"), limits{0, 0, -1}, 0},
		"no time":      {entries(timestampAfter, "0"), limits{0, 0, 1}, 1},
		"its own time": {entries(timestampType, "LogAppendTime"), limits{0, -1, -1}, 0},
		"a day": {entries(timestampBefore, "86400000", timestampAfter, "60000"),
			limits{0, 24 * time.Hour, time.Minute}, 30 * time.Second},
	} {
		got := limitsOf(c.settings)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", what, got, c.want)
		}

		if after := got.ofRecords().After; after != c.after && !(c.after == 1 && after == 0) {
			t.Errorf("%s: records may be %v ahead, want %v", what, after, c.after)
		}
	}
}

// keptMessages takes what is sent, as sarama would.
type keptMessages struct {
	sarama.AsyncProducer
	input chan *sarama.ProducerMessage
}

func (k keptMessages) Input() chan<- *sarama.ProducerMessage { return k.input }

// sarama splits batches of all topics at one limit. Records of a topic that takes smaller batches count for
// more, by as much as its batches must be smaller.
func TestBatchesOfATopicAreSmaller(t *testing.T) {
	p := &producer{topics: map[string]topicInfo{"small": {limits: limits{batch: 20_000}}}}
	sent := make(chan *sarama.ProducerMessage, 1)
	p.async = keptMessages{input: sent}
	size := func(topic string) int {
		p.send(&sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder("k")})
		return (<-sent).ByteSize(2)
	}

	if got := size("small") - size("usual"); got != 1<<20-20_000 {
		t.Errorf("a record of the small topic counts for %d bytes more", got)
	}

	if most := p.topics["small"].limits.ofRecords().MaxRecord; most > 20_000-recordSpace {
		t.Errorf("a record of the small topic may have %d bytes", most)
	}
}
