package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// npy writes an array file of the given version with any header and body.
func npy(version byte, header string, body []byte) []byte {
	file := append([]byte(magic), version, 0)
	if version == 1 {
		file = binary.LittleEndian.AppendUint16(file, uint16(len(header)))
	} else {
		file = binary.LittleEndian.AppendUint32(file, uint32(len(header)))
	}
	return append(append(file, header...), body...)
}

func describe(descr string, fortran bool, shape string) string {
	order := map[bool]string{true: "True", false: "False"}[fortran]
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n", descr, order, shape)
}

// encode writes numbers in their own type and byte order.
func encode(order binary.ByteOrder, values any) []byte {
	var body bytes.Buffer
	if err := binary.Write(&body, order, values); err != nil {
		panic(err)
	}
	return body.Bytes()
}

func saved(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func loaded(t *testing.T, path, name string) *Array {
	t.Helper()
	arrays, err := OpenArrays(path)
	if err != nil {
		t.Fatal(err)
	}
	defer arrays.Close()
	array, err := arrays.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return array
}

func TestElementTypes(t *testing.T) {
	t.Parallel()
	little, big := binary.LittleEndian, binary.BigEndian
	for _, c := range []struct {
		descr string
		body  []byte
		want  []float64
	}{
		{"<f8", encode(little, []float64{1.5, -2}), []float64{1.5, -2}},
		{">f8", encode(big, []float64{1.5, math.Inf(-1)}), []float64{1.5, math.Inf(-1)}},
		{"<f4", encode(little, []float32{0.1, -2}), []float64{float64(float32(0.1)), -2}},
		{">f4", encode(big, []float32{0.25, 7}), []float64{0.25, 7}},
		// one half-precision number of each sort: normal, subnormal, both infinities
		{"<f2", encode(little, []uint16{0x3555, 0x0001, 0x7c00, 0xfc00}), []float64{0.333251953125, 5.960464477539063e-08, math.Inf(1), math.Inf(-1)}},
		{">f2", encode(big, []uint16{0xc000, 0x7bff}), []float64{-2, 65504}},
		{"|i1", encode(little, []int8{-1, 127}), []float64{-1, 127}},
		{"<i2", encode(little, []int16{-300, 5}), []float64{-300, 5}},
		{">i4", encode(big, []int32{-70000, 5}), []float64{-70000, 5}},
		{"<i8", encode(little, []int64{-1 << 40, 5}), []float64{-1 << 40, 5}},
		{"|u1", encode(little, []uint8{255, 0}), []float64{255, 0}},
		{">u2", encode(big, []uint16{65535, 1}), []float64{65535, 1}},
		{"<u4", encode(little, []uint32{1 << 31, 1}), []float64{1 << 31, 1}},
		{"<u8", encode(little, []uint64{1 << 50, 1}), []float64{1 << 50, 1}},
		{"|b1", []byte{1, 0, 1}, []float64{1, 0, 1}},
	} {
		t.Run(c.descr, func(t *testing.T) {
			t.Parallel()
			header := describe(c.descr, false, fmt.Sprintf("%d,", len(c.want)))
			for version := byte(1); version <= 3; version++ {
				array := loaded(t, saved(t, "a.npy", npy(version, header, c.body)), "")
				if got := array.Floats(); !slices.Equal(got, c.want) {
					t.Errorf("version %d: got %v, want %v", version, got, c.want)
				}
			}
		})
	}
}

func TestHalfPrecisionNaN(t *testing.T) {
	t.Parallel()
	if got := halfToFloat(0x7e00); !math.IsNaN(got) {
		t.Errorf("got %g", got)
	}
}

func TestFortranOrder(t *testing.T) {
	t.Parallel()
	// The array [[[0 1] [2 3] [4 5]] [[6 7] [8 9] [10 11]]], first axis fastest.
	body := encode(binary.LittleEndian, []float32{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11})
	array := loaded(t, saved(t, "a.npy", npy(1, describe("<f4", true, "2, 3, 2"), body)), "")
	row := make([]float64, 6)
	for i, want := range [][]float64{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}} {
		if array.Row(i, row); !slices.Equal(row, want) {
			t.Errorf("row %d is %v, want %v", i, row, want)
		}
	}
}

func TestScalar(t *testing.T) {
	t.Parallel()
	array := loaded(t, saved(t, "a.npy", npy(1, describe("<i8", false, ""), encode(binary.LittleEndian, int64(7)))), "")
	if got := array.Floats(); !slices.Equal(got, []float64{7}) {
		t.Errorf("got %v", got)
	}
}

