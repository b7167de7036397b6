package score

import "math"

// An Interval covers a figure with 95 % confidence.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// z is the 97.5 % point of the normal distribution.
const z = 1.959963984540054

// Wilson is the interval of a share, k of n. Of nothing nothing is known: 0 to 1.
func Wilson(k, n int) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	p, m := float64(k)/float64(n), float64(n)
	centre := p + z*z/(2*m)
	reach := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	scale := 1 + z*z/m
	return Interval{max(0, (centre-reach)/scale), min(1, (centre+reach)/scale)}
}

// Paired counts the cases by what two sides did on them.
type Paired struct {
	Both    int `json:"both"`
	First   int `json:"first"` // only the first honoured
	Second  int `json:"second"`
	Neither int `json:"neither"`
}

// add counts one case.
func (p *Paired) add(first, second bool) {
	switch {
	case first && second:
		p.Both++
	case first:
		p.First++
	case second:
		p.Second++
	default:
		p.Neither++
	}
}

// N is the number of cases.
func (p Paired) N() int { return p.Both + p.First + p.Second + p.Neither }

// Difference is the first share less the second, with Newcombe's interval for paired data.
func (p Paired) Difference() (float64, Interval) {
	n := p.N()
	if n == 0 {
		return 0, Interval{-1, 1}
	}
	k1, k2 := p.Both+p.First, p.Both+p.Second
	p1, p2 := float64(k1)/float64(n), float64(k2)/float64(n)
	i1, i2, phi := Wilson(k1, n), Wilson(k2, n), p.phi()
	reach := func(a, b float64) float64 { return math.Sqrt(max(0, a*a-2*phi*a*b+b*b)) }
	d := p1 - p2

	return d, Interval{d - reach(p1-i1.Low, i2.High-p2), d + reach(i1.High-p1, p2-i2.Low)}
}

// phi is how the two sides correlate, with Newcombe's correction for continuity.
func (p Paired) phi() float64 {
	a, b, c, d := float64(p.Both), float64(p.First), float64(p.Second), float64(p.Neither)

	margins := (a + b) * (c + d) * (a + c) * (b + d)
	if margins == 0 {
		return 0
	}

	product := a*d - b*c
	if product > 0 {
		product = max(0, product-float64(p.N())/2)
	}

	return product / math.Sqrt(margins)
}
