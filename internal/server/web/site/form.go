package site

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Nonce is a word that is used once.
func Nonce() string { return rand.Text() }

// endLines ends lines as texts are kept: a browser sends two characters for each end.
func endLines(form url.Values) {
	for _, values := range form {
		for i, v := range values {
			values[i] = strings.ReplaceAll(v, "\r\n", "\n")
		}
	}
}

// Number reads a whole number that is not negative.
func Number(field, text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "%q is no number", text).In(field).Do("a whole number, such as 14")
	}
	return n, nil
}

// Upload is the files of a form, read and not yet kept.
type Upload struct{ parts []*multipart.FileHeader }

// maxUpload bounds a form with its files, in bytes; what does not fit into maxInMemory waits on the disk.
const (
	maxUpload   = blob.MaxFile + maxForm
	maxInMemory = 8 << 20
)

// ReadUpload reads a form that may bring files.
func ReadUpload(w http.ResponseWriter, r *Request) (*Upload, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return &Upload{}, nil // a plain form is read already
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	if err := r.ParseMultipartForm(maxInMemory); err != nil {
		return nil, fault.New(fault.Invalid, "the form cannot be read: %w", err).Do(fmt.Sprintf("at most %d MiB in all", maxUpload>>20))
	}
	context.AfterFunc(r.Context(), func() { _ = r.MultipartForm.RemoveAll() })
	r.Form = url.Values(r.MultipartForm.Value)
	r.PostForm = r.Form
	endLines(r.PostForm)
	u := &Upload{}
	for _, f := range r.MultipartForm.File["files"] {
		if f.Filename != "" && f.Size > 0 {
			u.parts = append(u.parts, f)
		}
	}
	if len(u.parts) > casebook.MaxFiles {
		return nil, fault.New(fault.Invalid, "%d files, and at most %d are taken at once", len(u.parts), casebook.MaxFiles).In("files")
	}
	return u, nil
}

// Empty says that no file was chosen.
func (u *Upload) Empty() bool { return len(u.parts) == 0 }

// Each opens the files one by one.
func (u *Upload) Each(f func(name string, file io.Reader) error) error {
	for _, p := range u.parts {
		in, err := p.Open()
		if err != nil {
			return fault.New(fault.Invalid, "%w", err).In("files")
		}
		err = f(casebook.CleanName(p.Filename), in)
		_ = in.Close() // only read
		if err != nil {
			return err
		}
	}
	return nil
}

// Keep puts the files into a store.
func (u *Upload) Keep(ctx context.Context, store blob.Store) ([]casebook.File, error) {
	var files []casebook.File
	for _, p := range u.parts {
		in, err := p.Open()
		if err != nil {
			return nil, fault.New(fault.Invalid, "%w", err).In("files")
		}
		ref, err := store.Put(ctx, in, blob.MaxFile)
		_ = in.Close() // only read
		if err != nil {
			return nil, err
		}
		files = append(files, casebook.File{SHA256: ref.SHA256, Size: ref.Size, Name: casebook.CleanName(p.Filename), Type: mediaType(p.Header.Get("Content-Type"))})
	}
	return files, nil
}

// mediaType is what the sender says a file is, as far as it is a word of the kind; nothing relies on it.
func mediaType(said string) string {
	kind, _, err := mime.ParseMediaType(said)
	if err != nil || len(kind) > 100 || strings.ContainsAny(kind, "\r\n") {
		return "application/octet-stream"
	}
	return kind
}

// SendFile sends an attachment as one: whatever it says it is, a browser keeps it and shows nothing of it.
func SendFile(w http.ResponseWriter, r *Request, store blob.Store, f casebook.File) error {
	in, err := store.Open(r.Context(), f.SHA256)
	if err != nil {
		return err
	}
	defer in.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	_, err = io.Copy(w, in)
	if err != nil {
		r.Site.Log.Error("sending a file", "file", f.SHA256, "error", err) // the answer has begun: it ends short
	}
	return nil
}
