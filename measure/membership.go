package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// MembershipOptions say what to report of scores; the zero value is the default.
type MembershipOptions struct {
	FPRs      []float64 // false-positive rates to report at: 1 %, 0.1 % and 0.01 %
	Prior     float64   // the fraction of members among the records an attacker meets: 1/2
	Threshold *float64  // a threshold that was fixed before the scores were seen
}

func (o MembershipOptions) withDefaults() MembershipOptions {
	if len(o.FPRs) == 0 {
		o.FPRs = []float64{0.01, 0.001, 0.0001}
	}
	if o.Prior == 0 {
		o.Prior = 0.5
	}
	return o
}

// Membership measures an attack that gives each record a score. Metrics are auc, balanced_accuracy,
// advantage, ks_p, epsilon and, for each FPR, tpr@FPR, pauc@FPR, certified_tpr@FPR and ppv@FPR; with a
// fixed threshold also tpr, fpr and epsilon at it. What the sample cannot carry is in Missing. It sorts
// the scores where they are. The error is ErrOneClass, or about an option that is no rate.
func Membership(scores *Scores, options MembershipOptions) (Result, error) {
	options = options.withDefaults()
	for _, rate := range append([]float64{options.Prior}, options.FPRs...) {
		if !(rate > 0 && rate < 1) {
			return Result{}, fmt.Errorf("a rate or prior of %g; between 0 and 1 would do", rate)
		}
	}
	roc, err := scores.ROC()
	if err != nil {
		return Result{}, err
	}
	m := membership{
		ROC: roc, options: options, Result: newResult("membership"),
	}
	m.N = roc.sizes()
	curve := make(chan Curve, 1)
	go func() { curve <- roc.Curve() }() // the longest part, beside the rest
	survey := roc.survey()
	m.warnOfScores(scores, survey.tied)
	m.overall(survey)
	for _, fpr := range options.FPRs {
		m.atRate(fpr)
	}
	m.epsilon()
	if options.Threshold != nil {
		m.atThreshold(*options.Threshold)
	}
	m.Curves = []Curve{<-curve}
	return m.Result, nil
}

// membership is a Result in the making.
type membership struct {
	*ROC
	Result
	options MembershipOptions
}

func (r *ROC) sizes() map[string]int {
	n := map[string]int{"members": len(r.members.values), "nonmembers": len(r.nonmembers.values)}
	if r.records > 0 {
		n["records"] = r.records
	}
	return n
}

func (m *membership) set(id string, value float64, interval Interval) {
	m.Metrics[id] = within(value, len(m.members.values)+len(m.nonmembers.values), interval)
}

// overall adds what needs no false-positive rate.
func (m *membership) overall(s *survey) {
	auc, best := s.auc(), s.best
	m.set("auc", auc.Value, auc.Interval(Level))
	distance := m.kolmogorovBand()
	advantage := Interval{
		Lo: max(0, best.Advantage()-distance), Hi: min(1, best.Advantage()+distance),
		Level: Level, Method: "kolmogorov-band",
	}
	m.set("advantage", best.Advantage(), advantage)
	advantage.Lo, advantage.Hi = (1+advantage.Lo)/2, (1+advantage.Hi)/2
	m.set("balanced_accuracy", best.BalancedAccuracy(), advantage)
	m.warn("balanced_accuracy and advantage are maxima over thresholds chosen on the same scores; see ks_p")
	if m.records > 0 {
		m.Missing["ks_p"] = "scores that are independent: one for each record"
		return
	}
	p := kolmogorovP(best.Advantage(), best.Members, best.NonMembers)
	m.Metrics["ks_p"] = bare(p, best.Members+best.NonMembers, "smirnov-one-sided")
}

