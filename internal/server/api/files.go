package api

import (
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Store keeps the bytes of attachments.
type Store = blob.Store

// MaxUpload bounds a report with all its files, in bytes.
const MaxUpload = 256 << 20

// uploadTime is how long an upload may take.
const uploadTime = 10 * time.Minute

// File is an attachment.
type File struct {
	SHA256     string `json:"sha256" doc:"Of its content; names it in the paths."`
	Name       string `json:"name"`
	Type       string `json:"type" doc:"What its sender said that it is."`
	Size       int64  `json:"size"`
	Visibility string `json:"visibility,omitempty" enum:"reporter,team" doc:"reporter: the reporter and the team. team: the team only."`
	Event      int64  `json:"event,omitempty" doc:"The number of the event that brought it."`
}

func fileFrom(f casebook.File) File {
	return File{SHA256: f.SHA256, Name: f.Name, Type: f.Type, Size: f.Size}
}

// upload is a file that is added to a case. Its bytes are the body.
type upload struct {
	InCase
	Conditions
	Name       string `query:"name" required:"true" maxLength:"500" doc:"The file's name."`
	Visibility string `query:"visibility" enum:"reporter,team" default:"reporter" doc:"Who may see it."`
}

type download struct {
	InCase
	SHA256 string `path:"sha256" pattern:"^[0-9a-f]{64}$" doc:"Of the file's content."`
}

func files(a *API) {
	query(a, route{id: "list-files", path: "/cases/{id}/files", tag: "Thread", summary: "The files of a case"},
		func(ctx context.Context, actor casebook.Actor, id casebook.ID, _ *InCase) (*listed[File], error) {
			all, err := a.Book.Files(ctx, actor, id)
			return list(each(all, func(f casebook.Attachment) File {
				out := fileFrom(f.File)
				out.Visibility, out.Event = f.Visibility, f.Seq
				return out
			})), err
		})
	add := route{
		id: "add-file", method: http.MethodPost, path: "/cases/{id}/files", tag: "Thread", status: http.StatusCreated, summary: "Add a file",
		text: "The body is the file, of at most 100 MiB. Its Content-Type is kept and never trusted. It is kept under the SHA-256 of its content and never opened, previewed or unpacked.",
	}
	huma.Register(a.huma, add.operation(), func(ctx context.Context, in *upload) (*fileAnswer, error) {
		out, err := a.addFile(ctx, in)
		if err != nil {
			return nil, problem(asked(ctx), err)
		}
		return out, nil
	})
	paths := a.huma.OpenAPI().Paths
	binary := func() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }
	paths[Base+add.path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary()}}}
	get := route{
		id: "get-file", path: "/cases/{id}/files/{sha256}", tag: "Thread", summary: "Download a file",
		text: "Always as an attachment: what strangers sent is not for a browser to show.",
	}
	query(a, get, a.download)
	paths[Base+get.path].Get.Responses["200"].Content = map[string]*huma.MediaType{"application/octet-stream": {Schema: binary()}}
}

type fileAnswer struct {
	ETag     string `header:"ETag"`
	Replayed string `header:"Idempotent-Replayed"`
	Body     File
}

