package exam

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/slipstream-go/slipstream/airline/measure/score"
)

// A Share is k of n.
type Share struct{ K, N int }

func (s *Share) add(hit bool) {
	s.N++
	if hit {
		s.K++
	}
}

// MarshalJSON writes k, n, the share, and its interval of 95 % by Wilson.
func (s Share) MarshalJSON() ([]byte, error) {
	i := score.Wilson(s.K, s.N)
	v := struct {
		K     int     `json:"k"`
		N     int     `json:"n"`
		Share float64 `json:"share"`
		Low   float64 `json:"low"`
		High  float64 `json:"high"`
	}{s.K, s.N, round(s.value()), round(i.Low), round(i.High)}

	return json.Marshal(v)
}

func (s Share) value() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// String writes 45 of 60, 75 % (63 to 84).
func (s Share) String() string {
	if s.N == 0 {
		return "0 of 0"
	}
	i := score.Wilson(s.K, s.N)
	return fmt.Sprintf("%d of %d, %.0f %% (%.0f to %.0f)", s.K, s.N, 100*s.value(), 100*i.Low, 100*i.High)
}

// shares are shares by a name.
type shares map[string]*Share

func (s shares) add(name string, hit bool) {
	if s[name] == nil {
		s[name] = &Share{}
	}
	s[name].add(hit)
}
