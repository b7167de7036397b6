package staleness

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// The figure is written by hand, for what no small library draws: panels side by side that share an axis of
// names, a range with its median, and colours that follow the reader's light or dark page. These are its
// measures in pixels.
const (
	panelWidth, figureHeight = 215, 218
	plotLeft, plotRight      = 14, 205 // within a panel
	plotTop, plotBottom      = 62, 178
)

const (
	figureTitle   = "What a refreshed view costs"
	figureCaption = "0: without a lag · live: by the engine's copies · 1 to 60: minutes of the day from one load of the agent's view to the next"
)

// axisNames shortens the names of views, which stand below them.
var axisNames = strings.NewReplacer(" min", "", "no lag", "0")

const figureStyle = `<style>
text { font: 11px system-ui, sans-serif; fill: #444 }
.title { font-weight: 600; font-size: 12px; fill: #111 }
.axis { stroke: #aaa }
.range { stroke: #2a78d6; stroke-opacity: .45; stroke-width: 5; stroke-linecap: round }
.median { fill: #2a78d6 }
@media (prefers-color-scheme: dark) { text { fill: #bbb } .title { fill: #eee } .axis { stroke: #666 } .range { stroke: #6ab0ff } .median { fill: #6ab0ff } }
</style>
`

// WriteFigure draws, as SVG, a panel for each measure: for each view the median of its trials, and their
// range.
func (ts Trials) WriteFigure(w io.Writer) error {
	var b strings.Builder
	width := panelWidth * len(measures)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n",
		width, figureHeight, width, figureHeight, figureTitle)
	b.WriteString(figureStyle)

	for i, m := range measures {
		ts.drawPanel(&b, panelWidth*i, m)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n</svg>\n", width/2,
		figureHeight-6, figureCaption)

	_, err := io.WriteString(w, b.String())

	return err
}

// drawPanel draws a measure, with the panel's left edge at x.
func (ts Trials) drawPanel(b *strings.Builder, x int, m measure) {
	fmt.Fprintf(b, `<text class="title" x="%d" y="18">%s</text><text x="%d" y="33">%s</text>`+"\n",
		x+plotLeft, m.title, x+plotLeft, m.note)
	fmt.Fprintf(b, `<line class="axis" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", x+plotLeft, plotBottom,
		x+plotRight, plotBottom)

	top := 0.0
	for _, v := range Views {
		top = math.Max(top, ts.by(v.Name).spread(m.of).most)
	}

	for i, v := range Views {
		middle := x + plotLeft + (2*i+1)*(plotRight-plotLeft)/(2*len(Views))
		ts.by(v.Name).spread(m.of).draw(b, middle, top, axisNames.Replace(v.Name))
	}
}

// draw draws the range of a view around x, in a panel whose scale ends at top.
func (s spread) draw(b *strings.Builder, x int, top float64, name string) {
	y := func(v float64) float64 { return plotBottom - (plotBottom-plotTop)*v/math.Max(top, 1e-9) }

	fmt.Fprintf(b, `<line class="range" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><circle class="median" cx="%d" cy="%.1f" r="4"/>`,
		x, y(s.least), x, y(s.most), x, y(s.median))
	fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="middle">%s</text><text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n",
		x, y(s.most)-8, number(s.median), x, plotBottom+15, name)
}
