package murmur2

import "testing"

// The expected hashes are those of Kafka's own UtilsTest.testMurmur2.
func TestSumAgreesWithKafka(t *testing.T) {
	for s, want := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		if got := int32(sum(s)); got != want {
			t.Errorf("murmur2(%q) = %d, Kafka says %d", s, got, want)
		}
	}
}

// A partition is the hash without its sign, as in Kafka's toPositive.
func TestPartitionAgreesWithKafka(t *testing.T) {
	for key, want := range map[string]int32{"21": 3, "foobar": 0, "abc": 4} {
		if got := Partition(key, 7); got != want {
			t.Errorf("partition of %q: %d, want %d", key, got, want)
		}
	}
}

func TestHasherAndPartitionAgree(t *testing.T) {
	for _, key := range []string{"", "c-1", "UA1124.2013-03-08"} {
		h := New()
		_, _ = h.Write([]byte(key))
		if got, want := int32(h.Sum32()%7), Partition(key, 7); got != want {
			t.Errorf("%q: hasher says %d, Partition %d", key, got, want)
		}
	}
}
