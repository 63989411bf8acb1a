package measure

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// World is one target model in the game of property inference: it was trained in one of several worlds,
// which differ in a property of the training data, and the attacker says which.
type World struct {
	Truth string
	Guess string
	Score float64 // higher speaks for the world that stands last in order of names; NaN where not recorded
	Group string  // by which results are broken down, for instance the share of poison; may be empty
}

// enoughWorlds is how many target models a claim needs: with fewer, an accuracy of 0.9 is not told from
// 0.75.
const enoughWorlds = 40

// Property measures the distinguishing game of Zhang et al. 2021 ("Leakage of dataset properties in
// multi-party machine learning", worlds of ratio 0.33 against 0.67, black-box queries) and of Chase et al.
// 2021 ("Property inference from poisoning", the same with poisoned training data, column poison). The
// sampled unit is the target model, not the query. The baseline is built into the game: to name the world
// that is most common, so that gain is the accuracy over guessing, paired by model, and advantage is
// 2 accuracy - 1 for two worlds.
func Property(rows []World) (Result, error) {
	if len(rows) == 0 {
		return Result{}, errors.New("property: no rows")
	}
	r, err := worlds(rows)
	if err != nil {
		return Result{}, err
	}
	values, groups := groupBy(rows, func(w World) string { return w.Group })
	if len(values) < 2 || r.tooMany("group", len(values)) {
		return r, nil
	}
	for _, value := range values {
		if one, err := worlds(groups[value]); err == nil { // a group with one world only has no game
			r.stratum("group", value, one)
		}
	}
	return r, nil
}

func worlds(rows []World) (Result, error) {
	r := newResult("property")
	guesses := newConfusion()
	for _, w := range rows {
		guesses.add(w.Truth, w.Guess)
	}
	classes := guesses.classes()
	if len(classes) < 2 {
		return Result{}, errors.New("property: every target model comes from the same world: there is nothing to distinguish")
	}
	n, correct := guesses.n, guesses.correct()
	r.N["worlds"], r.N["correct"] = n, correct
	r.Metrics["worlds"] = count(n, n)
	r.Metrics["accuracy"] = exact(correct, n)
	r.Metrics["accuracy_wilson"] = score(correct, n)
	r.Metrics["guessing_accuracy"] = exact(guesses.majority(), n)
	r.Metrics["balanced_accuracy"] = meanOfProportions(guesses.recalls())
	r.addPairs("", overGuessing(rows, guesses))
	if len(classes) == 2 {
		r.addTwoWorlds(rows, classes, correct)
	}
	if n < enoughWorlds {
		r.warn("%d target models: a claim needs about %d, and queries to one model do not make up for them", n, enoughWorlds)
	}
	return r, nil
}

// overGuessing pairs the attack with the constant guess of the most common world; of equally common ones
// the first in order.
func overGuessing(rows []World, guesses *confusion) (pairs Pairs) {
	constant, most := "", 0
	for _, class := range guesses.classes() {
		if guesses.truth[class] > most {
			constant, most = class, guesses.truth[class]
		}
	}
	for _, w := range rows {
		pairs.Add(w.Guess == w.Truth, constant == w.Truth)
	}
	return pairs
}

func (r *Result) addTwoWorlds(rows []World, classes []string, correct int) {
	n := len(rows)
	i := ClopperPearson(correct, n, Level)
	r.Metrics["advantage"] = within(2*share(correct, n)-1, n,
		Interval{Lo: 2*i.Lo - 1, Hi: 2*i.Hi - 1, Level: i.Level, Method: i.Method})
	_, greater := binomialTails(correct-1, n, 0.5)
	r.Metrics["guessing_p"] = bare(greater, n, "binomial-exact-one-sided")
	r.addDistinguishing(rows, classes[1])
}