// addFile takes a file in once it is known that its sender may add it.
func (a *API) addFile(ctx context.Context, in *upload) (*fileAnswer, error) {
	id, err := in.target()
	if err != nil {
		return nil, err
	}
	r := asked(ctx)
	if err := a.Book.MayAddFiles(ctx, r.actor, id, in.Visibility); err != nil {
		return nil, err
	}
	f, err := a.take(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	w, err := in.write(ctx, f)
	if err != nil {
		return nil, err
	}
	if err := in.onlyIf(&w, false); err != nil {
		return nil, err
	}
	if _, err := a.Book.AddFiles(ctx, w, id, in.Visibility, []casebook.File{f}); err != nil {
		return nil, err
	}
	c, err := a.written(ctx, w, id)
	if err != nil {
		return nil, err
	}
	out := &fileAnswer{ETag: c.ETag, Replayed: c.Replayed, Body: fileFrom(f)}
	out.Body.Visibility = in.Visibility
	return out, nil
}

// take takes in a file that is the body of a request, for which there is more time than for others.
func (a *API) take(ctx context.Context, name string) (casebook.File, error) {
	r := asked(ctx)
	_ = http.NewResponseController(r.w).SetReadDeadline(time.Now().Add(uploadTime)) // where a server stands behind it
	return a.keep(ctx, r.http.Body, name, r.http.Header.Get("Content-Type"))
}

// keep puts a file into the store.
func (a *API) keep(ctx context.Context, in io.ReadCloser, name, kind string) (casebook.File, error) {
	if a.Store == nil {
		return casebook.File{}, fault.New(fault.Invalid, "this server takes no files").In("file").Do("put what matters into the text")
	}
	from := &sent{ReadCloser: in}
	ref, err := a.Store.Put(ctx, from, MaxFile)
	if from.err != nil {
		return casebook.File{}, unread(from.err)
	}
	if err != nil {
		return casebook.File{}, err
	}
	return casebook.File{SHA256: ref.SHA256, Size: ref.Size, Name: casebook.CleanName(name), Type: mediaType(kind)}, nil
}

// sent is what somebody sends. What reading it failed with is theirs, and no fault of the server or its store.
type sent struct {
	io.ReadCloser
	err error
}

func (s *sent) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// unread says why what somebody sent could not be read. The error itself may have addresses in it.
func unread(err error) *Problem {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooMuch(tooLarge.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return newProblem(http.StatusRequestTimeout, "what was sent took too long to arrive")
	}
	return newProblem(http.StatusBadRequest, "what was sent breaks off before its end")
}

func tooMuch(limit int64) *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, "larger than "+strconv.FormatInt(limit>>20, 10)+" MiB")
}

