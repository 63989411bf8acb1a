package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"bugbar/internal/fault"
)

// kept is a store and a way to write over its bytes behind its back.
type kept struct {
	Store
	damage func(sum string, content []byte)
}

// s3 starts a server that speaks S3, with the bucket that the tests use.
var s3 = sync.OnceValues(func() (*httptest.Server, *s3mem.Backend) {
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		panic(err)
	}
	return httptest.NewServer(gofakes3.New(backend).Server()), backend
})

func TestMain(m *testing.M) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func each(t *testing.T, test func(t *testing.T, s kept)) {
	t.Run("folder", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "files")
		s, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		test(t, kept{s, func(sum string, content []byte) {
			_, name := place(sum)
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}})
	})
	t.Run("bucket", func(t *testing.T) {
		t.Parallel()
		server, backend := s3()
		prefix := "p-" + filepath.Base(t.TempDir()) + strings.ReplaceAll(t.Name(), "/", "-")
		s, err := Open(t.Context(), "s3://files/"+prefix+"?region=us-east-1&endpoint="+url.QueryEscape(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		test(t, kept{s, func(sum string, content []byte) {
			key := s.(*bucket).key(sum)
			if _, err := backend.PutObject("files", key, map[string]string{"Last-Modified": "Mon, 2 Jan 2006 15:04:05 GMT"}, bytes.NewReader(content), int64(len(content)), nil); err != nil {
				t.Fatal(err)
			}
		}})
	})
}

func put(t *testing.T, s Store, content string) Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), strings.NewReader(content), MaxFile)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func get(s Store, sum string) (string, error) {
	r, err := s.Open(context.Background(), sum)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s kept) {
		for _, content := range []string{"", "hello", strings.Repeat("x", 3<<20)} {
			ref := put(t, s, content)
			if ref.Size != int64(len(content)) {
				t.Errorf("size %d of %d bytes", ref.Size, len(content))
			}
			if again := put(t, s, content); again != ref {
				t.Errorf("the same content is %v and %v", ref, again)
			}
			if got, err := get(s, ref.SHA256); err != nil || got != content {
				t.Errorf("%d bytes became %d: %v", len(content), len(got), err)
			}
		}
		if ref := put(t, s, "abc"); ref.SHA256 != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
			t.Errorf("sha256(abc) is %s", ref.SHA256)
		}
	})
}

// What is not whole leaves nothing behind: neither a file that is too large nor one whose sender goes away.
func TestPutKeepsNothingHalf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s kept) {
		gone := errors.New("gone")
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		for name, try := range map[string]func() error{
			"too large": func() error {
				_, err := s.Put(t.Context(), strings.NewReader("12345"), 4)
				if !fault.Is(err, fault.Invalid) {
					t.Errorf("too large: %v", err)
				}
				return err
			},
			"sender gone": func() error {
				_, err := s.Put(t.Context(), io.MultiReader(strings.NewReader("123"), iotest.ErrReader(gone)), 10)
				return err
			},
			"cancelled": func() error {
				_, err := s.Put(cancelled, strings.NewReader("123"), 10)
				return err
			},
		} {
			if try() == nil {
				t.Errorf("%s: no error", name)
			}
		}
		if all := list(t, s); len(all) != 0 {
			t.Errorf("left behind: %v", all)
		}
	})
}

