package evidence

import (
	"archive/zip"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"bugbar/measure"
)

// shadowArchive holds the scores of 60 examples under 8 models, each example in half of them.
func shadowArchive(t *testing.T) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	const examples, models = 60, 8
	scores, keep := make([]float32, examples*models), make([]byte, examples*models)
	for example := range examples {
		for place, model := range rng.Perm(models) {
			at := example*models + model
			scores[at] = float32(rng.NormFloat64())
			if place < models/2 {
				keep[at], scores[at] = 1, scores[at]+1
			}
		}
	}
	return saved(t, "shadows.npz", npz(t, zip.Deflate, map[string][]byte{
		"scores": npy(1, describe("<f4", false, "60, 8"), encode(binary.LittleEndian, scores)),
		"keep":   npy(1, describe("|b1", false, "60, 8"), keep),
	}))
}

func TestShadowModels(t *testing.T) {
	t.Parallel()
	path := shadowArchive(t)
	if alone := measuredFile(t, "membership", path, Options{}); len(alone.Strata) != 0 || alone.Metrics["auc"].Value <= 0.5 {
		t.Errorf("%d strata, auc %v", len(alone.Strata), alone.Metrics["auc"])
	}
	one := measuredFile(t, "membership", path, Options{Attack: "all"})
	if len(one.Strata) != len(measure.LiRAs())+1 || one.Strata[len(one.Strata)-1].Value != "reference" || one.N["members"]+one.N["nonmembers"] != 60 {
		t.Errorf("%d forms of the attack on %v", len(one.Strata), one.N)
	}
	all := measuredFile(t, "membership", path, Options{Attack: "offline-z", Target: "all"})
	if all.N["members"] != 240 || all.N["nonmembers"] != 240 || all.N["records"] != 60 {
		t.Errorf("all targets: %v", all.N)
	}
	placed := measuredFile(t, "membership", path, Options{Attack: "reference", Target: "all"})
	if placed.N["records"] != 60 || placed.N["members"] != 240 || placed.Metrics["auc"].Value < 0.6 {
		t.Errorf("the reference attack: auc %v of %v", placed.Metrics["auc"], placed.N)
	}
	for want, options := range map[string]Options{
		"no attack \"quantum\"": {Attack: "quantum"},
		"no target \"8\"":       {Target: "8"},
		"no target \"last\"":    {Target: "last"},
	} {
		if _, err := Measure("membership", []string{path}, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestSignalsAndPopulation(t *testing.T) {
	t.Parallel()
	path := saved(t, "rmia.npz", npz(t, zip.Store, map[string][]byte{
		"signals":     npy(1, describe("<f8", false, "3, 2"), encode(binary.LittleEndian, []float64{0.9, 0.1, 0.5, 0.5, 0.2, 0.4})),
		"memberships": npy(1, describe("|b1", false, "3, 2"), []byte{1, 0, 0, 0, 0, 0}),
		"population":  npy(1, describe("<f8", false, "2, 2"), encode(binary.LittleEndian, []float64{0.5, 0.5, 0.3, 0.3})),
	}))
	report := measuredFile(t, "membership", path, Options{})
	if auc := report.Metrics["auc"]; auc.Value != 1 || report.N["members"] != 1 {
		t.Errorf("auc %+v of %v", auc, report.N)
	}
	every := measuredFile(t, "membership", path, Options{Attack: "all"})
	if len(every.Strata) != 3 || every.Strata[1].Value != "population" || every.Strata[1].Metrics["auc"].Value != 1 {
		t.Errorf("all attacks: %+v", every.Strata)
	}
	for want, options := range map[string]Options{
		"rmia":           {Attack: "online"},
		"a from 0 to 1":  {OfflineA: new(1.5)},
		"gamma above 0":  {Gamma: -1},
		"as a reference": {References: []int{0}},
		"one at a time":  {Target: "all"},
	} {
		if _, err := Measure("membership", []string{path}, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// The models' own outputs give the scores that an analyst would have computed from them.
func TestLogits(t *testing.T) {
	t.Parallel()
	logits := []float32{1, 2, 3, 5, 1, 0, 0, 0, 4, 7, 1, 1}
	arrays := map[string][]byte{
		"logits": npy(1, describe("<f4", false, "2, 2, 3"), encode(binary.LittleEndian, logits)),
		"labels": npy(1, describe("<i8", false, "2,"), encode(binary.LittleEndian, []int64{2, 0})),
		"keep":   npy(1, describe("|b1", false, "2, 2"), []byte{1, 0, 0, 1}),
	}
	shadows, err := ReadShadows(saved(t, "logits.npz", npz(t, zip.Store, arrays)))
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, 2)
	shadows.Scores(1, row)
	if want := measure.LogitScore([]float64{7, 1, 1}, 0); row[1] != want || shadows.Queries != 1 {
		t.Errorf("scores %v, want %g last", row, want)
	}
	arrays["labels"] = npy(1, describe("<i8", false, "2,"), encode(binary.LittleEndian, []int64{2, 3}))
	if _, err := ReadShadows(saved(t, "labels.npz", npz(t, zip.Store, arrays))); err == nil || !strings.Contains(err.Error(), "3 in row 1; classes are numbered from 0 to 2") {
		t.Errorf("got %v, want an error about a label", err)
	}
}

func TestLossThreshold(t *testing.T) {
	t.Parallel()
	path := saved(t, "losses.csv", []byte("loss,member\n1,1\n2,1\n6,1\n3,0\n4,0\n"))
	r := measuredFile(t, "membership", path, Options{Attack: "loss-threshold"})
	if r.Metrics["tpr"].Value != 2./3 || r.Metrics["fpr"].Value != 0.5 || r.Metrics["accuracy"].Value != 0.6 {
		t.Errorf("tpr %v, fpr %v, accuracy %v", r.Metrics["tpr"], r.Metrics["fpr"], r.Metrics["accuracy"])
	}
	for want, options := range map[string]Options{
		"use loss-threshold":         {Attack: "online"},
		"chosen among shadow models": {Target: "1"},
	} {
		if _, err := Measure("membership", []string{path}, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestScorePairAndClusters(t *testing.T) {
	t.Parallel()
	scores := saved(t, "scores.npy", npy(1, describe("<f4", false, "4,"), encode(binary.LittleEndian, []float32{1, 2, 3, 4})))
	members := saved(t, "members.npy", npy(1, describe("|b1", false, "4,"), []byte{1, 1, 0, 0}))
	lower, err := ReadScorePair(scores, members, true)
	if err != nil {
		t.Fatal(err)
	}
	if roc, err := lower.ROC(); err != nil || roc.AUC().Value != 1 {
		t.Errorf("lower scores mean member: %v", err)
	}
	table := saved(t, "loo.npz", npz(t, zip.Store, map[string][]byte{
		"losses": npy(1, describe("<f8", false, "2, 2"), encode(binary.LittleEndian, []float64{1, 4, 2, 3})),
		"member": npy(1, describe("|b1", false, "2, 2"), []byte{1, 0, 1, 0}),
	}))
	clustered, err := ReadScores(table)
	if err != nil {
		t.Fatal(err)
	}
	result, err := measure.Membership(clustered, measure.MembershipOptions{})
	if err != nil || result.N["records"] != 2 || result.Metrics["auc"].Value != 1 {
		t.Errorf("%v of %v: %v", result.Metrics["auc"], result.N, err)
	}
}
