package evidence

import (
	"archive/zip"
	"encoding/binary"
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
}