var plainType = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,80}$`)

// mediaType is what a sender says that a file is, without parameters, where that is well formed.
func mediaType(header string) string {
	kind, _, err := mime.ParseMediaType(header)
	if err != nil || !plainType.MatchString(kind) {
		return "application/octet-stream"
	}
	return kind
}

// harmless are the types that a download may be called by. Everything else is bytes.
var harmless = []string{"text/plain", "application/json", "image/png", "image/jpeg", "image/gif", "application/pdf", "application/zip"}

// download streams a file. Nothing of it runs in a browser, even where somebody opens it there.
func (a *API) download(ctx context.Context, actor casebook.Actor, id casebook.ID, in *download) (*huma.StreamResponse, error) {
	f, err := a.Book.Attachment(ctx, actor, id, in.SHA256)
	if err != nil {
		return nil, err
	}
	if a.Store == nil {
		return nil, fault.New(fault.Unavailable, "this server has no store of files")
	}
	content, err := a.Store.Open(ctx, f.SHA256)
	if err != nil {
		return nil, err
	}
	kind := "application/octet-stream"
	if slices.Contains(harmless, f.Type) {
		kind = f.Type
	}
	_ = http.NewResponseController(asked(ctx).w).SetWriteDeadline(time.Now().Add(uploadTime)) // likewise
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer content.Close()
		hc.SetHeader("Content-Type", kind)
		hc.SetHeader("Content-Length", strconv.FormatInt(f.Size, 10))
		hc.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		hc.SetHeader("Content-Security-Policy", "sandbox; default-src 'none'")
		hc.SetStatus(http.StatusOK)
		if _, err := io.Copy(hc.BodyWriter(), content); err != nil {
			panic(http.ErrAbortHandler) // a part of a file must not look like the whole
		}
	}}, nil
}

// multipart takes a report that comes with files; everything else goes on.
func (a *API) multipart(hc huma.Context, next func(huma.Context)) {
	kind, _, err := mime.ParseMediaType(hc.Header("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		next(hc)
		return
	}
	r, w := humago.Unwrap(hc)
	if p := unknownQuery(r); p != nil {
		WriteProblem(w, r, p)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // where a server stands behind it
	r.Body = http.MaxBytesReader(w, r.Body, MaxUpload)
	out, err := a.submitForm(hc.Context(), r)
	if err != nil {
		p := problem(asked(hc.Context()), err)
		WriteProblem(w, r, p)
		return
	}
	hc.SetHeader("Content-Type", "application/json")
	for name, value := range map[string]string{"Location": out.Location, "ETag": out.ETag, "Idempotent-Replayed": out.Replayed} {
		if value != "" {
			hc.SetHeader(name, value)
		}
	}
	hc.SetStatus(http.StatusCreated)
	_ = a.huma.Marshal(w, "application/json", out.Body) // the client is gone where it fails
}

// unknownQuery refuses what huma refuses of every other request; nil where there is nothing of it.
func unknownQuery(r *http.Request) *Problem {
	var unknown []error
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		unknown = append(unknown, &huma.ErrorDetail{Location: "query." + name, Message: "unknown query parameter"})
	}
	if unknown == nil {
		return nil
	}
	return newProblem(http.StatusUnprocessableEntity, "validation failed", unknown...)
}

// submitForm reads the report first: where it is of material that is never accepted, no file is read.
func (a *API) submitForm(ctx context.Context, r *http.Request) (*receiptAnswer, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, newProblem(http.StatusBadRequest, "no multipart form", err)
	}
	report, err := a.reportPart(parts)
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	if err := a.Book.May(actor, casebook.Submit, nil); err != nil {
		return nil, err
	}
	if s, err := a.submission(ctx, actor, report); err != nil || s.NeverAccepted() {
		return a.submit(ctx, Terms{}, report, nil) // which says so, and opens nothing
	}
	var received []casebook.File
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unread(err)
		}
		if part.FormName() != "file" || len(received) == casebook.MaxFiles {
			return nil, fault.New(fault.Invalid, "after the report come at most %d parts called file", casebook.MaxFiles).In("file")
		}
		f, err := a.keep(ctx, part, part.FileName(), part.Header.Get("Content-Type"))
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(received, func(g casebook.File) bool { return g.SHA256 == f.SHA256 }) {
			received = append(received, f)
		}
	}
	key := r.Header.Get("Idempotency-Key")
	if len(key) > 200 {
		return nil, newProblem(http.StatusUnprocessableEntity, "the Idempotency-Key is longer than 200 characters")
	}
	return a.submit(ctx, Terms{IdempotencyKey: key}, report, received)
}

// reportPart reads the first part of a form.
func (a *API) reportPart(parts *multipart.Reader) (Report, error) {
	var report Report
	part, err := parts.NextPart()
	if err != nil {
		return report, unread(err)
	}
	if part.FormName() != "report" {
		return report, fault.New(fault.Invalid, "the first part must be called report").In("report").Do("send the JSON before the files")
	}
	data, err := io.ReadAll(io.LimitReader(part, MaxSubmission+1))
	if err != nil {
		return report, unread(err)
	}
	if len(data) > MaxSubmission {
		return report, tooMuch(MaxSubmission)
	}
	return report, a.decode(data, "Report", &report)
}

// decode reads JSON by the same rules as huma reads a body.
func (a *API) decode(data []byte, schema string, into any) error {
	var raw any
	if err := strictJSON.Unmarshal(data, &raw); err != nil {
		return newProblem(http.StatusBadRequest, "validation failed", err)
	}
	registry := a.huma.OpenAPI().Components.Schemas
	found := &huma.ValidateResult{}
	path := huma.NewPathBuffer([]byte{}, 0)
	path.Push("body")
	huma.Validate(registry, registry.Map()[schema], path, huma.ModeWriteToServer, raw, found)
	if len(found.Errors) > 0 {
		return newProblem(http.StatusUnprocessableEntity, "validation failed", found.Errors...)
	}
	return strictJSON.Unmarshal(data, into)
}
