// Package openai is a suggester that asks a language model behind any endpoint that speaks OpenAI's
// protocol: Ollama, vLLM, Azure, OpenAI. It is off unless somebody names a model.
//
// The model gets no tools and no other report. The text goes in as data, with invisible characters
// marked, and what comes back is believed only as far as it can be checked: it must follow the
// schema, name values of the bar, and quote words that stand in the text. What fails a check is
// dropped and counted. Suspicions and signals of quality come from the embedded model, which also
// answers alone where the endpoint does not.
package openai

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"bugbar/bar"
	"bugbar/internal/suggest"
)

// Config says which model to ask, and how much it may take. Zero limits mean the defaults.
type Config struct {
	URL    string // of the endpoint, up to and including its version, for instance http://127.0.0.1:11434/v1
	Model  string
	Key    string
	Strict bool // fail where the endpoint does, in place of answering with the embedded model

	Timeout   time.Duration // of one attempt; a minute
	Retries   int           // after the first attempt; two, none if below zero
	MaxText   int           // bytes of a report that are sent; 64 KiB
	MaxAnswer int           // tokens of an answer; 2,000
	Budget    int64         // tokens in all, of questions and answers; a million
}

// maxResponse is the size of the largest response that is read, in bytes.
const maxResponse = 1 << 20

// Suggester asks a model. It is safe for concurrent use.
type Suggester struct {
	config   Config
	bar      *bar.Bar
	embedded *suggest.Model
	client   openai.Client
	system   string
	schema   map[string]any
	check    *jsonschema.Schema
	spent    atomic.Int64 // tokens
}

// UnavailableError says that the endpoint gave no usable answer.
type UnavailableError struct {
	Model, URL string
	Err        error
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("openai:%s at %s gives no answer: %v", e.Model, e.URL, e.Err)
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// Hint says what would do.
func (e *UnavailableError) Hint() string {
	return "start the endpoint, set --endpoint and OPENAI_API_KEY, or use --suggester embedded"
}

// New makes a suggester for a bar.
func New(b *bar.Bar, embedded *suggest.Model, c Config) (*Suggester, error) {
	c.Timeout = orDefault(c.Timeout, time.Minute)
	c.Retries = max(0, orDefault(c.Retries, 2))
	c.MaxText = orDefault(c.MaxText, 64<<10)
	c.MaxAnswer = orDefault(c.MaxAnswer, 2000)
	c.Budget = orDefault(c.Budget, 1_000_000)
	s := &Suggester{config: c, bar: b, embedded: embedded, system: instructions(b), schema: schema(b)}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("answer.json", s.schema); err != nil {
		return nil, err
	}
	var err error
	if s.check, err = compiler.Compile("answer.json"); err != nil {
		return nil, err
	}
	s.client = openai.NewClient(
		option.WithBaseURL(c.URL), option.WithAPIKey(c.Key),
		option.WithMaxRetries(c.Retries), option.WithRequestTimeout(c.Timeout), option.WithMiddleware(bounded),
	)
	return s, nil
}

func orDefault[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}

// bounded lets no response be larger than maxResponse.
func bounded(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	response, err := next(r)
	if err == nil && response.Body != nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxResponse), response.Body}
	}
	return response, err
}

// Suggest asks the model about a report.
func (s *Suggester) Suggest(ctx context.Context, text string) (*suggest.Result, error) {
	base, err := s.embedded.Suggest(ctx, text)
	if err != nil {
		return nil, err
	}
	shown, offsets := suggest.Show(text)
	unread := 0
	if len(shown) > s.config.MaxText {
		unread = len(text) - offsets[s.config.MaxText]
		shown = shown[:s.config.MaxText]
	}
	response, err := s.ask(ctx, shown)
	var answer *answer
	if err == nil {
		answer, err = s.decode(response)
	}
	if err != nil {
		err = &UnavailableError{s.config.Model, s.config.URL, err}
		if s.config.Strict || ctx.Err() != nil {
			return nil, err
		}
		base.Notes = append(base.Notes, err.Error()+"; the embedded suggester has answered")
		return base, nil
	}
	r := checker{bar: s.bar, received: text, shown: shown, offsets: offsets}.result(answer, base)
	r.Suggester = suggest.Identity{Name: "openai:" + s.config.Model, Digest: s.digest(response)}
	r.Bar, r.Edition, r.Suspicions, r.Unread = base.Bar, base.Edition, base.Suspicions, unread
	return r, nil
}

// ask sends one report.
func (s *Suggester) ask(ctx context.Context, shown string) (*openai.ChatCompletion, error) {
	if spent := s.spent.Load(); spent >= s.config.Budget {
		return nil, fmt.Errorf("the budget of %d tokens is spent", s.config.Budget)
	}
	response, err := s.client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model:       s.config.Model,
		Messages:    []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(s.system), openai.UserMessage(asData(shown))},
		MaxTokens:   openai.Int(int64(s.config.MaxAnswer)), // the newer name is unknown to most servers
		Temperature: openai.Float(0),
		Seed:        openai.Int(1),
		ResponseFormat: openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "proposals", Strict: openai.Bool(true), Schema: s.schema},
		}},
	})
	if err != nil {
		return nil, err
	}
	s.spent.Add(response.Usage.TotalTokens)
	return response, nil
}

// digest names what answered: the model as the endpoint names it, its fingerprint, and our question.
func (s *Suggester) digest(r *openai.ChatCompletion) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %v", r.Model, r.JSON.SystemFingerprint.Raw(), s.system, s.schema))
	return hex.EncodeToString(h[:8])
}
