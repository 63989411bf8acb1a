package evidence

import (
	"encoding/binary"
	"math"
)

// decode turns elements that lie one after the other into float64; NaN and infinities pass. It
// decodes as many as into holds.
func (h *header) decode(raw []byte, into []float64) {
	switch {
	case h.kind == 'f' && h.size == 8:
		for i := range into {
			into[i] = math.Float64frombits(h.uint64(raw[8*i:]))
		}
	case h.kind == 'f' && h.size == 4:
		for i := range into {
			into[i] = float64(math.Float32frombits(h.uint32(raw[4*i:])))
		}
	case h.kind == 'f':
		for i := range into {
			into[i] = halfToFloat(h.uint16(raw[2*i:]))
		}
	default:
		for i := range into {
			into[i] = h.integer(raw[h.size*i:])
		}
	}
}

func (h *header) uint64(raw []byte) uint64 {
	if v := binary.LittleEndian.Uint64(raw); !h.big {
		return v
	}
	return binary.BigEndian.Uint64(raw)
}

func (h *header) uint32(raw []byte) uint32 {
	if v := binary.LittleEndian.Uint32(raw); !h.big {
		return v
	}
	return binary.BigEndian.Uint32(raw)
}

func (h *header) uint16(raw []byte) uint16 {
	if v := binary.LittleEndian.Uint16(raw); !h.big {
		return v
	}
	return binary.BigEndian.Uint16(raw)
}

// integer decodes one integer or boolean.
func (h *header) integer(raw []byte) float64 {
	var bits uint64
	switch h.size {
	case 1:
		bits = uint64(raw[0])
	case 2:
		bits = uint64(h.uint16(raw))
	case 4:
		bits = uint64(h.uint32(raw))
	default:
		bits = h.uint64(raw)
	}
	if h.kind != 'i' {
		return float64(bits)
	}
	unused := 64 - 8*h.size
	return float64(int64(bits<<unused) >> unused)
}

// halfToFloat decodes an IEEE 754 binary16.
func halfToFloat(bits uint16) float64 {
	sign, exponent, fraction := 1.0, int(bits>>10&0x1f), float64(bits&0x3ff)
	if bits>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	case exponent < 31:
		return sign * math.Ldexp(1024+fraction, exponent-25)
	case fraction == 0:
		return math.Inf(int(sign))
	}
	return math.NaN()
}