// atRate adds what is measured at one false-positive rate.
func (m *membership) atRate(fpr float64) {
	n0, point := len(m.nonmembers.values), m.AtFPR(fpr)
	d := m.dependence(m.marking(fpr))
	bootstrap := m.idealBootstrap(fpr, Level, d, maxTerms)
	m.set(id("tpr", fpr), point.TPR(), bootstrap)
	if allowedFalsePositives(fpr, n0) == 0 {
		m.warn("%s rests on no false positive among %d non-members: its interval means little", id("tpr", fpr), n0)
	}
	if area, err := m.PartialAUC(fpr, Level); err != nil {
		m.Missing[id("pauc", fpr)] = need(err)
	} else {
		m.Metrics[id("pauc", fpr)] = area
	}
	certified, err := m.certify(fpr, Level, d)
	if err != nil {
		m.Missing[id("certified_tpr", fpr)] = need(err)
		m.Missing[id("ppv", fpr)] = need(err)
		return
	}
	m.set(id("certified_tpr", fpr), certified.TPR(), Interval{
		Lo: certified.TPRLower, Hi: max(bootstrap.Hi, certified.TPR()), Level: Level, Method: "certified-pair",
	})
	m.positivePredictive(point, certified)
}

// need is what an error says would have done.
func need(err error) string {
	if tooFew, ok := errors.AsType[*TooFewError](err); ok {
		return tooFew.Need()
	}
	return err.Error()
}

func (m *membership) positivePredictive(point OperatingPoint, certified Certified) {
	key, prior := id("ppv", certified.MaxFPR), m.options.Prior
	value := point.PPV(prior)
	if math.IsNaN(value) {
		m.Missing[key] = "a threshold at which anything is predicted to be a member"
		return
	}
	found := prior * certified.TPRLower
	m.set(key, value, Interval{
		Lo: min(value, found/(found+(1-prior)*certified.MaxFPR)), Hi: 1,
		Level: Level, Method: fmt.Sprintf("certified-pair at prior %g", prior),
	})
}

// epsilon adds the best lower bound that the certified pairs allow, the error divided among them.
func (m *membership) epsilon() {
	if m.records > 0 {
		m.Missing["epsilon"] = "scores that are independent: one for each record"
		return
	}
	level := 1 - (1-Level)/float64(len(m.options.FPRs))
	best, found := 0.0, false
	for _, fpr := range m.options.FPRs {
		if certified, err := m.Certify(fpr, level); err == nil {
			best, found = max(best, certified.Epsilon(0)), true
		}
	}
	if !found {
		needs := CertifiedNonMembers(slices.Max(m.options.FPRs), level)
		m.Missing["epsilon"] = fmt.Sprintf("at least %d independent non-members; there are %d", needs, len(m.nonmembers.values))
		return
	}
	m.set("epsilon", best, Interval{Lo: best, Hi: math.Inf(1), Level: Level, Method: "certified-pair, bonferroni"})
}

// atThreshold adds the rates at a threshold fixed beforehand, whose bounds then are those of proportions.
func (m *membership) atThreshold(threshold float64) {
	point := m.AtThreshold(threshold)
	m.set("tpr", point.TPR(), ClopperPearson(point.TP, point.Members, Level))
	m.set("fpr", point.FPR(), ClopperPearson(point.FP, point.NonMembers, Level))
	if m.records > 0 {
		m.warn("tpr and fpr at the fixed threshold count dependent scores as independent")
		return
	}
	bound := point.Epsilon(0, Level)
	m.set("epsilon", bound, Interval{Lo: bound, Hi: math.Inf(1), Level: Level, Method: "clopper-pearson, fixed threshold"})
}

func id(metric string, fpr float64) string {
	return metric + "@" + strconv.FormatFloat(fpr, 'f', -1, 64)
}

// warnOfScores says what the scores themselves give away.
func (m *membership) warnOfScores(scores *Scores, tied int) {
	m.Warnings = append(m.Warnings, scores.notes...)
	if scores.nan > 0 {
		m.warn("%d scores were not a number and are left out", scores.nan)
	}
	if scores.infinite > 0 {
		m.warn("%d scores are infinite; they are ordered beyond all others", scores.infinite)
	}
	if tied > 0 {
		m.warn("%d of %d scores are tied between members and non-members; a threshold cannot part them",
			tied, len(m.members.values)+len(m.nonmembers.values))
	}
	if m.records > 0 {
		m.warn("each record has several scores: intervals count records, and certified pairs rest on effective sample sizes, which are estimates")
	} else {
		m.warn("the smallest FPR that %d non-members can certify is %.2g",
			len(m.nonmembers.values), SmallestFPR(len(m.nonmembers.values), Level))
	}
}
