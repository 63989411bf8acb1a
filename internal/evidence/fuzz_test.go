package evidence

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// FuzzRows reads hostile tables of every format: no panic, no row beyond its columns, and every bad row
// names its place.
func FuzzRows(f *testing.F) {
	for _, name := range []string{"trials.jsonl", "theft.csv", "secrets.csv"} {
		text, err := os.ReadFile(example(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 600)])
	}
	f.Add([]byte("\xef\xbb\xbfcase\tsuccess\r\na\t1\r\n"))
	f.Add([]byte("case;success\n\"a\n;b;1\n"))
	f.Add([]byte(`{"case":[1,"a",{}],"success":1e999}`))
	var file bytes.Buffer
	type row struct {
		Case    string    `parquet:"case"`
		Success bool      `parquet:"success"`
		Vector  []float64 `parquet:"vector"`
	}
	if err := parquet.Write(&file, []row{{"a", true, []float64{1, 2}}, {"b", false, nil}}); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	r := &reading{}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
		for row, err := range rows("fuzz", in, trialTable.order, trialTable.known()) {
			if err == nil {
				_, err = r.trial(row)
				_ = row.List("case")
				_, _ = row.Vector("", "vector")
			}
			if line, bad := errors.AsType[*LineError](err); bad && (line.Line < 1 || line.What == "") {
				t.Fatalf("bad row without a place: %+v", line)
			}
		}
	})
}
