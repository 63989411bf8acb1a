//go:build conformance

package evidence

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bugbar/measure"
)

// The samples are evidence made by training real models; expected.json holds what NumPy and SciPy make of
// them, rounded to six decimals. Each test here builds the same shape from our numbers, so that a value
// which we do not compute is a failure and not a gap.

// kindsOf names the kind that measures each entry of expected.json but those of membership.
var kindsOf = map[string]string{
	"attribute.jsonl":              "attribute",
	"property-worlds-clean.csv":    "property",
	"property-worlds-poisoned.csv": "property",
	"property-ratio.csv":           "property",
	"theft.csv":                    "theft",
	"recon-gradient.npz":           "reconstruction",
	"extraction.jsonl":             "reconstruction",
	"perturbation.jsonl":           "perturbation",
	"trials-synthetic.jsonl":       "trials",
}

func TestConformance(t *testing.T) {
	t.Parallel()
	dir := sampleDir(t)
	all, _ := expected(t, dir).value.(map[string]any)
	for file, build := range map[string]func(Report) any{
		"attribute.jsonl":              attributeShape,
		"property-worlds-clean.csv":    func(r Report) any { return worldsShape(r, 0.0) },
		"property-worlds-poisoned.csv": func(r Report) any { return worldsShape(r, 0.1) },
		"property-ratio.csv":           ratioShape,
		"theft.csv":                    theftShape,
		"recon-gradient.npz":           vectorShape,
		"extraction.jsonl":             textShape,
		"perturbation.jsonl":           perturbationShape,
		"trials-synthetic.jsonl":       trialsShape,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			report, err := Measure(kindsOf[file], []string{filepath.Join(dir, file)}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			conform(t, file, all[file], plain(t, build(report)))
		})
	}
}

func attributeShape(r Report) any {
	group := func(s measure.Stratum) shape {
		m := s.Metrics
		n, right := s.N["records"], s.N["correct"]
		only, baseline := s.N["attack_only"], s.N["baseline_only"]
		greater, twoSided := measure.Pairs{AttackOnly: only, BaselineOnly: baseline}.McNemar()
		return shape{
			"n": n, "correct": right,
			"accuracy": m["accuracy"].Value, "accuracy_cp": bounds(m["accuracy"]), "accuracy_wilson": bounds(m["accuracy_wilson"]),
			"baseline_accuracy": m["baseline_accuracy"].Value, "model_only_accuracy": m["model_only_accuracy"].Value,
			"majority_accuracy":       m["majority_accuracy"].Value,
			"table":                   []int{right - only, only, baseline, n - right - baseline},
			"advantage_over_baseline": m["gain"].Value, "advantage_ci_newcombe_paired": bounds(m["gain"]),
			"mcnemar_one_sided": greater, "mcnemar_two_sided": twoSided,
			"ppv_value1": m["ppv@1"].Value, "top10pct_accuracy": m["ppv@top10"].Value, "mcc": m["mcc"].Value,
		}
	}
	return shape{
		"member": group(stratum(r, "member")), "nonmember": group(stratum(r, "control")),
		"train_vs_control_advantage": shape{
			"difference": r.Metrics["advantage"].Value, "ci_newcombe": bounds(r.Metrics["advantage"]),
			"anonymeter_risk": r.Metrics["risk"].Value,
		},
	}
}

func worldsShape(r Report, poison float64) any {
	m := r.Metrics
	return shape{
		"worlds": r.N["worlds"], "correct": r.N["correct"],
		"ratios": []float64{0.1, 0.3}, "poison": poison, // how the sample was made, not what is measured
		"accuracy": m["accuracy"].Value, "accuracy_cp": bounds(m["accuracy"]), "accuracy_wilson": bounds(m["accuracy_wilson"]),
		"p_value_vs_half": m["guessing_p"].Value,
		"auc":             m["auc"].Value, "auc_ci_delong_logit": bounds(m["auc"]), "auc_se_delong": m["auc_se"].Value,
	}
}

func ratioShape(r Report) any {
	m := r.Metrics
	gain := m["gain"]
	const t99 = 1.9842169515864174 // Student's quantile for 100 models
	return shape{
		"n": r.N["worlds"], "poison": 0.1, "mae": m["mae"].Value, "mae_baseline": m["baseline_mae"].Value,
		"rmse": m["rmse"].Value, "r2": m["r2"].Value, "pearson": m["pearson"].Value, "within_0_05": r.N["near"],
		"mean_abs_error_reduction": gain.Value, "reduction_se": (gain.Hi - gain.Lo) / 2 / t99,
	}
}

