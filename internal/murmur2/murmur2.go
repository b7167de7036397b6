// Package murmur2 assigns keys to partitions as Kafka's Java clients do, so that records and rows of one key
// meet, whichever client wrote them. Source: org.apache.kafka.common.utils.Utils.murmur2 and
// BuiltInPartitioner (Apache Kafka).
package murmur2

import "hash"

// Partition returns the partition of key among n.
func Partition(key string, n int32) int32 { return int32(sum(key)&0x7fffffff) % n }

// New returns a hash whose Sum32, modulo the number of partitions, is the partition. goka wants its hasher
// so.
func New() hash.Hash32 { return &digest{} }

type digest struct{ b []byte }

func (d *digest) Write(b []byte) (int, error) {
	d.b = append(d.b, b...)
	return len(b), nil
}

func (d *digest) Sum32() uint32  { return sum(string(d.b)) & 0x7fffffff }
func (d *digest) Reset()         { d.b = d.b[:0] }
func (d *digest) Size() int      { return 4 }
func (d *digest) BlockSize() int { return 4 }

func (d *digest) Sum(b []byte) []byte {
	s := d.Sum32()
	return append(b, byte(s>>24), byte(s>>16), byte(s>>8), byte(s))
}

func sum(s string) uint32 {
	const m = 0x5bd1e995
	h := uint32(0x9747b28c) ^ uint32(len(s))

	for ; len(s) >= 4; s = s[4:] {
		k := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		k *= m
		k ^= k >> 24
		h = h*m ^ k*m
	}

	switch len(s) {
	case 3:
		h ^= uint32(s[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(s[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(s[0])) * m
	}

	h ^= h >> 13
	h *= m

	return h ^ h>>15
}
