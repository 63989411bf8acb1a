package assess

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"bugbar/bar"
)

// Adjustment is a person's decision to let another outcome stand than the bar's own: for the ease
// of exploitation, or at the discretion that the bar leaves. It stands beside the bar's result and
// never replaces it.
type Adjustment struct {
	Outcome string    `json:"outcome"`
	By      string    `json:"by"`
	When    time.Time `json:"when"`
	Why     string    `json:"why"`
}

// Adjust returns the verdict with a person's adjustment. It is an error to leave out who, when or
// why, or to name an outcome that the bar does not have.
func (v Verdict) Adjust(b *bar.Bar, a Adjustment) (Verdict, error) {
	switch {
	case strings.TrimSpace(a.By) == "":
		return v, errors.New("an adjustment needs the person who makes it")
	case strings.TrimSpace(a.Why) == "":
		return v, errors.New("an adjustment needs its reason")
	case a.When.IsZero():
		return v, errors.New("an adjustment needs its time")
	case v.Outcome == bar.Undetermined && v.Next != nil:
		return v, fmt.Errorf("nothing to adjust while the outcome is %s: %s is open", v.Outcome, v.Next.Point)
	}
	if err := b.CheckOutcome(a.Outcome); err != nil {
		return v, err
	}
	v.Adjustment = &a
	return v, nil
}
