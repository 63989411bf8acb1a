package measure

import (
	"encoding/json"
	"math"
)

// finite is a float64 that JSON can hold: what is infinite or undefined is null.
type finite float64

func (f finite) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsInf(v, 0) || math.IsNaN(v) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

type metricJSON struct {
	Value  finite  `json:"value"`
	Lo     *finite `json:"lo"`
	Hi     *finite `json:"hi"`
	Level  float64 `json:"level"`
	Method string  `json:"method"`
	N      int     `json:"n,omitempty"`
}

// MarshalJSON writes an infinite bound as null.
func (m Metric) MarshalJSON() ([]byte, error) { return json.Marshal(m.encoded()) }

// UnmarshalJSON reads what MarshalJSON wrote: a bound that is null or absent is unbounded, so that a
// verdict cannot rest on it.
func (m *Metric) UnmarshalJSON(data []byte) error {
	var in metricJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*m = in.metric()
	return nil
}

type pointJSON struct {
	X finite `json:"x"`
	metricJSON
}

// MarshalJSON keeps X beside the metric, whose own method would hide it.
func (p Point) MarshalJSON() ([]byte, error) {
	return json.Marshal(pointJSON{finite(p.X), p.encoded()})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Point) UnmarshalJSON(data []byte) error {
	var in pointJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*p = Point{X: float64(in.X), Metric: in.metric()}
	return nil
}

func (m Metric) encoded() metricJSON {
	lo, hi := finite(m.Lo), finite(m.Hi)
	return metricJSON{finite(m.Value), &lo, &hi, m.Level, m.Method, m.N}
}

func (in metricJSON) metric() Metric {
	m := Metric{
		Value: float64(in.Value), Lo: math.Inf(-1), Hi: math.Inf(1),
		Level: in.Level, Method: in.Method, N: in.N,
	}
	if in.Lo != nil {
		m.Lo = float64(*in.Lo)
	}
	if in.Hi != nil {
		m.Hi = float64(*in.Hi)
	}
	return m
}
