package casebook

import (
	"strings"
	"testing"
)

func TestApart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 40)
	for name, tt := range map[string]struct {
		a, b         any
		wantA, wantB string
	}{
		"numbers":                     {int64(7), int64(8), "7", "8"},
		"short texts":                 {"open", "closed", "open", "closed"},
		"no text":                     {"", "closed", "", "closed"},
		"one goes on":                 {long, long + "!", "…" + strings.Repeat("é", 13), "…" + strings.Repeat("é", 13) + "!"},
		"late in long ones":           {long + "a", long + "b", "…" + strings.Repeat("é", 13) + "a", "…" + strings.Repeat("é", 13) + "b"},
		"not UTF-8":                   {long + "\xff", long + "\xfe", "…" + strings.Repeat("é", 13) + "\ufffd", "…" + strings.Repeat("é", 13) + "\ufffd"},
		"documents in another order":  {`{"title":"a","id":"1"}`, `{"id":"1","title":"b"}`, `{"id":"1","title":"a"}`, `{"id":"1","title":"b"}`},
		"documents of other spelling": {`{"id": 1}`, `{"id":1}`, `{"id": 1}`, `{"id":1}`},
		"nothing":                     {nil, int64(0), "<nil>", "0"},
	} {
		if a, b := apart(tt.a, tt.b); a != tt.wantA || b != tt.wantB {
			t.Errorf("%s: %s | %s, want %s | %s", name, a, b, tt.wantA, tt.wantB)
		}
	}
}
