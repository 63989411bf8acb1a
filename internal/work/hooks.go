package work

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/outbound"
)

// deliver tells one webhook of one event.
type deliver struct {
	Webhook casebook.ID `json:"webhook"`
	Stream  casebook.ID `json:"stream"`
	Seq     int64       `json:"seq"`
}

func (deliver) Kind() string { return "webhook" }
func (deliver) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueHooks, MaxAttempts: maxDeliveries, UniqueOpts: once}
}

// maxDeliveries bounds the attempts at one delivery: with the waits between them, about three days.
const maxDeliveries = 12

// notice is what a webhook gets: what happened to what, never what was said. Who may see more asks for it.
type notice struct {
	Type string     `json:"type"`
	Time time.Time  `json:"timestamp"`
	Data noticeData `json:"data"`
}

type noticeData struct {
	Case casebook.ID `json:"case"`
	Seq  int64       `json:"seq"`
	Pos  int64       `json:"pos"` // as the feed shows it to the webhook's owner
}

type hookWorker struct {
	*Worker
	river.WorkerDefaults[deliver]
}

// NextRetry waits 10 s, 30 s, 90 s and so on, at most a day.
func (*hookWorker) NextRetry(job *river.Job[deliver]) time.Time {
	wait := 10 * time.Second
	for range job.Attempt - 1 {
		wait = min(3*wait, 24*time.Hour)
	}
	return time.Now().Add(wait)
}

// Work looks at webhook, owner and case as they are now: what came under embargo since the event is not told.
func (h *hookWorker) Work(ctx context.Context, job *river.Job[deliver]) error {
	hook, err := h.Book.Hook(ctx, job.Args.Webhook)
	if err != nil || hook.Status != casebook.HookActive {
		return lasting(err) // removed or switched off
	}
	c, err := h.Book.Known(ctx, job.Args.Stream)
	if err != nil || !h.Book.Delivers(ctx, hook, c) {
		return lasting(err)
	}
	e, err := h.Book.Event(ctx, job.Args.Stream, job.Args.Seq)
	if err != nil {
		return lasting(err)
	}
	if e.Pos, err = h.Book.PlaceFor(ctx, hook.Owner, e.Pos); err != nil {
		return lasting(err)
	}
	d := casebook.Delivery{Event: e.Stream, Seq: e.Seq, Attempt: job.Attempt}
	answer, sent := h.call(ctx, hook, e)
	d.Status = answer.Status
	if sent != nil {
		d.Error = sent.Error()
	}
	if err := h.Book.Delivered(ctx, hook.ID, d); err != nil {
		return err
	}
	if fault.Is(sent, fault.Invalid) { // an address that must not be called stays one
		return river.JobCancel(sent)
	}
	return sent
}

func (w *Worker) call(ctx context.Context, hook casebook.Webhook, e casebook.Event) (outbound.Answer, error) {
	body, err := json.Marshal(notice{Type: "case." + e.Kind, Time: e.Time(), Data: noticeData{e.Stream, e.Seq, e.Pos}})
	if err != nil {
		return outbound.Answer{}, fault.New(fault.Internal, "%w", err)
	}
	id := fmt.Sprintf("evt_%s_%d", e.Stream, e.Seq)
	header, err := outbound.Sign(hook.Secret, id, time.Now(), body)
	if err != nil {
		return outbound.Answer{}, err
	}
	answer, err := w.Calls.Post(ctx, hook.URL, header, body)
	if err == nil && (answer.Status < 200 || answer.Status > 299) {
		err = fault.New(fault.Unavailable, "the receiver answered %d", answer.Status)
	}
	return answer, err
}

// NewWebhook makes a webhook whose address may be called. Its secret is in the answer, and shown this once.
func (w *Worker) NewWebhook(ctx context.Context, by casebook.Write, h casebook.Webhook) (casebook.Webhook, error) {
	if err := w.Calls.Check(h.URL); err != nil {
		return h, err
	}
	h.Secret = outbound.NewSecret()
	return w.Book.AddWebhook(ctx, by, h)
}
