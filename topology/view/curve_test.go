package view_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/topology/topologytest"
)

var curveFolder = flag.String("curve", "", "`FOLDER` for views.svg, the curve, and views.csv")

// A batch is what a view costs when some of its rows have changed.
type batch struct {
	rows    int // of a hundred, that changed
	matters int // of a hundred changes, that matter
	asked   int // answers that were asked again
	oracle  int // answers of which a row has changed in a way that matters
	calls   int
}

var (
	curveRows    = []int{0, 1, 2, 5, 10, 20, 35, 50, 75, 100}
	curveMatters = []int{100, 25}
)

const (
	curveGoods   = 200
	curveBaskets = 400
)

// Calls follow the rows that have changed: each answer is asked again once if one of its rows has, in a way
// that matters, and otherwise not.
func TestCurve(t *testing.T) {
	var all []batch
	for _, matters := range curveMatters {
		for _, rows := range curveRows {
			all = append(all, measure(t, rows, matters))
		}
	}

	for _, b := range all {
		t.Logf("%3d %% of rows changed, %3d %% of that matters: %3d of %d asked again, %3d by the oracle",
			b.rows, b.matters, b.asked, curveBaskets, b.oracle)
		if b.asked != b.oracle || b.calls != b.asked {
			t.Errorf("%+v: the answers asked again are not those of the oracle, or some were asked twice", b)
		}
	}

	if *curveFolder == "" {
		return
	}

	writeFile(t, "views.svg", curve(all))
	writeFile(t, "views.csv", table(all))
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()

	if err := os.WriteFile(filepath.Join(*curveFolder, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// measure changes a share of the rows at once, and counts which answers are asked again.
func measure(t *testing.T, rows, matters int) (b batch) {
	b = batch{rows: rows, matters: matters}
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 8))
		m := newMarket(rng, curveGoods, curveBaskets)
		m.every = time.Minute
		e := topologytest.Memory(t, m.topology())
		m.open(e, rng)

		changed := map[string]bool{}
		for i, g := range rng.Perm(curveGoods)[:curveGoods*rows/100] {
			price := m.prices[good(g)]
			if i*matters/100 != (i+1)*matters/100 {
				price++
				changed[good(g)] = true
			}
			m.prices[good(g)] = price
			topologytest.Send(e, News, good(g), Good{price, 2})
		}
		clear(m.calls) // the least interval has not passed: those so far are the first
		e.Advance(2 * m.every)

		for key, basket := range m.baskets {
			for g := range changed {
				if basket.reads(g) {
					b.oracle++
					break
				}
			}

			if m.calls[key] > 0 {
				b.asked++
			}
		}
		b.calls = m.all()

		if d := m.disagreement(t, e); d != "" {
			t.Error(d)
		}
	})

	return b
}

// table is the measured figures, separated by commas.
func table(all []batch) string {
	var s strings.Builder
	fmt.Fprintln(&s, "rows_changed_percent,that_matter_percent,answers,asked_again,oracle,calls")
	for _, b := range all {
		fmt.Fprintf(&s, "%d,%d,%d,%d,%d,%d\n", b.rows, b.matters, curveBaskets, b.asked, b.oracle, b.calls)
	}
	return s.String()
}

const curveTitle = "Answers asked again, of 100, over the rows that have changed"

const curveStyle = `<style>
text { font: 11px system-ui, sans-serif; fill: #444 }
.title { font-weight: 600; font-size: 12px; fill: #111 }
.axis { stroke: #aaa } .all { stroke: #aaa; stroke-dasharray: 4 4 }
.curve { fill: none; stroke: #2a78d6; stroke-width: 2 } .point { fill: #2a78d6 }
@media (prefers-color-scheme: dark) { text { fill: #bbb } .title { fill: #eee } .axis { stroke: #666 }
.all { stroke: #666 } .curve { stroke: #6ab0ff } .point { fill: #6ab0ff } }
</style>
`

// curve draws the share of answers that are asked again over that of rows that have changed, as SVG.
func curve(all []batch) string {
	const left, right, top, bottom = 44, 424, 40, 240
	x := func(percent float64) float64 { return left + (right-left)*percent/100 }
	y := func(percent float64) float64 { return bottom - (bottom-top)*percent/100 }

	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="520" height="284" viewBox="0 0 520 284" `+
		`role="img" aria-label="%s">`+"\n%s", curveTitle, curveStyle)
	fmt.Fprintf(&s, `<text class="title" x="%d" y="18">%s</text>`+"\n", left, curveTitle)
	fmt.Fprintf(&s, `<line class="axis" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", left, bottom, right, bottom)
	fmt.Fprintf(&s, `<line class="all" x1="%d" y1="%d" x2="%d" y2="%d"/>`, left, top, right, top)
	fmt.Fprintf(&s, `<text x="%d" y="%d">all again</text>`+"\n", right+6, top+4)

	for _, percent := range []float64{0, 25, 50, 75, 100} {
		fmt.Fprintf(&s, `<text x="%.0f" y="%d" text-anchor="middle">%.0f %%</text>`,
			x(percent), bottom+16, percent)
		fmt.Fprintf(&s, `<text x="%d" y="%.0f" text-anchor="end">%.0f</text>`+"\n",
			left-6, y(percent)+4, percent)
	}

	for _, matters := range curveMatters {
		drawSeries(&s, all, matters, x, y)
	}
	fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="middle">`+
		"%d answers of 3 to 8 rows each, Zipf, of %d; beside a curve: changes that matter</text>\n</svg>\n",
		(left+right)/2+20, bottom+36, curveBaskets, curveGoods)

	return s.String()
}

// drawSeries draws the curve of the batches of which one share of the changes matters.
func drawSeries(s *strings.Builder, all []batch, matters int, x, y func(float64) float64) {
	var line, points strings.Builder
	var endX, endY float64
	for _, b := range all {
		if b.matters != matters {
			continue
		}
		endX, endY = x(float64(b.rows)), y(100*float64(b.calls)/curveBaskets)
		fmt.Fprintf(&line, "%.1f,%.1f ", endX, endY)
		fmt.Fprintf(&points, `<circle class="point" cx="%.1f" cy="%.1f" r="3"/>`, endX, endY)
	}
	fmt.Fprintf(s, `<polyline class="curve" points="%s"/>%s`, line.String(), points.String())
	fmt.Fprintf(s, `<text x="%.0f" y="%.0f">%d %%</text>`+"\n", endX+8, endY+16, matters)
}