// addDistinguishing adds the area under the curve of the attacker's score, ties one half.
func (r *Result) addDistinguishing(rows []World, positive string) {
	scores := MakeScores(len(rows), len(rows))
	for _, w := range rows {
		if math.IsNaN(w.Score) {
			r.Missing["auc"] = "column score, filled in every row: higher speaks for world " + positive
			return
		}
		scores.Add(w.Score, w.Truth == positive)
	}
	roc, err := scores.ROC()
	if err != nil {
		return // two worlds occur, so that both classes have a score
	}
	auc := roc.AUC()
	r.Metrics["auc"] = within(auc.Value, len(rows), auc.Interval(Level))
	if !math.IsNaN(auc.SE) {
		r.Metrics["auc_se"] = bare(auc.SE, len(rows), "delong")
	}
}

// RatioWorld is one target model whose training data hold a property in some share of records.
type RatioWorld struct {
	Truth    float64
	Estimate float64
	Baseline float64 // what the attacker would say without the model, for instance the middle of the range
}

// nearRatio is how near an estimate of a share counts as right.
const nearRatio = 0.05

// PropertyRatio measures how well an attacker estimates the share itself: mean absolute and root mean
// squared error, R squared and correlation, and the gain: how much nearer than the baseline the estimate
// is on average, paired by model with Student's t interval.
func PropertyRatio(rows []RatioWorld) (Result, error) {
	if len(rows) == 0 {
		return Result{}, errors.New("property: no rows")
	}
	r := newResult("property")
	truth, estimate := make([]float64, len(rows)), make([]float64, len(rows))
	misses, baseline, gains := make([]float64, len(rows)), make([]float64, len(rows)), make([]float64, len(rows))
	near := 0
	for i, w := range rows {
		truth[i], estimate[i] = w.Truth, w.Estimate
		misses[i], baseline[i] = math.Abs(w.Estimate-w.Truth), math.Abs(w.Baseline-w.Truth)
		gains[i] = baseline[i] - misses[i]
		if misses[i] <= nearRatio+1e-12 {
			near++
		}
	}
	n := len(rows)
	r.N["worlds"], r.N["near"] = n, near
	r.Metrics["worlds"] = count(n, n)
	r.Metrics["mae"], r.Metrics["baseline_mae"], r.Metrics["gain"] = mean(misses), mean(baseline), mean(gains)
	r.Metrics["rmse"] = bare(math.Sqrt(MSE(truth, estimate)), n, "root-mean-square")
	r.Metrics["near@0.05"] = exact(near, n)
	r.addFit(truth, estimate)
	r.addCurves(estimates(rows))
	if n < enoughWorlds {
		r.warn("%d target models: a claim needs about %d", n, enoughWorlds)
	}
	return r, nil
}

// addFit adds what needs shares that vary.
func (r *Result) addFit(truth, estimate []float64) {
	n := len(truth)
	const least = 1e-12 // of a share; what differs by less does not differ
	spread := stat.PopVariance(truth, nil)
	if spread < least*least {
		r.Missing["r2"] = "target models whose shares differ"
		return
	}
	r.Metrics["r2"] = bare(1-MSE(truth, estimate)/spread, n, "coefficient-of-determination")
	if stat.PopVariance(estimate, nil) >= least*least {
		r.Metrics["pearson"] = pearson(truth, estimate)
	}
}

// pearson is the correlation with Fisher's interval (Fisher 1921).
func pearson(x, y []float64) Metric {
	n, c := len(x), max(-1, min(1, stat.Correlation(x, y, nil)))
	if n < 4 {
		return bare(c, n, "fisher-z")
	}
	half := normalQuantile(0.5+Level/2) / math.Sqrt(float64(n-3))
	z := math.Atanh(c)
	return within(c, n, Interval{Lo: math.Tanh(z - half), Hi: math.Tanh(z + half), Level: Level, Method: "fisher-z"})
}

// estimates draws the mean estimate for each true share.
func estimates(rows []RatioWorld) Curve {
	curve := Curve{ID: "calibration", Label: "attack", X: "true share", Y: "estimate"}
	shares, groups := groupBy(rows, func(w RatioWorld) float64 { return w.Truth })
	for _, truth := range shares {
		var of []float64
		for _, w := range groups[truth] {
			of = append(of, w.Estimate)
		}
		curve.Points = append(curve.Points, Point{truth, mean(slices.Clip(of))})
	}
	curve.Points = thin(curve.Points)
	return curve
}
