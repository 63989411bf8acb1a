package evidence

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// floats is an array of float64 of the given shape as an npy file.
func floats(shape string, values ...float64) []byte {
	return npy(1, describe("<f8", false, shape), encode(binary.LittleEndian, values))
}

func TestVectorArchives(t *testing.T) {
	t.Parallel()
	original, copied := floats("2, 2, 2", 0, 0, 1, 1, 1, 1, 0, 0), floats("2, 2, 2", 0, 0, 1, 1, 0, 0, 1, 1)
	far := floats("2, 2, 2", 1, 1, 0, 0, 0, 0, 1, 1)
	for name, arrays := range map[string]map[string][]byte{
		"baseline":  {"original": original, "reconstruction": copied, "baseline": far, "batch": floats("2,", 1, 8)},
		"reference": {"original": original, "reconstruction": copied, "reference": floats("1, 4", 1, 0, 0, 1)},
	} {
		report := measuredFile(t, "reconstruction", saved(t, "x", npz(t, zip.Deflate, arrays)), Options{})
		m := report.Metrics
		if m["rate"].Value != 0.5 || m["baseline_rate"].Value != 0 || report.Source[0].Digest == "" {
			t.Errorf("%s: %+v", name, report)
		}
		if _, images := m["ssim"]; !images {
			t.Errorf("%s: three axes are images", name)
		}
		if strata := len(report.Strata); name == "baseline" && strata != 2 {
			t.Errorf("%s: %d strata", name, strata)
		}
	}
}

func TestVectorArchiveRefusals(t *testing.T) {
	t.Parallel()
	good := floats("2, 1", 0, 1)
	for want, arrays := range map[string]map[string][]byte{
		"no array baseline":                {"original": good, "reconstruction": good},
		"3 records, but original has 2":    {"original": good, "reconstruction": floats("3, 1", 0, 0, 0), "baseline": good},
		"one number for each of 2 records": {"original": good, "reconstruction": good, "baseline": good, "batch": floats("3,", 1, 1, 1)},
		"a shape of [2]":                   {"original": floats("2,", 0, 1), "reconstruction": good, "baseline": good},
		"reconstruction has 2 elements":    {"original": good, "reconstruction": floats("2, 2", 0, 1, 2, 3), "baseline": good},
		"no baseline: give the attacker's": {"original": good, "reconstruction": good, "reference": floats("1, 2", 0, 1)},
	} {
		_, err := Measure("reconstruction", []string{saved(t, "x", npz(t, zip.Store, arrays))}, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// separatedShadows holds 40 examples under 8 models; a model's score of an example is higher if it was trained on it.
func separatedShadows(t *testing.T) string {
	t.Helper()
	const examples, models = 40, 8
	var scores, keep []float64
	for i := range examples {
		for j := range models {
			in := float64((3*i + j) % models / (models / 2))
			scores = append(scores, in+float64((i*7+j*5)%11)/10)
			keep = append(keep, in)
		}
	}
	shape := fmt.Sprintf("%d, %d", examples, models)
	return saved(t, "x", npz(t, zip.Deflate, map[string][]byte{"scores": floats(shape, scores...), "keep": floats(shape, keep...)}))
}

func TestMembershipOfShadows(t *testing.T) {
	t.Parallel()
	path := separatedShadows(t)
	one := measuredFile(t, "membership", path, Options{})
	if auc := one.Metrics["auc"].Value; auc <= 0.5 || len(one.Strata) != 0 {
		t.Errorf("auc %g, strata %d", auc, len(one.Strata))
	}
	every := measuredFile(t, "membership", path, Options{Target: "all", Attack: "offline-z"})
	if n := every.N["members"] + every.N["nonmembers"]; n != 320 || every.N["records"] != 40 {
		t.Errorf("n %v", every.N)
	}
	forms := measuredFile(t, "membership", path, Options{Attack: "all", Target: "3"})
	if len(forms.Strata) != 8 || !strings.Contains(strings.Join(forms.Warnings, " "), "8 forms") {
		t.Errorf("strata %d, warnings %q", len(forms.Strata), forms.Warnings)
	}
	for want, options := range map[string]Options{
		`no attack "guess"`:    {Attack: "guess"},
		`no target "8"`:        {Target: "8"},
		`no target "the last"`: {Target: "the last"},
	} {
		if _, err := Measure("membership", []string{path}, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestMembershipOfArrays(t *testing.T) {
	t.Parallel()
	scores, members := floats("4,", 1, 2, 3, 4), floats("4,", 0, 0, 1, 1)
	pair := []string{saved(t, "scores", scores), saved(t, "members", members)}
	report, err := Measure("membership", pair, Options{})
	if err != nil || report.Metrics["auc"].Value != 1 || len(report.Source) != 2 {
		t.Errorf("a pair: %v, %+v", err, report.Source)
	}
	archive := saved(t, "x", npz(t, zip.Store, map[string][]byte{"losses": scores, "member": members}))
	if r := measuredFile(t, "membership", archive, Options{}); r.Metrics["auc"].Value != 0 {
		t.Errorf("losses: auc %g", r.Metrics["auc"].Value)
	}
	for want, measure := range map[string]func() (Report, error){
		"two npy files":               func() (Report, error) { return Measure("membership", pair[:1], Options{}) },
		"the direction of an archive": func() (Report, error) { return Measure("membership", []string{archive}, Options{Direction: "low"}) },
	} {
		if _, err := measure(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	signals, in := floats("4, 2", 0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.2, 0.8), floats("4, 2", 1, 0, 1, 0, 0, 1, 0, 1)
	relative := saved(t, "x", npz(t, zip.Store, map[string][]byte{"signals": signals, "memberships": in, "population": floats("2, 2", 0.5, 0.5, 0.4, 0.6)}))
	if _, err := Measure("membership", []string{relative}, Options{Attack: "online"}); err == nil {
		t.Error("LiRA on signals is no error")
	}
}
