//go:build conformance

package evidence

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bugbar/measure"

	"gonum.org/v1/gonum/stat"
)

// membershipEntries are the entries of expected.json that measure the inference of membership.
var membershipEntries = map[string]func(t *testing.T, dir string, want *node){
	"lira-digits.npz":        checkDigits,
	"scores-lira-digits.csv": checkScoreTable("scores-lira-digits.csv"),
	"loss-digits.csv":        checkLosses,
	"label-only-digits.csv":  checkLabelOnly,
	"logits-digits.npz":      checkLogits,
	"scores-null.csv":        checkScoreTable("scores-null.csv"),
	"lira-tree/":             checkTree,
	"lira-cancer.npz":        checkCancer,
	"rmia-digits.npz":        checkRMIA,
	"formats/{header.csv,noheader.csv,tab.tsv,crlf-bom.csv,rows.jsonl,deflate.npz,stored.npz,bigendian.npz}": checkFormats,
	"formats/float32.npz":                         checkArchives("formats/float32.npz"),
	"formats/{lira-NxM.npz,lira-NxM-fortran.npz}": checkLayouts("formats/lira-NxM.npz", "formats/lira-NxM-fortran.npz"),
	"formats/lira-NxM-float16.npz":                checkLayouts("formats/lira-NxM-float16.npz"),
	"edge/perfect.csv":                            checkScoreTable("edge/perfect.csv"),
	"edge/inverted.csv":                           checkScoreTable("edge/inverted.csv"),
	"edge/all-tied.csv":                           checkScoreTable("edge/all-tied.csv"),
	"edge/few-levels.csv":                         checkScoreTable("edge/few-levels.csv"),
	"edge/tiny.csv":                               checkScoreTable("edge/tiny.csv"),
	"edge/extreme.csv":                            checkScoreTable("edge/extreme.csv"),
	"edge/rounded-20k.csv":                        checkScoreTable("edge/rounded-20k.csv"),
}

func TestMembershipConformance(t *testing.T) {
	dir := sampleDir(t)
	for key, check := range membershipEntries {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			want := expected(t, dir).at(key)
			want.t = t
			check(t, dir, want)
			want.done()
		})
	}
}

// checkROC checks the block of values that every file of scores has.
func checkROC(t *testing.T, scores *measure.Scores, want *node) {
	t.Helper()
	roc, err := scores.ROC()
	if err != nil {
		t.Fatal(err)
	}
	all := roc.AtFPR(1)
	want.exactly("n_member", all.Members)
	want.exactly("n_nonmember", all.NonMembers)
	auc := roc.AUC()
	want.near("auc", auc.Value)
	want.near("auc_se_delong", auc.SE)
	wald, logit := auc.Wald(measure.Level), auc.Logit(measure.Level)
	want.list("auc_ci_delong", wald.Lo, wald.Hi)
	want.list("auc_ci_delong_logit", logit.Lo, logit.Hi)
	want.near("auc_se_hanley_mcneil", measure.HanleyMcNeilSE(auc.Value, all.Members, all.NonMembers))
	best := roc.BestAccuracy()
	want.near("balanced_accuracy", best.BalancedAccuracy())
	want.near("balanced_accuracy_threshold", best.Threshold)
	want.near("advantage", best.Advantage())
	checkRate(t, roc, 0.01, want.at("fpr_1pct"))
	checkRate(t, roc, 0.001, want.at("fpr_0.1pct"))
}

func checkRate(t *testing.T, roc *measure.ROC, fpr float64, want *node) {
	t.Helper()
	point, below := roc.AtFPR(fpr), roc.BelowFPR(fpr)
	want.near("tpr", point.TPR())
	want.exactly("tp", point.TP)
	want.exactly("fp", point.FP)
	want.near("threshold", point.Threshold)
	want.near("tpr_strict", below.TPR())
	want.exactly("fp_strict", below.FP)
	exact, wilson := measure.ClopperPearson(point.TP, point.Members, measure.Level), measure.Wilson(point.TP, point.Members, measure.Level)
	want.list("tpr_ci_clopper_pearson", exact.Lo, exact.Hi)
	want.list("tpr_ci_wilson", wilson.Lo, wilson.Hi)
	bootstrap := roc.IdealBootstrap(fpr, measure.Level)
	want.list("tpr_ci_ideal_bootstrap", bootstrap.Lo, bootstrap.Hi)
	want.near("ppv_prior_0_5", point.PPV(0.5))
	want.near("ppv_prior_0_01", point.PPV(0.01))
	want.near("epsilon_cp", point.Epsilon(0, measure.Level))
	checkCertified(t, roc, fpr, want.at("certified"))
}

func checkCertified(t *testing.T, roc *measure.ROC, fpr float64, want *node) {
	t.Helper()
	certified, err := roc.Certify(fpr, measure.Level)
	if err != nil {
		certified.Allowed, certified.TPRLower = -1, math.NaN()
	}
	want.exactly("fp_allowed", certified.Allowed)
	want.near("tpr", certified.TPR())
	want.near("tpr_lower", certified.TPRLower)
}

