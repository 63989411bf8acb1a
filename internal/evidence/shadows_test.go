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
	one := measuredFile(t, "membership", path, Options{Attack: "all"})
	if len(one.Strata) != len(measure.LiRAs()) || one.N["members"]+one.N["nonmembers"] != 60 {
		t.Errorf("%d forms of the attack on %v", len(one.Strata), one.N)
	}
	all := measuredFile(t, "membership", path, Options{Attack: "offline-z", Target: "all"})
	if all.N["members"] != 240 || all.N["nonmembers"] != 240 || all.N["records"] != 60 {
		t.Errorf("all targets: %v", all.N)
	}
	for want, options := range map[string]Options{
		"no attack \"quantum\"": {Attack: "quantum"},
		"no target \"8\"":       {Target: "8"},
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
	if _, err := Measure("membership", []string{path}, Options{Attack: "online"}); err == nil || !strings.Contains(err.Error(), "rmia") {
		t.Errorf("got %v, want an error that names rmia", err)
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
