package casebook

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"bugbar/bar"
	"bugbar/internal/fault"
	"bugbar/internal/process"
	"bugbar/internal/sqldb"
)

// Reply is a text that the team often sends to reporters.
type Reply struct {
	Name    string `json:"name"` // small letters, digits and hyphens
	Body    string `json:"body"` // with variables, such as {{title}}
	Shipped bool   `json:"shipped,omitempty"`
	Retired bool   `json:"retired,omitempty"`
}

// Title is the name as people read it: Needs evidence.
func (r Reply) Title() string {
	first, size := utf8.DecodeRuneInString(r.Name)
	return string(unicode.ToUpper(first)) + strings.ReplaceAll(r.Name[size:], "-", " ")
}

// Limits of replies.
const (
	MaxReplies = 200 // of the casebook, retired ones included
	MaxReply   = 16 << 10
)

// ReplySet makes, changes or retires a reply of the team.
type ReplySet struct {
	Name    string `json:"name"`
	Body    string `json:"body"`
	Retired bool   `json:"retired,omitempty"`
}

func (ReplySet) kind() string { return "reply-set" }

var (
	replyName = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}]+(-[\p{Ll}\p{Lo}\p{N}]+)*$`)
	variable  = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
)

// Replies lists the team's replies by name, retired ones included: what ships, and what the team made of it.
func (b *Book) Replies(ctx context.Context, a Actor) ([]Reply, error) {
	if !a.system && len(a.Roles) == 0 {
		return nil, fault.New(fault.Forbidden, "only the team sees its replies")
	}
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT name, body, retired FROM replies")
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	all := shippedReplies(b.process)
	for rows.Next() {
		var r Reply
		if err := rows.Scan(&r.Name, &r.Body, &r.Retired); err != nil {
			return nil, b.db.Trouble(err)
		}
		all = slices.DeleteFunc(all, func(have Reply) bool { return have.Name == r.Name })
		all = append(all, r)
	}
	slices.SortFunc(all, func(x, y Reply) int { return strings.Compare(x.Name, y.Name) })
	return all, b.db.Trouble(rows.Err())
}

func shippedReplies(p *process.Process) []Reply {
	var all []Reply
	for _, r := range p.Replies {
		all = append(all, Reply{Name: r.Name, Body: strings.TrimSpace(r.Body), Shipped: true})
	}
	return all
}

// Reply reads one that is not retired.
func (b *Book) Reply(ctx context.Context, a Actor, name string) (Reply, error) {
	all, err := b.Replies(ctx, a)
	if err != nil {
		return Reply{}, err
	}
	var names []string
	for _, r := range all {
		if r.Name == name && !r.Retired {
			return r, nil
		}
		if !r.Retired {
			names = append(names, r.Name)
		}
	}
	return Reply{}, fault.New(fault.NotFound, "there is no reply %q", clip(name)).In("reply").Do((&bar.UnknownError{Got: name, Choices: names}).Hint())
}

// SetReply makes a reply, changes one, or brings a retired one back.
func (b *Book) SetReply(ctx context.Context, w Write, r Reply) error {
	r.Body = strings.TrimSpace(storable(strings.ReplaceAll(r.Body, "\r\n", "\n")))
	if err := b.May(w.Actor, ManageReplies, nil); err != nil {
		return err
	}
	if err := b.checkReply(r); err != nil {
		return err
	}
	return b.keepReply(ctx, w, ReplySet{Name: r.Name, Body: r.Body})
}

// RetireReply takes a reply out of use. What was sent with it stays.
func (b *Book) RetireReply(ctx context.Context, w Write, name string) error {
	if err := b.May(w.Actor, ManageReplies, nil); err != nil {
		return err
	}
	if _, done, err := b.done(ctx, w); done || err != nil {
		return err
	}
	r, err := b.Reply(ctx, SystemActor, name)
	if err != nil {
		return err
	}
	return b.keepReply(ctx, w, ReplySet{Name: r.Name, Body: r.Body, Retired: true})
}

func (b *Book) keepReply(ctx context.Context, w Write, p ReplySet) error {
	if _, done, err := b.done(ctx, w); done || err != nil {
		return err
	}
	all, err := b.Replies(ctx, SystemActor)
	if err != nil {
		return err
	}
	if len(all) >= MaxReplies && !slices.ContainsFunc(all, func(r Reply) bool { return r.Name == p.Name }) {
		return fault.New(fault.Invalid, "at most %d replies are kept, and retired ones count", MaxReplies).In("name").Do("change one that is retired")
	}
	return b.logSystem(ctx, w.Actor, p, append(b.remember(w, 0), sqldb.S(`INSERT INTO replies (name, body, retired) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET body = excluded.body, retired = excluded.retired`, p.Name, p.Body, flag(p.Retired)))...)
}

func (b *Book) checkReply(r Reply) error {
	switch {
	case utf8.RuneCountInString(r.Name) > 60 || !replyName.MatchString(r.Name):
		return fault.New(fault.Invalid, "%q is no name for a reply", clip(r.Name)).In("name").Do("small letters, digits and single hyphens between them, at most 60, such as needs-evidence")
	case r.Body == "":
		return fault.New(fault.Invalid, "nothing is written").In("body")
	case len(r.Body) > MaxReply:
		return fault.New(fault.Invalid, "larger than %d KiB", MaxReply>>10).In("body")
	}
	names := variableNames(b.process)
	for _, found := range variable.FindAllStringSubmatch(r.Body, -1) {
		if !slices.Contains(names, found[1]) {
			unknown := &bar.UnknownError{What: "variable", Got: clip(found[1]), Choices: names}
			return fault.New(fault.Invalid, "%w", unknown).In("body").Do(unknown.Hint())
		}
	}
	return nil
}

// variableNames are those that a reply can have.
func variableNames(p *process.Process) []string {
	names := make([]string, len(p.Variables))
	for i, v := range p.Variables {
		names[i] = v.Name
	}
	return names
}
