package measure

// arm collects the attempts of one arm by case, cases in order of appearance.
type arm struct {
	names []string
	cases Clusters
	index map[string]int
}

func (a *arm) add(name string, success bool) {
	i, seen := a.index[name]
	if !seen || name == "" {
		i = len(a.cases)
		a.names, a.cases = append(a.names, name), append(a.cases, Tally{})
		a.index[name] = i
	}
	a.cases[i].Attempts++
	if success {
		a.cases[i].Successes++
	}
}

// arms sorts rows into the attack and its control.
func arms[R any](rows []R, of func(R) (name string, control, success bool)) (attack, control arm) {
	attack.index, control.index = map[string]int{}, map[string]int{}
	for _, row := range rows {
		name, isControl, success := of(row)
		if isControl {
			control.add(name, success)
		} else {
			attack.add(name, success)
		}
	}
	return attack, control
}

// addArms adds the rate of an attack, that of its control arm when there is one, and their difference;
// at, for instance "@near", tells several criteria of success apart.
func (r *Result) addArms(at string, attack, control Clusters) {
	a, c := attack.Total(), control.Total()
	r.Metrics["rate"+at] = exact(a.Successes, a.Attempts)
	r.Metrics["rate_wilson"+at] = score(a.Successes, a.Attempts)
	if c.Attempts == 0 {
		return
	}
	r.Metrics["control_rate"+at] = exact(c.Successes, c.Attempts)
	r.Metrics["rate_minus_control"+at] = difference(attack, control)
	r.Metrics["rate_minus_control_p"+at] = fisher(attack, control)
}

// repeated tells whether some case has several attempts.
func (c Clusters) repeated() bool { return c.Total().Attempts > len(c) }

// difference is the rate of the first arm less that of the second.
func difference(first, second Clusters) Metric {
	a, b := first.Total(), second.Total()
	interval := Newcombe(a.Successes, a.Attempts, b.Successes, b.Attempts, Level)
	if first.repeated() || second.repeated() {
		interval = NewcombeClustered(first, second, Level)
	}
	return within(share(a.Successes, a.Attempts)-share(b.Successes, b.Attempts), a.Attempts+b.Attempts, interval)
}

// fisher is the p value of Fisher's test that the first arm has no higher rate. Where cases repeat it
// compares cases with any success, since attempts of one case are not independent.
func fisher(first, second Clusters) Metric {
	if first.repeated() || second.repeated() {
		greater, _ := FisherExact(first.AnyOf(), len(first), second.AnyOf(), len(second))
		return bare(greater, len(first)+len(second), "fisher-exact-one-sided-any-of-case")
	}
	a, b := first.Total(), second.Total()
	greater, _ := FisherExact(a.Successes, a.Attempts, b.Successes, b.Attempts)
	return bare(greater, a.Attempts+b.Attempts, "fisher-exact-one-sided")
}

// twoSidedFisher is the p value of Fisher's test that both arms have the same rate, over cases as fisher.
func twoSidedFisher(first, second Clusters) Metric {
	a, b, method := first.Total(), second.Total(), "fisher-exact"
	if first.repeated() || second.repeated() {
		a, b = Tally{first.AnyOf(), len(first)}, Tally{second.AnyOf(), len(second)}
		method += "-any-of-case"
	}
	_, p := FisherExact(a.Successes, a.Attempts, b.Successes, b.Attempts)
	return bare(p, a.Attempts+b.Attempts, method)
}
