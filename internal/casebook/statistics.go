package casebook

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"bugbar/internal/fault"
)

// statistic is one count of the dashboards.
type statistic struct {
	week      int64
	name, key string
}

// measure counts what the dashboards show, in the ledger's transaction.
func (b *Book) measure(ctx context.Context, tx *sql.Tx, events []Event) error {
	counts := map[statistic]int64{}
	cases := map[ID]*Case{}
	for _, e := range events {
		switch e.Kind {
		case Received{}.kind(), Clocks{}.kind(), Assessed{}.kind():
		default:
			continue
		}
		c, known := cases[e.Stream]
		if !known {
			var err error
			if c, err = loadIn(ctx, tx, e.Stream); err != nil {
				return err
			}
			cases[e.Stream] = c
		}
		if c == nil || c.Restricted() {
			continue
		}
		if err := count(ctx, tx, c, e, counts); err != nil {
			return err
		}
	}
	order := slices.SortedFunc(maps.Keys(counts), func(x, y statistic) int {
		return cmp.Or(cmp.Compare(x.week, y.week), cmp.Compare(x.name, y.name), cmp.Compare(x.key, y.key))
	})
	for _, s := range order {
		if _, err := tx.ExecContext(ctx, `INSERT INTO statistics (week, name, key, n) VALUES ($1, $2, $3, $4)
			ON CONFLICT (week, name, key) DO UPDATE SET n = statistics.n + excluded.n`, s.week, s.name, s.key, counts[s]); err != nil {
			return err
		}
	}
	return nil
}

// loadIn reads a case within a transaction; nil where there is none.
func loadIn(ctx context.Context, tx *sql.Tx, id ID) (*Case, error) {
	var doc string
	err := tx.QueryRowContext(ctx, "SELECT doc FROM cases WHERE id = $1", int64(id)).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeCase(doc)
}

// count adds what one event says.
func count(ctx context.Context, tx *sql.Tx, c *Case, e Event, counts map[statistic]int64) error {
	add := func(name, key string) { counts[statistic{WeekOf(e.Time()), name, key}]++ }
	p, err := caseKinds[e.Kind](e)
	if err != nil {
		return err
	}
	switch p := p.(type) {
	case Received:
		add("arrived", p.Source)
	case Clocks:
		for _, d := range c.Deadlines {
			if d.Met == e.At && slices.Contains(p.Met, d.ID) && slices.Contains(timed, d.ID) {
				add(d.ID, strconv.Itoa(bucket(time.Duration(d.Met-d.Started)*time.Millisecond)))
			}
		}
	case Assessed:
		return countAssessed(ctx, tx, c, e, p, add)
	}
	return nil
}

// timed are the clocks of which dashboards show how long they ran.
var timed = []string{"acknowledge", "triage", "fix"}

// countAssessed adds an assessment: its outcome; whether a second assessor agrees; whether a later one reverses.
func countAssessed(ctx context.Context, tx *sql.Tx, c *Case, e Event, p Assessed, add func(name, key string)) error {
	yes := map[bool]string{true: "yes", false: "no"}
	if p.Kind == "blind" {
		if p.Finding < len(c.Findings) {
			add("agreement", yes[c.Findings[p.Finding].Final() == p.Outcome])
		}
		return nil
	}
	add("outcome", p.Outcome)
	var before string
	err := tx.QueryRowContext(ctx, `SELECT outcome FROM assessments WHERE case_id = $1 AND finding = $2 AND seq < $3 AND kind <> 'blind' ORDER BY seq DESC LIMIT 1`,
		int64(e.Stream), p.Finding, e.Seq).Scan(&before)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	add("reversal", yes[before != p.Outcome])
	return err
}

// WeekOf is the week of a time: the days from 1970 to its Monday, UTC.
func WeekOf(t time.Time) int64 {
	days := t.Unix() / 86400
	return days - (days+3)%7 // 1970-01-01 was a Thursday
}

// bucket is the place of a duration on a scale that grows by a tenth each step; its inverse is bucketTime.
func bucket(d time.Duration) int {
	return int(math.Round(10 * math.Log1p(d.Hours())))
}

func bucketTime(n int) time.Duration {
	return time.Duration(math.Expm1(float64(n)/10) * float64(time.Hour))
}

// Statistics are what dashboards show of the weeks from one on.
type Statistics struct {
	Weeks     []int64                     // Mondays, in days since 1970, without gaps
	Arrived   map[int64]int64             // by week
	Outcomes  map[int64]map[string]int64  // by week
	Times     map[string]map[int64]Spread // by clock and week
	Agreement Share
	Reversals Share
	Backlog   []Age // by age, the youngest first
}

