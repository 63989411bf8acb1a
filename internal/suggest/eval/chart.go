package eval

import (
	"bytes"
	"fmt"
	"html"
)

// Chart draws a measurement as SVG: on the left how far the probabilities of a decision point can be
// trusted, on the right how precise the surest answers are for a share of the cases.
func Chart(r *Report, point string) []byte {
	var out bytes.Buffer
	p := r.Points[point]
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 380" width="760" role="img" aria-label="Calibration and coverage of %s">
<style>text{font:13px sans-serif;fill:#334155}.axis{stroke:#94a3b8;fill:none}.even{stroke:#94a3b8;stroke-dasharray:4}.curve{stroke:#2563eb;stroke-width:2;fill:none}circle{fill:#2563eb}</style>
<rect width="760" height="380" fill="#fff"/>
`, html.EscapeString(r.Suggester))
	frame(&out, 60, fmt.Sprintf("Calibration of %s (ECE %.3f)", point, p.ECE), "probability", "share that is right")
	fmt.Fprintln(&out, `<path class="even" d="M60 320L340 40"/>`)
	for _, bin := range p.Bins {
		if bin.Cases > 0 {
			fmt.Fprintf(&out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%d cases: %.2f, right %.2f</title></circle>\n",
				60+280*bin.Confidence, 320-280*bin.Accuracy, 3+float64(min(bin.Cases, 80))/10, bin.Cases, bin.Confidence, bin.Accuracy)
		}
	}
	frame(&out, 440, "Precision of the surest answers", "share of cases", "precision")
	out.WriteString(`<path class="even" d="M440 54H720"/><path class="curve" d="`)
	for i, c := range p.Curve {
		fmt.Fprintf(&out, "%c%.1f %.1f", "ML"[min(i, 1)], 440+280*c.Coverage, 320-280*c.Precision)
	}
	out.WriteString("\"/>\n</svg>\n")
	return out.Bytes()
}

func frame(out *bytes.Buffer, x int, title, across, up string) {
	fmt.Fprintf(out, `<text x="%d" y="24" font-weight="bold">%s</text><path class="axis" d="M%d 40V320H%d"/>`, x, html.EscapeString(title), x, x+280)
	for k := range 5 {
		share := float64(k) / 4
		fmt.Fprintf(out, `<text x="%.0f" y="338" text-anchor="middle">%.2f</text><text x="%d" y="%.0f" text-anchor="end">%.2f</text>`,
			float64(x)+280*share, share, x-6, 324-280*share, share)
	}
	fmt.Fprintf(out, `<text x="%d" y="362" text-anchor="middle">%s</text><text transform="translate(%d 180) rotate(-90)" text-anchor="middle">%s</text>`+"\n", x+140, across, x-42, up)
}