func theftShape(r Report) any {
	all := shape{}
	for _, s := range r.Strata {
		m := s.Metrics
		n, agree, only, baseline := s.N["inputs"], s.N["agree"], s.N["attack_only"], s.N["baseline_only"]
		greater, twoSided := measure.Pairs{AttackOnly: only, BaselineOnly: baseline}.McNemar()
		all["queries_"+s.Value] = shape{
			"n": n, "agree": agree, "target_errors": s.N["target_errors"],
			"fidelity": m["fidelity"].Value, "fidelity_cp": bounds(m["fidelity"]), "fidelity_wilson": bounds(m["fidelity_wilson"]),
			"kappa": m["kappa"].Value, "chance_agreement": m["chance_agreement"].Value,
			"surrogate_accuracy": m["accuracy"].Value, "target_accuracy": m["target_accuracy"].Value,
			"baseline_fidelity": m["baseline_fidelity"].Value, "baseline_accuracy": m["baseline_accuracy"].Value,
			"table":              []int{agree - only, only, baseline, n - agree - baseline},
			"gain_over_baseline": m["gain"].Value, "gain_ci_newcombe_paired": bounds(m["gain"]),
			"mcnemar_one_sided": greater, "mcnemar_two_sided": twoSided,
			"agreement_on_target_errors": m["error_agreement"].Value,
		}
	}
	return all
}

func vectorShape(r Report) any {
	part := func(n map[string]int, m map[string]measure.Metric) shape {
		return shape{
			"n": n["records"], "success_mse_le_0_01": n["successes"], "baseline_success": n["baseline_successes"],
			"better_than_baseline": n["nearer"],
			"mse_mean":             m["mse"].Value, "mse_median": m["mse@0.5"].Value, "psnr_median": m["psnr@0.5"].Value,
			"rate": m["rate"].Value, "rate_cp": bounds(m["rate"]),
			"baseline_rate": m["baseline_rate"].Value, "baseline_mse_mean": m["baseline_mse"].Value,
		}
	}
	all := shape{"all": part(r.N, r.Metrics)}
	for _, s := range r.Strata {
		all["batch_"+s.Value] = part(s.N, s.Metrics)
	}
	return all
}

func textShape(r Report) any {
	m := r.Metrics
	side := func(members, prefix, exact string) shape {
		k := func(at string) int { return int(math.Round(m[prefix+"rate"+at].Value * float64(r.N[members]))) }
		found := shape{}
		for _, at := range []string{"n1_p0.5", "n100_p0.5", "n1000_p0.5", "n1000_p0.9", "n1000000_p0.5"} {
			found[at] = k("@" + at)
		}
		rate := m[prefix+"rate"]
		wilson := measure.Wilson(r.N[exact], r.N[members], measure.Level)
		return shape{
			"n": r.N[members], "exact": r.N[exact], "rate": rate.Value, "rate_cp": bounds(rate),
			"rate_wilson": []float64{wilson.Lo, wilson.Hi}, "np_discoverable": found,
			"edit_distance_mean": m[prefix+"edit_distance"].Value, "edit_similarity_ge_0_9": k("@near"),
		}
	}
	d := m["rate_minus_control"]
	return shape{
		"member": side("members", "", "exact"), "control": side("controls", "control_", "control_exact"),
		"member_minus_control":        shape{"difference": d.Value, "ci_newcombe": bounds(d)},
		"logprob_as_membership_score": elsewhere,
	}
}

func perturbationShape(r Report) any {
	all := shape{}
	for _, s := range r.Strata {
		m := s.Metrics
		all["eps_"+s.Value] = shape{
			"n_correct": s.N["correct"], "n_total": s.N["inputs"], "success": s.N["successes"],
			"clean_accuracy": m["clean_accuracy"].Value, "robust_accuracy": m["robust_accuracy"].Value,
			"asr": m["rate"].Value, "asr_cp": bounds(m["rate"]), "asr_wilson": bounds(m["rate_wilson"]),
			"noise_success": int(math.Round(m["baseline_rate"].Value * float64(s.N["correct"]))),
			"noise_rate":    m["baseline_rate"].Value,
			"discordant":    []int{s.N["attack_only"], s.N["baseline_only"]}, "mcnemar_one_sided": m["gain_p"].Value,
		}
	}
	return all
}