// Spread is how long something took: medians and the slow end, of n.
type Spread struct {
	N        int64
	P50, P90 time.Duration
}

// Share is how many of how many.
type Share struct{ Yes, Of int64 }

// Age is how many active cases are between two ages, in weeks; To is 0 for no bound.
type Age struct{ From, To, N int64 }

// Statistics reads what dashboards show of the last weeks. Everybody of the team may see it: restricted cases
// are not in it.
func (b *Book) Statistics(ctx context.Context, a Actor, weeks int) (*Statistics, error) {
	if !a.system && len(a.Roles) == 0 {
		return nil, fault.New(fault.Forbidden, "only the team sees dashboards")
	}
	last := WeekOf(b.now())
	s := &Statistics{Arrived: map[int64]int64{}, Outcomes: map[int64]map[string]int64{}, Times: map[string]map[int64]Spread{}}
	for w := last - 7*int64(weeks-1); w <= last; w += 7 {
		s.Weeks = append(s.Weeks, w)
	}
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT week, name, key, n FROM statistics WHERE week >= $1 ORDER BY week, name, key", s.Weeks[0])
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	times := map[string]map[int64]map[int]int64{}
	for rows.Next() {
		var st statistic
		var n int64
		if err := rows.Scan(&st.week, &st.name, &st.key, &n); err != nil {
			return nil, b.db.Trouble(err)
		}
		s.take(st, n, times)
	}
	if err := rows.Err(); err != nil {
		return nil, b.db.Trouble(err)
	}
	for clock, weeks := range times {
		s.Times[clock] = map[int64]Spread{}
		for week, buckets := range weeks {
			s.Times[clock][week] = spread(buckets)
		}
	}
	s.Backlog, err = b.backlog(ctx)
	return s, err
}

func (s *Statistics) take(st statistic, n int64, times map[string]map[int64]map[int]int64) {
	switch st.name {
	case "arrived":
		s.Arrived[st.week] += n
	case "outcome":
		if s.Outcomes[st.week] == nil {
			s.Outcomes[st.week] = map[string]int64{}
		}
		s.Outcomes[st.week][st.key] += n
	case "agreement":
		s.Agreement.add(st.key, n)
	case "reversal":
		s.Reversals.add(st.key, n)
	default:
		if times[st.name] == nil {
			times[st.name] = map[int64]map[int]int64{}
		}
		if times[st.name][st.week] == nil {
			times[st.name][st.week] = map[int]int64{}
		}
		place, _ := strconv.Atoi(st.key) // written by measure
		times[st.name][st.week][place] += n
	}
}

func (s *Share) add(key string, n int64) {
	s.Of += n
	if key == "yes" {
		s.Yes += n
	}
}

// spread reads quantiles off counts by bucket, to a tenth.
func spread(buckets map[int]int64) Spread {
	var s Spread
	for _, n := range buckets {
		s.N += n
	}
	seen := int64(0)
	for _, place := range slices.Sorted(maps.Keys(buckets)) {
		before := seen
		seen += buckets[place]
		if 2*before < s.N && 2*seen >= s.N {
			s.P50 = bucketTime(place)
		}
		if 10*before < 9*s.N && 10*seen >= 9*s.N {
			s.P90 = bucketTime(place)
		}
	}
	return s
}

// ages are the bounds of the backlog's parts, in weeks.
var ages = []int64{1, 2, 4, 8, 13, 26, 52}

// backlog counts active cases by age. An id tells when its case arrived.
func (b *Book) backlog(ctx context.Context) ([]Age, error) {
	all := make([]Age, len(ages)+1)
	from := int64(0)
	for i, to := range append(slices.Clone(ages), 0) {
		all[i] = Age{From: from, To: to}
		low := int64(0)
		if to != 0 {
			low = int64(FirstID(b.now().Add(-time.Duration(to) * 7 * 24 * time.Hour)))
		}
		high := int64(FirstID(b.now().Add(-time.Duration(from)*7*24*time.Hour + time.Millisecond)))
		if i == 0 {
			high = math.MaxInt64
		}
		if err := b.db.Reader().QueryRowContext(ctx, "SELECT COUNT(*) FROM listing"+b.hint("listing_open")+" WHERE active = 1 AND restricted = 0 AND id >= $1 AND id < $2", low, high).Scan(&all[i].N); err != nil {
			return nil, b.db.Trouble(err)
		}
		from = to
	}
	return all, nil
}

// FirstID is the smallest id of what arrives at a time.
func FirstID(t time.Time) ID {
	return ID(max(0, t.UnixMilli()-epoch) << chanceBits)
}
