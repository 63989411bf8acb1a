package bar_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bugbar/bar"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	from := load(t)
	to := load(t,
		edit{"tables/lock.csv", "DOOR-LOCK-1,no-key,flat|hall,later", "DOOR-LOCK-1,no-key,flat,later"},
		edit{"tables/lock.csv", "DOOR-LOCK-2,no-key,street,urgent", "DOOR-LOCK-2,no-key,hall|street,urgent"},
		edit{"tables/kind.csv", "DOOR-OTHER-1,other,no-fault", "DOOR-OTHER-1,other,later"},
		edit{"tables/kind.csv", "Windows are not looked at.", "We do not look at windows."},
		edit{"points/reach.yaml", "Stand there and try.", "Go and try."},
		edit{"points/kind.yaml", "id: window", "id: pane"},
		edit{"bar.yaml", "value: window", "value: pane"},
		edit{"tables/kind.csv", ",window,", ",pane,"},
		edit{"cuts.yaml", "0.5", "0.9"},
		edit{"tables/kind.csv", ",lock,,lock,,", ",lock,,key,,"},
		edit{"tables/key.csv", "", "row,key,outcome,table,section,text\n,*,,lock,,\n"},
		edit{"bar.yaml", "[kind, reach, key]", "[reach, kind, key]"},
		edit{"bar.yaml", "title: Door bar", "title: Doors"},
		edit{"bar.yaml", "discretion: {row: DOOR-OTHER-1, section: doors, text: The landlord decides.}", ""},
		edit{"bar.yaml", "  - {id: no-fault", "  - {id: never, name: Never, text: Not once.}\n  - {id: no-fault"},
	)
	var got []string
	for _, c := range bar.Diff(from, to) {
		got = append(got, c.String())
	}
	want := []string{
		"bar title changed in its wording",
		"decision point reach changed in its wording",
		"decision point: the order changed from kind, reach, key to reach, kind, key",
		"value kind=window removed",
		"value kind=pane added",
		"outcome never added",
		"table key added",
		"row DOOR-WINDOW-1 changed from kind=window to kind=pane",
		"row DOOR-OTHER-1 changed from no-fault to later",
		"row DOOR-LOCK-1 changed from key=no-key reach=flat|hall to key=no-key reach=flat",
		"row DOOR-LOCK-2 changed from key=no-key reach=street to key=no-key reach=hall|street",
		"routing row kind: kind=lock changed from lock to key",
		"routing row key: * added",
		"discretion removed",
		"notice changed in its wording",
		"cut picking changed in its wording",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if changes := bar.Diff(from, load(t)); changes != nil {
		t.Errorf("a bar differs from itself: %v", changes)
	}
}

// TestDiffSeesAll changes every single field of a bar, down to the last text: none may change
// unseen.
func TestDiffSeesAll(t *testing.T) {
	t.Parallel()
	from, to := load(t, full...), load(t, full...)
	fields := 0
	check := func(where string) {
		fields++
		if len(bar.Diff(from, to)) == 0 {
			t.Errorf("a change of %s goes unseen", where)
		}
	}
	v := reflect.ValueOf(to).Elem()
	for i := range v.NumField() {
		switch f := v.Type().Field(i); f.Name {
		case "ID", "Edition": // they name the bars that are compared
		case "Overrides", "Base": // what they change shows in the rows
		default:
			if f.IsExported() {
				each(f.Name, v.Field(i), check)
			}
		}
	}
	if changes := bar.Diff(from, to); changes != nil || fields < 200 {
		t.Errorf("%d fields, and in the end %v", fields, changes)
	}
}

// full gives the door bar what it lacks.
var full = []edit{
	{"bar.yaml", "discretion:", "referral: {row: DOOR-OTHER-1, bar: gates, section: doors, text: The gate keeper.}\ndiscretion:"},
	{"points/reach.yaml", "text: From the hall.", "text: From the hall., example: E, section: doors, references: [R]"},
	{"cuts.yaml", "at_least: 0.5}]", "at_least: 0.5}, {any: [{metric: rate, above: 0.5}]}]"},
}

// each changes one part after the other, tells of it, and puts it back.
func each(where string, v reflect.Value, changed func(where string)) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			each(where, v.Elem(), changed)
		}
		v.SetZero()
		if old.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		changed(where)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				each(where+"."+f.Name, v.Field(i), changed)
			}
		}
		return
	case reflect.Slice:
		for i := range v.Len() {
			each(where+"[]", reflect.Indirect(v.Index(i)), changed)
		}
		v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
		if v.Type().Elem().Kind() == reflect.Pointer {
			v.Index(v.Len() - 1).Set(reflect.New(v.Type().Elem().Elem()))
		}
		changed(where + " longer")
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("other"), reflect.New(v.Type().Elem()).Elem())
		changed(where)
	case reflect.String:
		v.SetString(v.String() + "x")
		changed(where)
	case reflect.Bool:
		v.SetBool(!v.Bool())
		changed(where)
	case reflect.Int:
		v.SetInt(v.Int() + 7)
		changed(where)
	case reflect.Float64:
		v.SetFloat(v.Float() + 7)
		changed(where)
	default:
		panic(where + ": a kind of field that this test does not know: " + v.Kind().String())
	}
	v.Set(old)
}
