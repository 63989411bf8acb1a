// Command bugbar triages AI vulnerability reports: a report comes in, facts and evidence are
// established, and a bug bar says what they come to.
//
// One file holds each command. Exit codes and their meaning stand in exit.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"bugbar/bars"
	"bugbar/internal/fault"
)

// CLI is the command line. Help, completion and the man page are all made from it.
type CLI struct {
	Triage  triageCmd  `cmd:"" help:"Take a report to an explained verdict, asking what is missing."`
	Import  importCmd  `cmd:"" help:"Read scanner output and reports, and group attempts into findings."`
	Suggest suggestCmd `cmd:"" help:"Propose facts from the words of a report."`
	Assess  assessCmd  `cmd:"" help:"Say what a bar makes of facts."`
	Measure measureCmd `cmd:"" help:"Turn the evidence of an attack into metrics with confidence bounds."`
	Dedupe  dedupeCmd  `cmd:"" help:"Find earlier reports that say the same."`
	Eval    evalCmd    `cmd:"" help:"Measure a suggester on labelled reports."`
	Bar     barCmd     `cmd:"" help:"List, show, check, compare and export bars."`

	Cases       casesCmd       `cmd:"" group:"Casebook" help:"List the cases of a casebook."`
	Case        caseCmd        `cmd:"" group:"Casebook" help:"Show everything about a case."`
	Why         whyCmd         `cmd:"" group:"Casebook" help:"Say why a case cannot move to a state."`
	Move        moveCmd        `cmd:"" group:"Casebook" help:"Move a case to another state."`
	Assign      assignCmd      `cmd:"" group:"Casebook" help:"Give a case to somebody."`
	Fact        factCmd        `cmd:"" group:"Casebook" help:"Vouch for facts of a case."`
	Track       trackCmd       `cmd:"" group:"Casebook" help:"Say whether a case is of security or of content."`
	Note        noteCmd        `cmd:"" group:"Casebook" help:"Write something for the team."`
	Reply       replyCmd       `cmd:"" group:"Casebook" help:"Write something to the reporter."`
	Acknowledge acknowledgeCmd `cmd:"" group:"Casebook" help:"Record that the reporter knows that the report arrived."`
	Criterion   criterionCmd   `cmd:"" group:"Casebook" help:"Say what counts as success before trying."`
	Run         runCmd         `cmd:"" group:"Casebook" help:"Record an attempt to reproduce, k of n."`
	Adjust      adjustCmd      `cmd:"" group:"Casebook" help:"Let another outcome stand than the bar's own."`
	Approve     approveCmd     `cmd:"" group:"Casebook" help:"Agree, as the second person, to a grave or adjusted outcome."`
	Link        linkCmd        `cmd:"" group:"Casebook" help:"Relate two cases."`
	Reject      rejectCmd      `cmd:"" group:"Casebook" help:"Say that a suggested duplicate says something else."`
	Flag        flagCmd        `cmd:"" group:"Casebook" help:"Say what is known of a weakness out in the world."`
	Filed       filedCmd       `cmd:"" group:"Casebook" help:"Record that what the law asks for was filed."`
	Embargo     embargoCmd     `cmd:"" group:"Casebook" help:"Propose, start or end an embargo."`
	Invite      inviteCmd      `cmd:"" group:"Casebook" help:"Name somebody on a case."`
	Quarantine  quarantineCmd  `cmd:"" group:"Casebook" help:"Take a case out of everybody's sight but the custodians'."`

	User     userCmd     `cmd:"" group:"Operation of a casebook" help:"Say who works with a casebook, and as what."`
	Token    tokenCmd    `cmd:"" group:"Operation of a casebook" help:"Make, list and revoke the tokens of programs."`
	Serve    serveCmd    `cmd:"" group:"Operation of a casebook" help:"Serve a casebook: its REST API, health and metrics."`
	MailIn   mailInCmd   `cmd:"" group:"Operation of a casebook" help:"Take one mail in, as a mail server pipes it."`
	Openapi  openapiCmd  `cmd:"" group:"Operation of a casebook" help:"Print the description of the REST API."`
	Reassess reassessCmd `cmd:"" group:"Operation of a casebook" help:"Say what another edition of the bar would change, and change it."`
	Verify   verifyCmd   `cmd:"" group:"Operation of a casebook" help:"Hold a casebook against its events."`
	Head     headCmd     `cmd:"" group:"Operation of a casebook" help:"Print the head of the chain, to be kept elsewhere."`
	Backup   backupCmd   `cmd:"" group:"Operation of a casebook" help:"Write a backup."`
	Restore  restoreCmd  `cmd:"" group:"Operation of a casebook" help:"Fill an empty casebook from a backup."`
	Migrate  migrateCmd  `cmd:"" group:"Operation of a casebook" help:"Take a casebook forward to this program's schema."`
	Reindex  reindexCmd  `cmd:"" group:"Operation of a casebook" help:"Make lists and searches anew."`

	Completion completionCmd `cmd:"" help:"Print the completion script of a shell."`
	Man        manCmd        `cmd:"" help:"Print the man page."`

	Version kong.VersionFlag `help:"Print the version and leave."`
}

// app is what a command gets from its surroundings.
type app struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time
	model  *kong.Application
}

// grace is how long a command that is interrupted may take to leave things in order; a server has requests to finish.
func grace(args []string) time.Duration {
	if len(args) > 0 && args[0] == "serve" {
		return stopTime + 2*time.Second
	}
	return 2 * time.Second
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() { // a second interrupt ends at once; a command that does not listen, after a while
		stop()
		time.AfterFunc(grace(os.Args[1:]), func() { os.Exit(exitInterrupted) })
	})
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	left := -1
	parser, err := kong.New(
		&CLI{},
		kong.Name("bugbar"),
		kong.Description("Evidence-first triage for AI vulnerability reports."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { left = max(left, code) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": version(), "defaultBar": bars.Default},
	)
	if err != nil {
		return a.fail(err)
	}
	a.model = parser.Model
	command, err := parser.Parse(args)
	if left >= 0 {
		return left // --help or --version has answered
	}
	if err != nil {
		return a.fail(&usageError{err})
	}
	return a.fail(command.Run(a))
}

// version is that of the module, or of the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			v = s.Value
		}
	}
	return v
}

// usageError is a command line that does not parse.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// Error words what the parser calls a "value value", for want of another name.
func (e *usageError) Error() string {
	return strings.Replace(e.error.Error(), "expected value value", "expected a value", 1)
}

func (e *usageError) Hint() string {
	if known, ok := errors.AsType[*fault.Error](e.error); ok && known.Hint() != "" {
		return known.Hint()
	}
	if parse, ok := errors.AsType[*kong.ParseError](e.error); ok && parse.Context != nil && parse.Context.Selected() != nil {
		return fmt.Sprintf("%s --help", parse.Context.Selected().FullPath())
	}
	return "bugbar --help"
}
