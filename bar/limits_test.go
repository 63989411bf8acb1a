package bar_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"bugbar/bar"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		edit edit
		want string
	}{
		{"file", edit{"bar.yaml", "", strings.Repeat("#", 1<<20+1)}, "bar.yaml: larger than 1048576 bytes"},
		{"values", edit{"points/reach.yaml", "  - {id: flat,", manyValues(70) + "  - {id: flat,"}, "points/reach.yaml:7: 73 values"},
		{"rows", edit{"tables/lock.csv", "", "row,key,outcome,table,section,text\n" + strings.Repeat("X,*,later,,doors,x\n", 5000)}, "tables/lock.csv: more than 1024 rows"},
		{"aliases", edit{"bar.yaml", "", bomb()}, "bar.yaml:2: field kb not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := bar.Load(door(t, test.edit), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %s\ngot  %v", test.want, err)
			}
		})
	}
}

func TestTooManyTables(t *testing.T) {
	t.Parallel()
	files := door(t)
	for i := range 200 {
		files[fmt.Sprintf("tables/t%d.csv", i)] = &fstest.MapFile{Data: []byte("row,key,outcome,table,section,text\n")}
	}
	if _, err := bar.Load(files, nil); err == nil || !strings.Contains(err.Error(), "tables: 202 tables") {
		t.Error(err)
	}
}

// TestTooManyPaths has tables that each lead to the next by every value: the ways multiply.
func TestTooManyPaths(t *testing.T) {
	t.Parallel()
	ids := []string{"kind", "reach", "key"}
	edits := []edit{{"tables/lock.csv", "no-fault,,doors", ",p0,doors"}}
	files := door(t)
	for i := range 4 {
		id := fmt.Sprintf("p%d", i)
		ids = append(ids, id)
		table := "row," + id + ",outcome,table,section,text\n"
		for v := range 10 {
			next := fmt.Sprintf(",p%d", i+1)
			row := ""
			if i == 3 {
				next, row = "later,", fmt.Sprintf("DOOR-P-%d", v)
			}
			table += fmt.Sprintf("%s,v%d,%s,doors,x\n", row, v, next)
		}
		files["tables/"+id+".csv"] = &fstest.MapFile{Data: []byte(table)}
		files["points/"+id+".yaml"] = &fstest.MapFile{Data: []byte("id: " + id + "\nvalues:\n" + manyValues(10))}
	}
	edits = append(edits, edit{"bar.yaml", "[kind, reach, key]", "[" + strings.Join(ids, ", ") + "]"})
	for _, e := range edits {
		e.apply(t, files)
	}
	_, err := bar.Load(files, nil)
	if err == nil || !strings.Contains(err.Error(), "more than 4096 ways through the tables") {
		t.Error(err)
	}
}

// TestManyWays has 32 tables that each lead to the next by two values. Only a walk that stops at
// its limit ends.
func TestManyWays(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	ids := make([]string, 32)
	for i := range ids {
		ids[i] = fmt.Sprintf("p%d", i)
		ends := fmt.Sprintf(",v0,,p%d,,\n,v1,,p%d,,\n", i+1, i+1)
		if i == len(ids)-1 {
			ends = "DOOR-0,v0,later,,doors,x\nDOOR-1,v1,urgent,,doors,x\n"
		}
		files["tables/"+ids[i]+".csv"] = &fstest.MapFile{Data: []byte("row," + ids[i] + ",outcome,table,section,text\n" + ends)}
		files["points/"+ids[i]+".yaml"] = &fstest.MapFile{Data: []byte("id: " + ids[i] + "\nvalues:\n" + manyValues(2))}
	}
	files["bar.yaml"] = &fstest.MapFile{Data: []byte("id: ways\nedition: '1'\nprefix: DOOR\nentry: p0\npoints: [" + strings.Join(ids, ", ") +
		"]\noutcomes: [{id: urgent}, {id: later}]\n")}
	_, err := bar.Load(files, nil)
	if err == nil || err.Error() != "tables/p31.csv: more than 4096 ways through the tables" {
		t.Error(err)
	}
}

// TestNotRegular has a pipe, which would wait for a writer, where a file is expected.
func TestNotRegular(t *testing.T) {
	t.Parallel()
	files := door(t)
	files["cuts.yaml"].Mode = fs.ModeNamedPipe
	if _, err := bar.Load(files, nil); err == nil || err.Error() != "cuts.yaml: is not a regular file" {
		t.Error(err)
	}
}

func manyValues(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "  - {id: v%d, name: V, text: V}\n", i)
	}
	return text.String()
}

// bomb is a YAML document whose aliases would expand to a billion items.
func bomb() string {
	text := "title: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'l'; i++ {
		text += fmt.Sprintf("k%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	return text
}

// TestTooManyCells has one table over points whose values multiply past the limit.
func TestTooManyCells(t *testing.T) {
	t.Parallel()
	files := door(t,
		edit{"bar.yaml", "[kind, reach, key]", "[kind, reach, key, a, b, c]"},
		edit{"tables/lock.csv", "", "row,a,b,c,outcome,table,section,text\nDOOR-LOCK-1,*,*,*,later,,doors,x\n"})
	for _, id := range []string{"a", "b", "c"} {
		files["points/"+id+".yaml"] = &fstest.MapFile{Data: []byte("id: " + id + "\nvalues:\n" + manyValues(60))}
	}
	_, err := bar.Load(files, nil)
	if err == nil || !strings.Contains(err.Error(), "tables/lock.csv: more than 65536 combinations of inputs in all tables") {
		t.Error(err)
	}
}
