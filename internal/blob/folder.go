package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"bugbar/internal/fault"
)

// folder keeps files as aa/bb/aabb... below a root that no name leads out of. A file that is being
// written stands in tmp/.
type folder struct{ root *os.Root }

const unfinished = "tmp"

func openFolder(name string) (Store, error) {
	if err := os.MkdirAll(name, 0o700); err != nil {
		return nil, trouble(err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, trouble(err)
	}
	f := &folder{root}
	if err := f.mkdir(unfinished); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

// trouble gives an error of the disk its code.
func trouble(err error) error {
	if err == nil {
		return nil
	}
	if _, known := errors.AsType[*fault.Error](err); known || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.New(fault.Unavailable, "attachments: %w", err).Do("check the folder, its rights and the room on its disk")
}

func (f *folder) Close() error { return f.root.Close() }

func place(sum string) (dir, name string) {
	dir = path.Join(sum[:2], sum[2:4])
	return dir, path.Join(dir, sum)
}

// Put writes a file beside the others, flushes it, and gives it its name in one step.
func (f *folder) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	tmp := path.Join(unfinished, rand.Text())
	in := newIntake(r, limit)
	if err := f.write(ctx, tmp, in); err != nil {
		return Ref{}, trouble(errors.Join(err, ignoreMissing(f.root.Remove(tmp))))
	}
	ref := in.ref()
	dir, name := place(ref.SHA256)
	if err := f.mkdir(dir); err != nil {
		return Ref{}, err
	}
	if err := f.root.Rename(tmp, name); err != nil { // over the same content, which makes it young again
		return Ref{}, trouble(errors.Join(err, f.root.Remove(tmp)))
	}
	return ref, trouble(f.flush(dir))
}

func (f *folder) write(ctx context.Context, tmp string, r io.Reader) error {
	out, err := f.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, cancelled{ctx, r})
	return errors.Join(err, out.Sync(), out.Close())
}

// cancelled stops reading when the context ends.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// mkdir makes a folder with those above it, each durable before something stands in it.
func (f *folder) mkdir(dir string) error {
	if _, err := f.root.Stat(dir); err == nil {
		return nil
	}
	above := path.Dir(dir)
	if above != "." {
		if err := f.mkdir(above); err != nil {
			return err
		}
	}
	if err := f.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return trouble(err)
	}
	return trouble(f.flush(above))
}

// flush makes the names in a folder durable.
func (f *folder) flush(dir string) error {
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open reads a file.
func (f *folder) Open(_ context.Context, sum string) (io.ReadCloser, error) {
	if err := checkName(sum); err != nil {
		return nil, err
	}
	_, name := place(sum)
	file, err := f.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(sum)
	}
	if err != nil {
		return nil, trouble(err)
	}
	return verify(file, sum), nil
}

// Each names the files in the order of their digests, and removes what was left unfinished long ago.
func (f *folder) Each(ctx context.Context, visit func(Ref, time.Time) error) error {
	return trouble(fs.WalkDir(f.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || entry.IsDir() {
			return ignoreMissing(err)
		}
		info, err := entry.Info()
		if err != nil {
			return ignoreMissing(err)
		}
		base := path.Base(filepath.ToSlash(name))
		switch {
		case path.Dir(name) == unfinished:
			return f.leftover(name, info)
		case !digests.MatchString(base):
			return nil // not ours
		}
		return visit(Ref{base, info.Size()}, info.ModTime())
	}))
}

// abandoned is the age at which an unfinished file is nobody's any more.
const abandoned = 24 * time.Hour

func (f *folder) leftover(name string, info fs.FileInfo) error {
	if time.Since(info.ModTime()) < abandoned {
		return nil
	}
	return ignoreMissing(f.root.Remove(name))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Remove forgets a file.
func (f *folder) Remove(_ context.Context, sum string) error {
	if err := checkName(sum); err != nil {
		return err
	}
	_, name := place(sum)
	return trouble(ignoreMissing(f.root.Remove(name)))
}
