package bar

// lookup finds a value's number by its name. Values of a point mostly differ in length, so a
// bucket for each length leaves one comparison or two, which beats a hash.
type lookup struct {
	byLength [][]named
}

type named struct {
	name string
	code int
}

func newLookup(values []Value) lookup {
	var l lookup
	for i, v := range values {
		for len(l.byLength) <= len(v.ID) {
			l.byLength = append(l.byLength, nil)
		}
		l.byLength[len(v.ID)] = append(l.byLength[len(v.ID)], named{v.ID, i})
	}
	return l
}

// find returns the value's number, or -1.
func (l *lookup) find(name string) int {
	if len(name) >= len(l.byLength) {
		return -1
	}
	for _, n := range l.byLength[len(name)] {
		if n.name == name {
			return n.code
		}
	}
	return -1
}
