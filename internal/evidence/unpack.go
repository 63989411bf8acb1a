package evidence

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	pqformat "github.com/parquet-go/parquet-go/format"
)

// maxWindow is how far back zstd may look, which it makes room for.
const maxWindow = 64 << 20

// unpacker unpacks pages one after the other into the same room.
type unpacker struct {
	packed, unpacked bytes.Buffer
	zstd             *zstd.Decoder
}

// page reads a page to its end and unpacks it, unless it has more bytes than it claims. The result is
// good until the next call.
func (u *unpacker) page(codec pqformat.CompressionCodec, in io.Reader, claim int64) ([]byte, error) {
	u.packed.Reset()
	if _, err := u.packed.ReadFrom(in); err != nil {
		return nil, err
	}
	switch codec {
	case pqformat.Uncompressed:
		return u.packed.Bytes(), nil
	case pqformat.Snappy:
		if n, err := snappy.DecodedLen(u.packed.Bytes()); err != nil || int64(n) > claim {
			return nil, errPageSize(claim)
		}
		return snappy.Decode(u.unpacked.AvailableBuffer(), u.packed.Bytes())
	case pqformat.Gzip:
		r, err := gzip.NewReader(&u.packed)
		if err != nil {
			return nil, err
		}
		return u.drain(r, claim)
	case pqformat.Zstd:
		return u.drainZstd(claim)
	}
	return nil, fmt.Errorf("compression %s; snappy, gzip, zstd or none would do", codec)
}

func (u *unpacker) drainZstd(claim int64) ([]byte, error) {
	if u.zstd == nil {
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxOpenPages))
		if err != nil {
			return nil, err
		}
		u.zstd = decoder
	}
	if err := u.zstd.Reset(&u.packed); err != nil {
		return nil, err
	}
	return u.drain(u.zstd, claim)
}

// drain reads no more than a byte beyond the claim.
func (u *unpacker) drain(r io.Reader, claim int64) ([]byte, error) {
	u.unpacked.Reset()
	n, err := u.unpacked.ReadFrom(io.LimitReader(r, claim+1))
	if err == nil && n > claim {
		err = errPageSize(claim)
	}
	return u.unpacked.Bytes(), err
}

func errPageSize(claim int64) error {
	return fmt.Errorf("a page that unpacks to more than the %d bytes that it claims", claim)
}
