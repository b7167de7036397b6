package index

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
)

// A Vector has length 1. In JSON it is the base64 of little-endian 32-bit floats: a third of what numbers
// take.
type Vector []float32

// MarshalText encodes v.
func (v Vector) MarshalText() ([]byte, error) {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText decodes what MarshalText made.
func (v *Vector) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil || len(b)%4 != 0 {
		return errors.New("index: a vector is base64 of 32-bit floats")
	}

	*v = make(Vector, 0, len(b)/4)
	for ; len(b) > 0; b = b[4:] {
		*v = append(*v, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}

	return nil
}

// cosine is that of two vectors. It is 0 if they differ in dimensions.
func (v Vector) cosine(w Vector) (sum float64) {
	if len(v) != len(w) {
		return 0
	}

	for i, x := range v {
		sum += float64(x * w[i])
	}
	return sum
}
