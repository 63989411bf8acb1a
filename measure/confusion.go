package measure

import (
	"math"
	"slices"
)

// confusion counts how often a label was answered with another: truth first.
type confusion struct {
	labels []string // in order
	cells  map[[2]string]int
	truth  map[string]int
	answer map[string]int
	n      int
}

func newConfusion() *confusion {
	return &confusion{cells: map[[2]string]int{}, truth: map[string]int{}, answer: map[string]int{}}
}

func (c *confusion) add(truth, answer string) {
	c.cells[[2]string{truth, answer}]++
	c.meet(truth)
	c.truth[truth]++
	c.meet(answer)
	c.answer[answer]++
	c.n++
}

// meet notes a label that is new.
func (c *confusion) meet(label string) {
	if c.truth[label]+c.answer[label] == 0 {
		c.labels = append(c.labels, label)
	}
}

// classes are the labels that occur as the truth, in order.
func (c *confusion) classes() []string {
	var occur []string
	for _, label := range c.labels {
		if c.truth[label] > 0 {
			occur = append(occur, label)
		}
	}
	slices.Sort(occur)
	return occur
}

func (c *confusion) right(label string) int { return c.cells[[2]string{label, label}] }

func (c *confusion) correct() (sum int) {
	for _, label := range c.labels {
		sum += c.right(label)
	}
	return sum
}

// majority is how many records the most common truth has.
func (c *confusion) majority() (most int) {
	for _, label := range c.labels {
		most = max(most, c.truth[label])
	}
	return most
}

// recalls tallies the right answers of each class.
func (c *confusion) recalls() (of []Tally) {
	for _, class := range c.classes() {
		of = append(of, Tally{c.right(class), c.truth[class]})
	}
	return of
}

// marginal is the sum over labels of truth times answer: n^2 times the agreement by chance.
func (c *confusion) marginal() (sum float64) {
	for _, label := range c.labels {
		sum += float64(c.truth[label]) * float64(c.answer[label])
	}
	return sum
}

// mcc is Matthews' correlation coefficient for any number of classes (Gorodkin 2004, equation 8), and 0
// where the truth or the answers do not vary.
func (c *confusion) mcc() float64 {
	n := float64(c.n)
	var truth, answer float64
	for _, label := range c.labels {
		truth += float64(c.truth[label]) * float64(c.truth[label])
		answer += float64(c.answer[label]) * float64(c.answer[label])
	}
	spread := (n*n - truth) * (n*n - answer)
	if spread == 0 {
		return 0
	}
	return (float64(c.correct())*n - c.marginal()) / math.Sqrt(spread)
}

// kappa is Cohen's agreement beyond chance with its large-sample interval (Cohen 1960, equations 1 and
// 7), and carries no interval where chance alone agrees always.
func (c *confusion) kappa() Metric {
	n := float64(c.n)
	observed, chance := float64(c.correct())/n, c.marginal()/(n*n)
	if chance == 1 {
		return bare(1, c.n, "cohen")
	}
	kappa := (observed - chance) / (1 - chance)
	half := normalQuantile(0.5+Level/2) * math.Sqrt(observed*(1-observed)/n) / (1 - chance)
	return within(kappa, c.n, Interval{Lo: max(-1, kappa-half), Hi: min(1, kappa+half), Level: Level, Method: "cohen"})
}
