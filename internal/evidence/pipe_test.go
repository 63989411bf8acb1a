//go:build unix

package evidence

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe in the place of evidence must not be waited for.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	t.Parallel()
	dir := savedTree(t, referenceRun())
	pipe := filepath.Join(dir, "experiment-2_4", "keep.npy")
	if err := errors.Join(os.Remove(pipe), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, evidence := range []string{dir, pipe} {
		if _, err := Measure("membership", []string{evidence}, Options{}); err == nil || !strings.Contains(err.Error(), "keep.npy: invalid evidence: not a regular file") {
			t.Errorf("%s: got %v", evidence, err)
		}
	}
}
