package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bugbar/internal/server/api"
)

// description is the committed description, ready to hold answers to it.
type description struct {
	ops []*operation
}

type operation struct {
	ID, Method, Path string
	Public           bool
	compiled         map[string]*jsonschema.Schema // by status and content type
	answers          map[string]map[string]bool    // status -> content types
}

var described = sync.OnceValue(func() *description {
	data, err := api.New(api.Config{}).OpenAPI()
	if err != nil {
		panic(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("openapi.json", doc); err != nil {
		panic(err)
	}
	d := &description{}
	for path, methods := range doc.(map[string]any)["paths"].(map[string]any) {
		for method, what := range methods.(map[string]any) {
			d.ops = append(d.ops, newOperation(c, path, method, what.(map[string]any)))
		}
	}
	return d
})

func newOperation(c *jsonschema.Compiler, path, method string, what map[string]any) *operation {
	op := &operation{
		ID: what["operationId"].(string), Method: strings.ToUpper(method), Path: path,
		compiled: map[string]*jsonschema.Schema{}, answers: map[string]map[string]bool{},
	}
	for _, s := range what["security"].([]any) {
		op.Public = op.Public || len(s.(map[string]any)) == 0
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	for status, answer := range what["responses"].(map[string]any) {
		op.answers[status] = map[string]bool{}
		content, _ := answer.(map[string]any)["content"].(map[string]any)
		for kind := range content {
			op.answers[status][kind] = true
			at := fmt.Sprintf("openapi.json#/paths/%s/%s/responses/%s/content/%s/schema", escape.Replace(path), method, status, escape.Replace(kind))
			op.compiled[status+" "+kind] = c.MustCompile(at)
		}
	}
	return op
}

// find is the operation of a request.
func (d *description) find(method, path string) *operation {
	var found *operation
	for _, op := range d.ops {
		if op.Method == method && matches(op.Path, path) && (found == nil || strings.Count(op.Path, "{") < strings.Count(found.Path, "{")) {
			found = op
		}
	}
	return found
}

func matches(pattern, path string) bool {
	p, q := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		if p[i] != q[i] && !strings.HasPrefix(p[i], "{") {
			return false
		}
	}
	return true
}

// accepts says whether an answer is one that the operation describes.
func (op *operation) accepts(r reply) error {
	status := fmt.Sprint(r.Status)
	kinds, ok := op.answers[status]
	if !ok {
		if r.Status < 300 {
			return fmt.Errorf("a success that is not described")
		}
		status, kinds = "default", op.answers["default"]
	}
	if len(r.Body) == 0 && (len(kinds) == 0 || r.Status == http.StatusNotModified) {
		return nil
	}
	kind := strings.Split(r.Header.Get("Content-Type"), ";")[0]
	if kinds["application/octet-stream"] && r.Status < 300 {
		return nil // bytes
	}
	if !kinds[kind] {
		return fmt.Errorf("content of type %q", kind)
	}
	if kind == "text/event-stream" {
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.Body))
	if err != nil {
		return err
	}
	return op.compiled[status+" "+kind].Validate(v)
}