func checkVariants(t *testing.T, shadows *Shadows, all bool, want *node) {
	t.Helper()
	for _, attack := range measure.LiRAs() {
		scores, err := shadows.Attack(shadows.Target, measure.LiRAOptions{Attack: attack, AllShadows: all})
		if err != nil {
			t.Fatal(err)
		}
		checkROC(t, scores, want.at(underscored(attack)))
	}
}

func underscored(attack measure.LiRA) string { return strings.ReplaceAll(string(attack), "-", "_") }

func readShadows(t *testing.T, path string) *Shadows {
	t.Helper()
	shadows, err := ReadShadows(path)
	if err != nil {
		t.Fatal(err)
	}
	return shadows
}

func checkDigits(t *testing.T, dir string, want *node) {
	shadows := readShadows(t, filepath.Join(dir, "lira-digits.npz"))
	want.skip("train_accuracy", "test_accuracy")
	want.exactly("N", shadows.Examples)
	want.exactly("M", shadows.Models)
	want.exactly("target", shadows.Target)
	single := want.at("single")
	checkVariants(t, shadows, false, single)
	for _, attack := range measure.LiRAs() {
		scores, err := shadows.AttackOne(shadows.Target, measure.LiRAOptions{Attack: attack})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, s := range scores {
			sum += s
		}
		single.at(underscored(attack)).list("score_first5", scores[:5]...)
		single.at(underscored(attack)).near("score_sum", sum)
	}
	checkPooled(t, dir, shadows, want.at("pooled"))
}

// checkPooled attacks all models in turn, at once and one by one.
func checkPooled(t *testing.T, dir string, shadows *Shadows, want *node) {
	file, err := ReadScores(filepath.Join(dir, "lira-digits-online-loo.npz"))
	if err != nil {
		t.Fatal(err)
	}
	checkPooledROC(t, file, want.at("online_float32_file"))
	for _, attack := range []measure.LiRA{measure.Online, measure.OnlineFixed, measure.OfflineZ, measure.Global} {
		scores, err := shadows.AttackAll(measure.LiRAOptions{Attack: attack})
		if err != nil {
			t.Fatal(err)
		}
		block := want.at(underscored(attack))
		checkPooledROC(t, scores, block)
		aucs, rates := make([]float64, shadows.Models), make([]float64, shadows.Models)
		for target := range shadows.Models {
			one, err := shadows.Attack(target, measure.LiRAOptions{Attack: attack})
			if err != nil {
				t.Fatal(err)
			}
			roc, err := one.ROC()
			if err != nil {
				t.Fatal(err)
			}
			aucs[target], rates[target] = roc.AUC().Value, roc.AtFPR(0.01).TPR()
		}
		mean, deviation := stat.MeanStdDev(aucs, nil)
		block.near("per_target_auc_mean", mean)
		block.near("per_target_auc_std_ddof1", deviation)
		block.near("per_target_tpr1pct_mean", stat.Mean(rates, nil))
	}
}

// checkPooledROC forgets which scores are of one record, as the expected values do.
func checkPooledROC(t *testing.T, scores *measure.Scores, want *node) {
	t.Helper()
	checkROC(t, scores.Independent(), want)
}

func checkCancer(t *testing.T, dir string, want *node) {
	shadows := readShadows(t, filepath.Join(dir, "lira-cancer.npz"))
	want.skip("note", "train_accuracy", "test_accuracy", "min_in", "min_out")
	want.exactly("N", shadows.Examples)
	want.exactly("M", shadows.Models)
	want.exactly("target", shadows.Target)
	checkVariants(t, shadows, false, want.at("single_trim"))
	checkVariants(t, shadows, true, want.at("single_all"))
}

func checkTree(t *testing.T, dir string, want *node) {
	shadows := readShadows(t, filepath.Join(dir, "lira-tree"))
	want.exactly("M", shadows.Models)
	want.exactly("N", shadows.Examples)
	want.exactly("A", shadows.Queries)
	if name := want.at("target").value.(string); !strings.HasPrefix(name, "experiment-"+strconv.Itoa(shadows.Target)+"_") {
		t.Errorf("the target is model %d, want %s", shadows.Target, name)
	}
	checkVariants(t, shadows, false, want.at("single"))
}

func checkLayouts(names ...string) func(*testing.T, string, *node) {
	return func(t *testing.T, dir string, want *node) {
		for _, name := range names {
			checkVariants(t, readShadows(t, filepath.Join(dir, name)), false, want)
		}
	}
}

