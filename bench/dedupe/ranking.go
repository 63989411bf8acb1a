package dedupe

import "slices"

// ranking keeps the Best cases of all that are added.
type ranking struct {
	cases  [Best + 1]uint32
	scores [Best + 1]float64
	size   int
}

func (r *ranking) add(n uint32, score float64) {
	if r.size == Best && score <= r.scores[Best-1] {
		return
	}
	at := r.size
	for at > 0 && r.scores[at-1] < score {
		r.cases[at], r.scores[at] = r.cases[at-1], r.scores[at-1]
		at--
	}
	r.cases[at], r.scores[at] = n, score
	r.size = min(r.size+1, Best)
}

func (r *ranking) ids(names []string) []string {
	var ids []string
	for _, n := range r.cases[:r.size] {
		ids = append(ids, names[n])
	}
	return slices.Clip(ids)
}
