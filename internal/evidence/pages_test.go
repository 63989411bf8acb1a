package evidence

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	pqformat "github.com/parquet-go/parquet-go/format"
)

// Pages in every encoding and compression that is read.
func TestPages(t *testing.T) {
	t.Parallel()
	type row struct {
		Plain  string    `parquet:"plain,plain"`
		Named  string    `parquet:"named,dict,optional"`
		Delta  int64     `parquet:"delta,delta"`
		Length string    `parquet:"length"`
		Split  float64   `parquet:"split,split"`
		Truth  bool      `parquet:"truth"`
		List   []float32 `parquet:"list,list"`
	}
	var rows []row
	for i := range 3000 {
		r := row{"a", strings.Repeat("b", i%3), int64(i * i), strings.Repeat("c", i%7), float64(i), i%2 == 0, nil}
		for j := range i % 4 {
			r.List = append(r.List, float32(j))
		}
		rows = append(rows, r)
	}
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Zstd} {
		for version := 1; version <= 2; version++ {
			var file bytes.Buffer
			if err := parquet.Write(&file, rows, parquet.Compression(codec), parquet.DataPageVersion(version), parquet.PageBufferSize(1000)); err != nil {
				t.Fatal(err)
			}
			got, err := readAll(file.Bytes())
			if err != nil || len(got) != len(rows) || got[1799] != "a,bb,3236401,,1799,false,[0,1,2]" {
				t.Errorf("%s, version %d: %d rows, error %v", codec, version, len(got), err)
			}
		}
	}
}

// readAll gives the rows of a Parquet file, their cells parted by commas.
func readAll(file []byte) (all []string, err error) {
	in := io.NewSectionReader(bytes.NewReader(file), 0, int64(len(file)))
	parquetRows("file", in, func(row Row, e error) bool {
		if err = e; err == nil {
			all = append(all, strings.Join(row.cells, ","))
		}
		return err == nil
	})
	return all, err
}

// A page's header, the packed bytes and the runs in them may claim no more than there is.
func TestHostilePages(t *testing.T) {
	t.Parallel()
	for want, forge := range map[string]func(*pqformat.PageHeader){
		"claims bytes that are not there": func(h *pqformat.PageHeader) { h.CompressedPageSize = math.MaxInt32 },
		"at most 536870912 bytes":         func(h *pqformat.PageHeader) { h.UncompressedPageSize = 1 << 30 },
		"more than the 64 bytes":          func(h *pqformat.PageHeader) { h.UncompressedPageSize = 64 },
		"and 2147483647 values":           func(h *pqformat.PageHeader) { h.DataPageHeader.V.NumValues = math.MaxInt32 },
		"more than 10000000 rows":         func(h *pqformat.PageHeader) { h.DataPageHeader.V.NumValues = 2e7 },
		"DELTA_BYTE_ARRAY":                func(h *pqformat.PageHeader) { h.DataPageHeader.V.Encoding = pqformat.DeltaByteArray },
		"differences in a page of":        func(h *pqformat.PageHeader) { h.DataPageHeader.V.Encoding = pqformat.DeltaBinaryPacked },
	} {
		if _, err := readAll(forged(t, forge)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// forged is a Parquet file of one packed column, with the header of its first page changed.
func forged(t *testing.T, forge func(*pqformat.PageHeader)) []byte {
	t.Helper()
	type row struct {
		Text string `parquet:"text,plain,zstd"`
	}
	var file bytes.Buffer
	if err := parquet.Write(&file, []row{{strings.Repeat("a", 2<<16)}}, parquet.DataPageVersion(1)); err != nil {
		t.Fatal(err)
	}
	raw := file.Bytes()
	opened, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	start := opened.Metadata().RowGroups[0].Columns[0].MetaData.DataPageOffset
	walk := thriftWalk{rest: raw[start:]}
	walk.structure(0)
	body := walk.rest
	var header pqformat.PageHeader
	if err := thrift.Unmarshal(&thrift.CompactProtocol{}, raw[start:len(raw)-len(body)], &header); err != nil {
		t.Fatal(err)
	}
	forge(&header)
	changed, err := thrift.Marshal(&thrift.CompactProtocol{}, &header)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(raw[:start], changed, body)
}

func TestRuns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		runs []byte
		want string
	}{
		"five times one value":            {[]byte{5 << 1, 7}, ""},
		"eight values":                    {[]byte{1<<1 | 1, 1, 2, 3}, ""},
		"two thousand million times":      {[]byte{0xfe, 0xff, 0xff, 0xff, 0x0f, 7}, "a run of 2147483647 values in a page of 10"},
		"many runs, each of a few values": {bytes.Repeat([]byte{0xc8, 0x01, 7}, 1000), "values in a page of 10"},
		"groups that are cut off":         {[]byte{2<<1 | 1, 1, 2, 3}, "cut off"},
	} {
		err := countRuns(c.runs, 3, 10)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if err := countDeltas([]byte{0x80, 0x01, 0x04, 0xff, 0xff, 0xff, 0xff, 0x07}, 10); err == nil {
		t.Error("two thousand million differences are no error")
	}
	if err := countDeltas([]byte{0x80, 0x01}, 10); !errors.Is(err, errCutPage) {
		t.Errorf("cut differences: %v", err)
	}
}