func checkArchives(names ...string) func(*testing.T, string, *node) {
	return func(t *testing.T, dir string, want *node) {
		for _, name := range names {
			scores, err := ReadScores(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			checkROC(t, scores, want)
		}
	}
}

func checkRMIA(t *testing.T, dir string, want *node) {
	evidence, err := ReadRMIA(filepath.Join(dir, "rmia-digits.npz"))
	if err != nil {
		t.Fatal(err)
	}
	want.exactly("N", evidence.Signals.Examples)
	want.exactly("Z", evidence.Population.Examples)
	want.exactly("M", evidence.Signals.Models)
	results := want.at("results")
	for _, pairs := range []int{1, 4} {
		for _, gamma := range []float64{1, 2} {
			attack := evidence
			attack.K, attack.A, attack.Gamma = pairs, 0.3, gamma
			for model := 2; model < 2+2*pairs; model++ { // 0 is the target, 1 its complement
				attack.References = append(attack.References, model)
			}
			scores, err := attack.Scores()
			if err != nil {
				t.Fatal(err)
			}
			checkROC(t, scores, results.at("target0_refs"+strconv.Itoa(pairs)+"_a0.3_gamma"+strconv.Itoa(int(gamma))))
		}
	}
}

func checkLogits(t *testing.T, dir string, want *node) {
	arrays, err := OpenArrays(filepath.Join(dir, "logits-digits.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer arrays.Close()
	logits, err := arrays.Load("logits")
	if err != nil {
		t.Fatal(err)
	}
	labels, err := arrays.Load("labels")
	if err != nil {
		t.Fatal(err)
	}
	want.skip("shape")
	const models, classes = 8, 10
	row, single, label := make([]float64, models*classes), make([]float32, models*classes), labels.Floats()
	var first, means [2][models]float64
	var apart [models]float64
	for i, y := range label {
		logits.Row(i, row)
		for j, v := range row {
			single[j] = float32(v)
		}
		for m := range models {
			from, to := m*classes, (m+1)*classes
			scores := [2]float64{
				measure.ReferenceLogitScore(single[from:to], int(y)), measure.LogitScore(row[from:to], int(y)),
			}
			for form, score := range scores {
				if i == 0 {
					first[form][m] = score
				}
				means[form][m] += score / float64(len(label))
			}
			apart[m] = max(apart[m], math.Abs(scores[0]-scores[1]))
		}
	}
	want.list("ref_scores_row0", first[0][:]...)
	want.list("exact_scores_row0", first[1][:]...)
	want.list("ref_mean_per_model", means[0][:]...)
	want.list("exact_mean_per_model", means[1][:]...)
	want.near("max_abs_diff_model_7", apart[7])
	greatest := 0.0
	for _, d := range apart[:7] {
		greatest = max(greatest, d)
	}
	want.near("max_abs_diff_models_0_6", greatest)
}

func checkLosses(t *testing.T, dir string, want *node) {
	scores := readTable(t, filepath.Join(dir, "loss-digits.csv"))
	checkROC(t, scores, want)
	roc, err := scores.ROC()
	if err != nil {
		t.Fatal(err)
	}
	point, yeom := roc.Yeom(), want.at("yeom")
	yeom.near("threshold_mean_train_loss", -point.Threshold)
	yeom.exactly("tp", point.TP)
	yeom.exactly("fp", point.FP)
	yeom.near("tpr", point.TPR())
	yeom.near("fpr", point.FPR())
	yeom.near("advantage", point.Advantage())
	yeom.near("accuracy", point.Accuracy())
}

func checkLabelOnly(t *testing.T, dir string, want *node) {
	result, err := Measure("membership", []string{filepath.Join(dir, "label-only-digits.csv")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n1, n0 := result.N["members"], result.N["nonmembers"]
	want.exactly("n1", n1)
	want.exactly("n0", n0)
	want.exactly("tp", int(math.Round(result.Metrics["tpr"].Value*float64(n1))))
	want.exactly("fp", int(math.Round(result.Metrics["fpr"].Value*float64(n0))))
	for _, id := range []string{"tpr", "fpr", "balanced_accuracy", "advantage"} {
		want.near(id, result.Metrics[id].Value)
	}
	advantage := result.Metrics["advantage"]
	want.list("advantage_ci_newcombe", advantage.Lo, advantage.Hi)
}

func checkScoreTable(name string) func(*testing.T, string, *node) {
	return func(t *testing.T, dir string, want *node) {
		checkROC(t, readTable(t, filepath.Join(dir, name)), want)
	}
}

// checkFormats reads the same scores out of every container.
func checkFormats(t *testing.T, dir string, want *node) {
	for _, name := range []string{"header.csv", "noheader.csv", "tab.tsv", "crlf-bom.csv", "rows.jsonl"} {
		checkScoreTable("formats/"+name)(t, dir, want)
	}
	checkArchives("formats/deflate.npz", "formats/stored.npz", "formats/bigendian.npz")(t, dir, want)
}

// readTable reads scores from a text file; losses come out negated.
func readTable(t *testing.T, path string) *measure.Scores {
	t.Helper()
	r := &reading{files: []string{path}}
	scores, _, _, err := r.readScoreTable()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.warnings) > 0 {
		t.Errorf("%s: %q", path, r.warnings)
	}
	return scores
}