func TestAttack12HostileArrays(t *testing.T) {
	t.Parallel()
	two := encode(binary.LittleEndian, []float64{1, 2})
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":          {nil, "neither an npy array nor a readable npz archive"},
		"text":           {[]byte("score,member\n"), "neither an npy array nor a readable npz archive"},
		"magic alone":    {[]byte(magic), "cut off"},
		"version":        {npy(9, describe("<f8", false, "2,"), two), "npy version 9"},
		"long header":    {append([]byte(magic), 2, 0, 255, 255, 255, 255), "an npy header of 4294967295 bytes"},
		"header cut off": {npy(1, describe("<f8", false, "2,"), two)[:30], "cut off"},
		"no dictionary":  {npy(1, "__import__('os')", two), "without descr"},
		"pickle":         {npy(1, describe("|O", false, "2,"), two), "pickled Python objects"},
		"structured":     {npy(1, "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }", two), "structured array"},
		"complex":        {npy(1, describe("<c16", false, "1,"), two), "elements of type"},
		"negative":       {npy(1, describe("<f8", false, "-2,"), two), "without descr"},
		"nothing":        {npy(1, describe("<f8", false, "0,"), nil), "holds nothing"},
		"many axes":      {npy(1, describe("<f8", false, "1,1,1,1,1,1,1,1,1"), two), "9 dimensions"},
		"2^60 elements":  {npy(1, describe("<f8", false, "1152921504606846976,"), two), "more elements than any file holds"},
		"2^40 elements":  {npy(1, describe("<f8", false, "1099511627776,"), two), "more than the file can hold"},
		"overflow":       {npy(1, describe("<f8", false, "4294967296, 4294967296"), two), "more elements than any file holds"},
		"huge number":    {npy(1, describe("<f8", false, "99999999999999999999,"), two), "a shape of"},
		"one too many":   {npy(1, describe("<f8", false, "3,"), two), "cut off before the 24 bytes"},
		"one too few":    {npy(1, describe("<f8", false, "1,"), two), "beyond the 8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, saved(t, "hostile.npy", c.file), c.want)
		})
	}
}

// refused makes sure that reading any array of a file fails, naming the file and the reason.
func refused(t *testing.T, path, want string) {
	t.Helper()
	arrays, err := OpenArrays(path)
	if err == nil {
		defer arrays.Close()
		for _, name := range arrays.Names() {
			if _, err = arrays.Load(name); err != nil {
				break
			}
		}
	}
	if err == nil || !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error with the path and %q", err, want)
	}
}

