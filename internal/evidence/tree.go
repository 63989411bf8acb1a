package evidence

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"bugbar/measure"
)

const maxModels = 4096

// readTree reads the directory tree of the code of Carlini et al. 2022: for each model a directory with
// keep.npy (examples) and scores/EPOCH.npy (examples, queries), of which the last epoch counts. Models
// are in the order of their names, and the last one is the target, as in plot.py. The digest is that of the
// list that sha256sum prints of the files that were read, in the order of their paths.
func readTree(dir string, tell func(done, total int64)) (*Shadows, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	keeps, err := fs.Glob(root.FS(), "*/keep.npy")
	if err != nil {
		return nil, err
	}
	if len(keeps) < 2 || len(keeps) > maxModels {
		return nil, fmt.Errorf("%s: %w", dir, invalid("%d directories with a keep.npy; 2 to %d are needed", len(keeps), maxModels))
	}
	slices.Sort(keeps)
	tree := &tree{}
	for i, keep := range keeps {
		if err := tree.add(root, dir, path.Dir(keep)); err != nil {
			return nil, err
		}
		tell(int64(i+1), int64(len(keeps)))
	}
	return tree.shadows(), nil
}

// tree holds the arrays of each model.
type tree struct {
	keeps, scores []*Array
	files         []treeFile
}

// treeFile is a file that was read, by its path below the directory.
type treeFile struct{ path, digest string }

func (t *tree) add(root *os.Root, dir, model string) error {
	epochs, err := fs.Glob(root.FS(), model+"/scores/*.npy")
	if err != nil || len(epochs) == 0 {
		return fmt.Errorf("%s/%s: %w", dir, model, invalid("no scores/*.npy"))
	}
	keep, err := t.load(root, dir, model+"/keep.npy")
	if err != nil {
		return err
	}
	scores, err := t.load(root, dir, slices.Max(epochs))
	if err != nil {
		return err
	}
	t.keeps, t.scores = append(t.keeps, keep), append(t.scores, scores)
	return t.check(keep, scores)
}

// check makes sure that a model's arrays agree with each other and with the first model's.
func (t *tree) check(keep, scores *Array) error {
	switch first := t.scores[0]; {
	case !slices.Equal(scores.shape, first.shape):
		return fmt.Errorf("%s: %w", scores.name, invalid("its shape is %v, but that of the first model's scores %v", scores.shape, first.shape))
	case len(keep.shape) != 1 || keep.rows() != scores.rows():
		return fmt.Errorf("%s: %w", keep.name, invalid("its shape is %v; one value for each of the %d examples would do", keep.shape, scores.rows()))
	}
	return keep.checkTruth()
}

// load reads an array, and notes the digest of its file.
func (t *tree) load(root *os.Root, dir, name string) (*Array, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := checkRegular(path.Join(dir, name), info); err != nil {
		return nil, err
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	arrays, err := openArrays(path.Join(dir, name), file)
	if err != nil {
		return nil, err
	}
	defer arrays.Close()
	digest := startDigest(io.NewSectionReader(file, 0, arrays.size))
	array, err := arrays.Load("")
	sum := <-digest
	t.files = append(t.files, treeFile{name, sum.digest})
	return array, errors.Join(err, sum.err)
}

// digest is that of all files that were read.
func (t *tree) digest() string {
	slices.SortFunc(t.files, func(a, b treeFile) int { return cmp.Compare(a.path, b.path) })
	hash := sha256.New()
	for _, file := range t.files {
		fmt.Fprintf(hash, "%s  %s\n", strings.TrimPrefix(file.digest, digestPrefix), file.path)
	}
	return digestPrefix + hex.EncodeToString(hash.Sum(nil))
}

func (t *tree) shadows() *Shadows {
	models, queries := len(t.keeps), t.scores[0].rowLength()
	return &Shadows{
		Shadows: measure.Shadows{
			Examples: t.keeps[0].rows(), Models: models, Queries: queries,
			Scores: func(example int, into []float64) {
				for model, scores := range t.scores {
					scores.Row(example, into[model*queries:(model+1)*queries])
				}
			},
			In: func(example int, into []bool) {
				for model, keep := range t.keeps {
					keep.TruthRow(example, into[model:model+1])
				}
			},
		},
		Target: models - 1,
		digest: t.digest(),
	}
}