func trialsShape(r Report) any {
	m := r.Metrics
	arm := func(prefix string) shape {
		k, n := r.N[prefix+"successes"], r.N[prefix+"attempts"]
		wilson := measure.Wilson(k, n, measure.Level)
		cases := r.N[prefix+"cases"]
		all := int(math.Round(m[prefix+"rate_all"].Value * float64(cases)))
		return shape{
			"attempts": n, "successes": k, "cases": cases,
			"asr": m[prefix+"rate"].Value, "asr_cp": bounds(m[prefix+"rate"]), "asr_wilson": []float64{wilson.Lo, wilson.Hi},
			"any_of_4": int(math.Round(m[prefix+"rate_any"].Value * float64(cases))), "all_of_4": all,
			"any_rate": m[prefix+"rate_any"].Value, "any_cp": bounds(m[prefix+"rate_any"]),
			"case_cluster_se": m[prefix+"rate_se"].Value,
		}
	}
	naive := measure.Newcombe(r.N["successes"], r.N["attempts"], r.N["control_successes"], r.N["control_attempts"], measure.Level)
	return shape{
		"attack": arm(""), "control": arm("control_"),
		"difference": shape{"d": m["rate_minus_control"].Value, "ci_newcombe": []float64{naive.Lo, naive.Hi}},
	}
}

// elsewhere stands for values that another test compares.
const elsewhere = "elsewhere"

// The probability of a text is a membership score too.
func TestLogProbabilityConformance(t *testing.T) {
	t.Parallel()
	dir := sampleDir(t)
	want := expected(t, dir).at("extraction.jsonl").at("logprob_as_membership_score")
	r := &reading{}
	texts, err := load(r, []string{filepath.Join(dir, "extraction.jsonl")}, reconstructionTable, r.textPair)
	if err != nil {
		t.Fatal(err)
	}
	scores := measure.MakeScores(len(texts), len(texts))
	for _, text := range texts {
		scores.Add(text.LogProb, !text.Control)
	}
	checkROC(t, scores, want)
	want.done()
}

// refusals are the files that are no evidence and what has to be said of each.
var refusals = map[string][]string{
	"edge/nan-inf.csv":   {":2:", ":7:"}, // the lines are named; the other rows are used
	"edge/one-class.csv": {"non-members"},
	"edge/empty.csv":     {"no rows"},
}

// What must be refused stands in expected.json as a sentence.
func TestRefusalConformance(t *testing.T) {
	t.Parallel()
	dir := sampleDir(t)
	for file, words := range refusals {
		if _, sentence := expected(t, dir).at(file).value.(string); !sentence {
			t.Errorf("%s is to be measured", file)
		}
		report, err := Measure("membership", []string{filepath.Join(dir, file)}, Options{})
		said := fmt.Sprint(err, report.Warnings)
		for _, word := range words {
			if !strings.Contains(said, word) {
				t.Errorf("%s: %q does not say %q", file, said, word)
			}
		}
	}
}

// Every entry of the file belongs to one of the tests.
func TestConformanceIsComplete(t *testing.T) {
	t.Parallel()
	for key := range expected(t, sampleDir(t)).entries {
		_, membership := membershipEntries[key]
		if kindsOf[key] == "" && !membership && refusals[key] == nil {
			t.Errorf("nothing compares %s", key)
		}
	}
}

// shape is a JSON object.
type shape = map[string]any

func bounds(m measure.Metric) []float64 { return []float64{m.Lo, m.Hi} }

func stratum(r Report, value string) measure.Stratum {
	i := slices.IndexFunc(r.Strata, func(s measure.Stratum) bool { return s.Value == value })
	return r.Strata[i]
}

// conform walks what is wanted and what we have: the same keys, counts exact, all else to 1e-6 relative
// and the half unit of the sixth decimal to which the wanted values are rounded.
func conform(t *testing.T, path string, want, got any) {
	t.Helper()
	if got == elsewhere {
		return
	}
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: have %v, want an object", path, got)
			return
		}
		for key, value := range want {
			conform(t, path+"/"+key, value, have[key])
		}
		for key := range have {
			if _, ok := want[key]; !ok {
				t.Errorf("%s/%s is compared with nothing", path, key)
			}
		}
	case []any:
		have, _ := got.([]any)
		if len(have) != len(want) {
			t.Errorf("%s: have %v, want %v", path, got, want)
			return
		}
		for i := range want {
			conform(t, fmt.Sprintf("%s[%d]", path, i), want[i], have[i])
		}
	case float64:
		have, ok := got.(float64)
		if !ok || math.Abs(have-want) > 1e-6*math.Abs(want)+5.0001e-7 {
			t.Errorf("%s: have %v, want %v", path, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s: have %v, want %v", path, got, want)
		}
	}
}

// plain sends a value through JSON, so that it has the types of one that was read.
func plain(t *testing.T, v any) (decoded any) {
	t.Helper()
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}