// npz packs arrays into an archive.
func npz(t *testing.T, method uint16, arrays map[string][]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	for name, data := range arrays {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestArchives(t *testing.T) {
	t.Parallel()
	arrays := map[string][]byte{
		"scores": npy(1, describe("<f8", false, "4,"), encode(binary.LittleEndian, []float64{4, 3, 2, 1})),
		"member": npy(1, describe("|b1", false, "4,"), []byte{1, 0, 1, 0}),
	}
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		file := npz(t, method, arrays)
		path := saved(t, "scores.npz", file)
		scores, err := ReadScores(path)
		if err != nil {
			t.Fatal(err)
		}
		roc, err := scores.ROC()
		if err != nil {
			t.Fatal(err)
		}
		if got := roc.AUC().Value; got != 0.75 {
			t.Errorf("method %d: AUC %g, want 0.75", method, got)
		}
		for _, length := range []int{10, len(file) / 2, len(file) - 1} {
			if _, err := ReadScores(saved(t, "cut.npz", file[:length])); !errors.Is(err, ErrFormat) {
				t.Errorf("method %d, cut off at %d: got %v", method, length, err)
			}
		}
		damaged := bytes.Replace(file, encode(binary.LittleEndian, 4.0), encode(binary.LittleEndian, 5.0), 1)
		if method == zip.Store {
			refused(t, saved(t, "damaged.npz", damaged), "checksum")
		}
	}
}

func TestAttack18ArchiveBombs(t *testing.T) {
	t.Parallel()
	zeros := npy(1, describe("|u1", false, "104857600,"), make([]byte, 100<<20))
	refused(t, saved(t, "bomb.npz", npz(t, zip.Deflate, map[string][]byte{"scores": zeros})), "at most 200-fold is unpacked")
	claim := npy(1, describe("<f8", false, "1152921504606846975,"), nil)
	refused(t, saved(t, "claim.npz", npz(t, zip.Deflate, map[string][]byte{"scores": claim})), "more")
}

func TestMismatchedShapes(t *testing.T) {
	t.Parallel()
	numbers := func(shape string, n int) []byte {
		return npy(1, describe("|u1", false, shape), make([]byte, n))
	}
	for name, c := range map[string]struct {
		arrays map[string][]byte
		read   func(path string) error
		want   string
	}{
		"mixed lengths":  {map[string][]byte{"scores": numbers("3,", 3), "member": numbers("2,", 2)}, readingScores, "but that of the scores [3]"},
		"no member":      {map[string][]byte{"scores": numbers("3,", 3)}, readingScores, "it has scores"},
		"score and loss": {map[string][]byte{"scores": numbers("3,", 3), "loss": numbers("3,", 3), "member": numbers("3,", 3)}, readingScores, "2 arrays named one of"},
		"transposed":     {map[string][]byte{"scores": numbers("2, 3", 6), "keep": numbers("2, 3", 6)}, readingShadows, "transpose the arrays"},
		"keep":           {map[string][]byte{"scores": numbers("3, 2", 6), "keep": numbers("3, 1", 3)}, readingShadows, "but keep of [3 1]"},
		"target":         {map[string][]byte{"scores": numbers("3, 2", 6), "keep": numbers("3, 2", 6), "target": npy(1, describe("|u1", false, ""), []byte{2})}, readingShadows, "one number from 0 to 1"},
		"truth":          {map[string][]byte{"scores": numbers("3, 2", 6), "keep": npy(1, describe("|u1", false, "3, 2"), []byte{0, 1, 2, 0, 1, 0})}, readingShadows, "only 0 and 1 are truth values"},
		"population":     {map[string][]byte{"signals": numbers("3, 2", 6), "memberships": numbers("3, 2", 6), "population": numbers("3, 1", 3)}, readingRMIA, "(points, 2 models)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := saved(t, "a.npz", npz(t, zip.Store, c.arrays))
			if err := c.read(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want an error with the path and %q", err, c.want)
			}
		})
	}
}

func readingScores(path string) error {
	_, err := ReadScores(path)
	return err
}

func readingShadows(path string) error {
	_, err := ReadShadows(path)
	return err
}

func readingRMIA(path string) error {
	_, err := ReadRMIA(path)
	return err
}

// FuzzArrays reads hostile npy and npz files: no panic, and no more memory than the file can bear out.
func FuzzArrays(f *testing.F) {
	scores := npy(1, describe("<f4", false, "2, 2"), encode(binary.LittleEndian, []float32{4, 3, 2, 1}))
	keep := npy(1, describe("|b1", true, "2, 2"), []byte{1, 0, 0, 1})
	f.Add(scores)
	f.Add(keep)
	f.Add(npy(3, describe(">f2", false, "2,"), []byte{0, 60, 0, 60}))
	f.Add(npy(2, describe("<f8", false, "1152921504606846976,"), nil))
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		var file bytes.Buffer
		archive := zip.NewWriter(&file)
		for name, data := range map[string][]byte{"scores": scores, "keep": keep, "member": keep, "signals": scores, "memberships": keep, "population": scores} {
			w, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: method})
			if err != nil {
				f.Fatal(err)
			}
			if _, err := w.Write(data); err != nil {
				f.Fatal(err)
			}
		}
		if err := archive.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := saved(t, "fuzz", data)
		_ = readingScores(path)
		if shadows, err := ReadShadows(path); err == nil && shadows.Examples*shadows.Models*shadows.Queries > len(data)*deflateRatio {
			t.Fatalf("%d examples under %d models from %d bytes", shadows.Examples, shadows.Models, len(data))
		}
		if attack, err := ReadRMIA(path); err == nil {
			attack.A, attack.Gamma = 0.3, 1
			_, _ = attack.Scores()
		}
		arrays, err := OpenArrays(path)
		if err != nil {
			return
		}
		defer arrays.Close()
		for _, name := range arrays.Names() {
			if array, err := arrays.Load(name); err == nil && len(array.Floats())*array.size > len(data)*deflateRatio {
				t.Fatalf("array %q of %d bytes from %d", name, len(array.raw), len(data))
			}
		}
	})
}
