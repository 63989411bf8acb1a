package main

import (
	"cmp"
	"strings"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Make somebody, or a program, known to a casebook."`
	List     userListCmd     `cmd:"" help:"List who is known."`
	Roles    userRolesCmd    `cmd:"" help:"Say what somebody is to the programme."`
	Disable  userDisableCmd  `cmd:"" help:"Keep somebody out: their sessions and tokens end at once."`
	Enable   userEnableCmd   `cmd:"" help:"Let somebody in again."`
	Erase    userEraseCmd    `cmd:"" help:"Erase who somebody is; what they did stays."`
	Password userPasswordCmd `cmd:"" help:"Give somebody a password, read from the terminal or standard input."`
	Link     userLinkCmd     `cmd:"" help:"Make a one-time code with which somebody signs in."`
}

// shownPerson is a person as these commands print them.
type shownPerson struct {
	ID     casebook.ID     `json:"id"`
	Handle string          `json:"handle"`
	Status string          `json:"status"`
	Roles  []casebook.Role `json:"roles"`
	Name   string          `json:"name,omitempty"`
	Email  string          `json:"email,omitempty"`
}

func shown(p *casebook.Person) shownPerson {
	return shownPerson{p.ID, p.Handle, p.Status, append([]casebook.Role{}, p.Roles...), p.Identity.Name, p.Identity.Email}
}

// tell prints what became of somebody.
func (f operatorFlags) tell(a *app, p *casebook.Person, did string) error {
	if f.Format == "json" {
		return printJSON(a, shown(p))
	}
	out := newPage(a.stdout)
	out.printf("%s %s (%s).\n", p.Handle, did, list(p.Roles))
	return out.err
}

func list[S ~string](words []S) string {
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = string(w)
	}
	return cmp.Or(strings.Join(text, ", "), "no role")
}

type userAddCmd struct {
	Handle string          `arg:"" help:"The name that others see: small letters, digits, dots and hyphens."`
	Role   []casebook.Role `help:"What they are: intake, triager, analyst, reviewer, editor, publisher, manager, auditor, admin, custodian or service. More than one with commas." placeholder:"ROLE"`
	Name   string          `help:"Their name." placeholder:"NAME"`
	Email  string          `help:"Where to write to. It gives no right." placeholder:"ADDRESS"`
	operatorFlags
}

func (c *userAddCmd) Run(a *app) error {
	identity := casebook.Identity{Name: c.Name, Email: c.Email}
	if err := cmp.Or(casebook.CheckOperator(c.By), casebook.CheckHandle(c.Handle), casebook.CheckRoles(c.Role), identity.Check()); err != nil {
		return err // before a casebook is made for somebody who cannot be added
	}
	return c.withNew(a, func(b *casebook.Book) error {
		w, err := b.Operate(a.ctx, c.By, "user add", 0)
		if err != nil {
			return err
		}
		p, err := b.AddPerson(a.ctx, w, c.Handle, c.Role, identity)
		if err != nil {
			return err
		}
		return c.tell(a, p, "is known now")
	})
}

type userListCmd struct{ operatorFlags }

func (c *userListCmd) Run(a *app) error {
	return c.with(a, func(b *casebook.Book) error {
		people, err := b.People(a.ctx, casebook.SystemActor)
		if err != nil {
			return err
		}
		all := make([]shownPerson, len(people))
		for i, p := range people {
			all[i] = shown(p)
		}
		if c.Format == "json" {
			return printJSON(a, all)
		}
		rows := make([][]string, len(all))
		for i, p := range all {
			rows[i] = []string{p.Handle, p.Status, list(p.Roles), triage.Visible(p.Name)}
		}
		out := newPage(a.stdout)
		out.columns(rows)
		return out.err
	})
}

type userRolesCmd struct {
	Handle string          `arg:"" help:"Who."`
	Roles  []casebook.Role `arg:"" optional:"" help:"All of their roles from now on."`
	None   bool            `help:"Take all roles away."`
	operatorFlags
}

func (c *userRolesCmd) Run(a *app) error {
	if (len(c.Roles) == 0) != c.None {
		return &inputError{"which roles?", "name all that they have from now on, or --none"}
	}
	return c.person(a, "user roles", c.Handle, func(b *casebook.Book, w casebook.Write, p *casebook.Person) error {
		p, err := b.SetRoles(a.ctx, w, p.ID, c.Roles)
		if err != nil {
			return err
		}
		return c.tell(a, p, "has these roles now")
	})
}

type userDisableCmd struct {
	Handle string `arg:"" help:"Who."`
	operatorFlags
}

func (c *userDisableCmd) Run(a *app) error {
	return c.status(a, "user disable", c.Handle, casebook.Disabled, "is kept out")
}

type userEnableCmd struct {
	Handle string `arg:"" help:"Who."`
	operatorFlags
}

func (c *userEnableCmd) Run(a *app) error {
	return c.status(a, "user enable", c.Handle, casebook.Active, "is let in")
}

type userEraseCmd struct {
	Handle string `arg:"" help:"Who."`
	Yes    bool   `help:"I know that this cannot be undone."`
	operatorFlags
}

func (c *userEraseCmd) Run(a *app) error {
	if !c.Yes {
		return &inputError{"erasing cannot be undone", "bugbar user disable keeps somebody out; --yes erases"}
	}
	return c.status(a, "user erase", c.Handle, casebook.Erased, "is erased")
}

func (f operatorFlags) status(a *app, what, handle, status, did string) error {
	return f.person(a, what, handle, func(b *casebook.Book, w casebook.Write, p *casebook.Person) error {
		p, err := b.SetStatus(a.ctx, w, p.ID, status)
		if err != nil {
			return err
		}
		return f.tell(a, p, did)
	})
}

type userPasswordCmd struct {
	Handle string `arg:"" help:"Whose."`
	operatorFlags
}

func (c *userPasswordCmd) Run(a *app) error {
	password, err := a.password()
	if err != nil {
		return err
	}
	return c.person(a, "user password", c.Handle, func(b *casebook.Book, w casebook.Write, p *casebook.Person) error {
		if err := b.SetPassword(a.ctx, w, p.ID, password, ""); err != nil {
			return err
		}
		return c.tell(a, p, "has a new password; sessions ended")
	})
}

type userLinkCmd struct {
	Handle  string `arg:"" help:"For whom."`
	Expires days   `help:"How long it can be used: 30m, 1h; at most 1d." default:"1h" placeholder:"TIME"`
	operatorFlags
}

// Help is shown by bugbar user link --help.
func (userLinkCmd) Help() string {
	return "The code is shown this once; it works once, on the sign-in page. Hand it over by a way that nobody else reads."
}

func (c *userLinkCmd) Run(a *app) error {
	return c.person(a, "user link", c.Handle, func(b *casebook.Book, w casebook.Write, p *casebook.Person) error {
		code, err := b.IssueLink(a.ctx, w, p.ID, time.Duration(c.Expires))
		if err != nil {
			return err
		}
		if c.Format == "json" {
			return printJSON(a, struct {
				Handle  string `json:"handle"`
				Code    string `json:"code"`
				Expires int64  `json:"expires"`
			}{p.Handle, code, b.Now().Add(time.Duration(c.Expires)).UnixMilli()})
		}
		out := newPage(a.stdout)
		out.printf("%s\n", code)
		return out.err
	})
}
