package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// savedTree writes the directories of a reference run: models by name, each with its files.
func savedTree(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// referenceRun is a tree of four models and three examples of two queries, each score naming its place.
func referenceRun() map[string][]byte {
	files := map[string][]byte{"y_train.npy": []byte("not read")}
	for model := range 4 {
		dir := fmt.Sprintf("experiment-%d_4/", model)
		var scores []float64
		for example := range 3 {
			for query := range 2 {
				scores = append(scores, float64(100*example+10*model+query))
			}
		}
		keep := []byte{byte(model % 2), 1 - byte(model%2), byte(model / 2)}
		files[dir+"keep.npy"] = npy(1, describe("|b1", false, "3,"), keep)
		files[dir+"scores/0000000005.npy"] = []byte("an earlier epoch")
		files[dir+"scores/0000000010.npy"] = npy(1, describe("<f8", false, "3, 2"), encode(binary.LittleEndian, scores))
	}
	return files
}

func TestReferenceTree(t *testing.T) {
	t.Parallel()
	shadows, err := ReadShadows(savedTree(t, referenceRun()))
	if err != nil {
		t.Fatal(err)
	}
	if shadows.Examples != 3 || shadows.Models != 4 || shadows.Queries != 2 || shadows.Target != 3 {
		t.Fatalf("got %d examples, %d models, %d queries, target %d", shadows.Examples, shadows.Models, shadows.Queries, shadows.Target)
	}
	scores, in := make([]float64, 8), make([]bool, 4)
	shadows.Scores(2, scores)
	shadows.In(2, in)
	if got, want := fmt.Sprint(scores, in), "[200 201 210 211 220 221 230 231] [false false true true]"; got != want {
		t.Errorf("example 2 is %s, want %s", got, want)
	}
}

// The digest of a tree is what sha256sum says of the list that sha256sum prints of its files.
func TestTreeHasADigest(t *testing.T) {
	t.Parallel()
	files := referenceRun()
	digestOf := func() string {
		t.Helper()
		report, err := Measure("membership", []string{savedTree(t, files)}, Options{Attack: "global"})
		if err != nil {
			t.Fatal(err)
		}
		return report.Source[0].Digest
	}
	var list strings.Builder
	for model := range 4 {
		for _, name := range []string{"keep.npy", "scores/0000000010.npy"} {
			path := fmt.Sprintf("experiment-%d_4/%s", model, name)
			fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(files[path]), path)
		}
	}
	before := digestOf()
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(list.String()))); before != want {
		t.Errorf("got %s, want %s", before, want)
	}
	files["experiment-0_4/scores/0000000005.npy"] = []byte("another earlier epoch, which is not evidence")
	if after := digestOf(); after != before {
		t.Errorf("what is not read changes the digest to %s", after)
	}
	files["experiment-2_4/keep.npy"][len(files["experiment-2_4/keep.npy"])-1] ^= 1
	if after := digestOf(); after == before {
		t.Error("another membership has the same digest")
	}
}

func TestProgressOfAttacks(t *testing.T) {
	t.Parallel()
	last := map[string][2]int64{}
	tell := func(what string, done, total int64) { last[what] = [2]int64{done, total} }
	dir := savedTree(t, referenceRun())
	if _, err := Measure("membership", []string{dir}, Options{Attack: "all", Target: "all", Progress: tell}); err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]int64{dir: 4, "attack online": 1, "attack offline-z-fixed": 2, "attack reference": 4} {
		if last[what] != [2]int64{want, want} {
			t.Errorf("%s ended with %v, want %d of %d", what, last[what], want, want)
		}
	}
}

func TestHostileTrees(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(files map[string][]byte)
		want   string
	}{
		"no models": {func(files map[string][]byte) { clear(files); files["a"] = nil }, "0 directories with a keep.npy"},
		"no scores": {func(files map[string][]byte) {
			delete(files, "experiment-1_4/scores/0000000005.npy")
			delete(files, "experiment-1_4/scores/0000000010.npy")
		}, "no scores/*.npy"},
		"other shape": {func(files map[string][]byte) {
			files["experiment-2_4/scores/0000000010.npy"] = npy(1, describe("|u1", false, "3,"), make([]byte, 3))
		}, "but that of the first model's scores [3 2]"},
		"other length": {func(files map[string][]byte) {
			files["experiment-2_4/keep.npy"] = npy(1, describe("|b1", false, "2,"), make([]byte, 2))
		}, "one value for each of the 3 examples"},
		"torn": {func(files map[string][]byte) {
			files["experiment-3_4/scores/0000000010.npy"] = files["experiment-3_4/scores/0000000010.npy"][:100]
		}, "cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := referenceRun()
			c.change(files)
			dir := savedTree(t, files)
			if _, err := ReadShadows(dir); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want an error with the directory and %q", err, c.want)
			}
		})
	}
}

func TestTreeStaysInItsDirectory(t *testing.T) {
	t.Parallel()
	files := referenceRun()
	outside := savedTree(t, map[string][]byte{"keep.npy": files["experiment-0_4/keep.npy"]})
	delete(files, "experiment-0_4/keep.npy")
	dir := savedTree(t, files)
	if err := os.Symlink(filepath.Join(outside, "keep.npy"), filepath.Join(dir, "experiment-0_4", "keep.npy")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadShadows(dir); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("a link out of the evidence is followed: %v", err)
	}
}