func list(t *testing.T, s Store) []string {
	t.Helper()
	var all []string
	if err := s.Each(t.Context(), func(r Ref, _ time.Time) error { all = append(all, r.SHA256); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDamageIsFoundWhenReading(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s kept) {
		ref := put(t, s, "the evidence")
		for _, content := range []string{"the Evidence", "the evidenc", ""} {
			s.damage(ref.SHA256, []byte(content))
			if got, err := get(s, ref.SHA256); !fault.Is(err, fault.Internal) {
				t.Errorf("%q was read as %q: %v", content, got, err)
			}
		}
		put(t, s, "the evidence") // putting it again mends it
		if _, err := get(s, ref.SHA256); err != nil {
			t.Error(err)
		}
	})
}

// No name leads out of the store.
func TestNamesAreDigestsOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s kept) {
		for _, name := range []string{"", "..", "../../../../etc/passwd", strings.Repeat("A", 64), strings.Repeat("a", 63) + "/", strings.Repeat("a", 64)} {
			if _, err := s.Open(t.Context(), name); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", name, err)
			}
		}
		if err := s.Remove(t.Context(), "../x"); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

func TestSweepTakesOldOrphansOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s kept) {
		orphan, needed := put(t, s, "orphan"), put(t, s, "needed")
		referenced := func(_ context.Context, sum string) (bool, error) { return sum == needed.SHA256, nil }
		for _, step := range []struct {
			before time.Time
			want   int
		}{{time.Now().Add(-time.Hour), 0}, {time.Now().Add(time.Hour), 1}, {time.Now().Add(time.Hour), 0}} {
			if n, err := Sweep(t.Context(), s, step.before, referenced); err != nil || n != step.want {
				t.Errorf("%d removed, not %d: %v", n, step.want, err)
			}
		}
		if _, err := get(s, orphan.SHA256); !fault.Is(err, fault.NotFound) {
			t.Errorf("the orphan: %v", err)
		}
		if _, err := get(s, needed.SHA256); err != nil {
			t.Error(err)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s kept) {
		var all sync.WaitGroup
		for i := range 24 {
			all.Go(func() {
				content := fmt.Sprint("file ", i%3)
				ref, err := s.Put(t.Context(), strings.NewReader(content), MaxFile)
				if err != nil {
					t.Error(err)
				}
				if got, err := get(s, ref.SHA256); err != nil || got != content {
					t.Errorf("%q: %v", got, err)
				}
			})
		}
		all.Wait()
		if names := list(t, s); len(names) != 3 {
			t.Errorf("%d files", len(names))
		}
	})
}

// A link that somebody planted in the folder is not followed out of it.
func TestFolderFollowsNoLinkOut(t *testing.T) {
	t.Parallel()
	dir, outside := filepath.Join(t.TempDir(), "files"), t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sum := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if err := os.Symlink(outside, filepath.Join(dir, sum[:2])); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), strings.NewReader("abc"), MaxFile); err == nil {
		t.Error("written through the link")
	}
	if left, _ := os.ReadDir(outside); len(left) != 0 {
		t.Errorf("outside: %v", left)
	}
}

func TestLeftoversGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, age := range map[string]time.Duration{"old": 48 * time.Hour, "young": time.Minute} {
		path := filepath.Join(dir, "tmp", name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	list(t, s)
	left, err := os.ReadDir(filepath.Join(dir, "tmp"))
	if err != nil || len(left) != 1 || left[0].Name() != "young" {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	server, _ := s3()
	for name, want := range map[string]struct {
		code fault.Code
		text string
	}{
		"s3:///x": {fault.Invalid, "no bucket"},
		"s3://key:secret@files?endpoint=" + server.URL:            {fault.Invalid, "keys stand in the name"},
		"s3://files?endpoint=ftp://x":                             {fault.Invalid, "no web address"},
		"s3://nowhere?region=us-east-1&endpoint=" + server.URL:    {fault.NotFound, "no bucket nowhere"},
		"s3://files?region=us-east-1&endpoint=http://127.0.0.1:1": {fault.Unavailable, "files"},
	} {
		within := time.Minute
		if want.code == fault.Unavailable {
			within = 500 * time.Millisecond // the client tries again for longer than one wants to wait here
		}
		ctx, cancel := context.WithTimeout(t.Context(), within)
		_, err := Open(ctx, name)
		cancel()
		if !fault.Is(err, want.code) || !strings.Contains(err.Error(), want.text) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
