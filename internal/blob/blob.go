// Package blob keeps the bytes of attachments, each under the SHA-256 of its content: the same file is
// kept once, and what is read is what was written, or an error.
//
// Job: Put streams bytes in and says their digest and size; Open streams them out and compares. Nothing is
// run, previewed, unpacked, or told by its content. There are two stores: a folder, and a bucket that
// speaks S3. Which files are still needed is for the caller to say (Sweep).
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"regexp"
	"strings"
	"time"

	"bugbar/internal/fault"
)

// MaxFile is the size of the largest attachment, in bytes.
const MaxFile = 100 << 20

// ErrDamaged marks what is no longer what was put.
var ErrDamaged = errors.New("damaged")

// Ref is what a file is known by.
type Ref struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Store keeps files by their content. It is safe for concurrent use, by several processes as well.
type Store interface {
	// Put keeps what r yields, if it is at most limit bytes, and returns once that is durable.
	Put(ctx context.Context, r io.Reader, limit int64) (Ref, error)
	// Open reads a file. In place of the end of one that is not what it was, there is an error.
	Open(ctx context.Context, sha256 string) (io.ReadCloser, error)
	// Each names every file with the time when it was last put.
	Each(ctx context.Context, f func(r Ref, put time.Time) error) error
	// Remove forgets a file; one that is not there is no error.
	Remove(ctx context.Context, sha256 string) error
	// Close ends the use of the store.
	Close() error
}

// Open opens the store of a name: the path of a folder, which is made where it does not exist, or
// s3://BUCKET/PREFIX?endpoint=https://HOST, with its keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
func Open(ctx context.Context, name string) (Store, error) {
	if strings.HasPrefix(name, "s3:") {
		return openBucket(ctx, name)
	}
	return openFolder(name)
}

func missing(sha256 string) error {
	return fault.New(fault.NotFound, "there is no file %s", sha256)
}

// Sweep removes files that were put before a time and that nothing refers to, and says how many. A file
// is put before what refers to it is committed, so the time has to be well in the past.
func Sweep(ctx context.Context, s Store, before time.Time, referenced func(ctx context.Context, sha256 string) (bool, error)) (int, error) {
	var orphans []string
	err := s.Each(ctx, func(r Ref, put time.Time) error {
		if !put.Before(before) {
			return nil
		}
		needed, err := referenced(ctx, r.SHA256)
		if err == nil && !needed {
			orphans = append(orphans, r.SHA256)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	for i, sum := range orphans {
		if err := s.Remove(ctx, sum); err != nil {
			return i, err
		}
	}
	return len(orphans), nil
}

var digests = regexp.MustCompile(`^[0-9a-f]{64}$`)

// checkName refuses what is no digest, before it becomes part of a path.
func checkName(sum string) error {
	if !digests.MatchString(sum) {
		return fault.New(fault.NotFound, "there is no such file").Do("files are named by their SHA-256 in hexadecimal")
	}
	return nil
}

// intake counts and digests what passes, and stops it at a limit.
type intake struct {
	r     io.Reader
	sum   hash.Hash
	size  int64
	limit int64
}

func newIntake(r io.Reader, limit int64) *intake {
	return &intake{r: r, sum: sha256.New(), limit: limit}
}

func (i *intake) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	i.size += int64(n)
	if i.size > i.limit {
		return 0, fault.New(fault.Invalid, "larger than %d MiB", i.limit>>20).In("file").Do("send the part that matters")
	}
	_, _ = i.sum.Write(p[:n]) // never fails
	return n, err
}

func (i *intake) ref() Ref { return Ref{SHA256: hex.EncodeToString(i.sum.Sum(nil)), Size: i.size} }

// verified is a file while it is read.
type verified struct {
	io.ReadCloser
	sum  hash.Hash
	want string
}

func verify(r io.ReadCloser, sum string) io.ReadCloser { return &verified{r, sha256.New(), sum} }

func (v *verified) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	_, _ = v.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && hex.EncodeToString(v.sum.Sum(nil)) != v.want {
		return n, fault.New(fault.Internal, "the stored file %s is damaged", v.want).Because(ErrDamaged).Do("restore it from a backup")
	}
	return n, err
}
