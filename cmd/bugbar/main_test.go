package main

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

var update = flag.Bool("update", false, "rewrite what the scripts in testdata expect")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bugbar": main})
}

// hostileFiles are reports that a script cannot hold as text.
var hostileFiles = map[string][]byte{
	"binary.md": []byte("# A\n\x7f\x00\x00\x00ELF"),
	"latin1.md": []byte("caf\xe9 leaks"),
	"noise.md":  []byte("\xff\x01\x02"),
	"utf16.md":  utf16le("---\nfacts: {type: model-theft}\n---\n# café leaks\n"),
	"utf16.jsonl": utf16le(`{"schema":"bugbar/report/v1","title":"First","text":"one"}
{"schema":"bugbar/report/v1","title":"Second café","text":"two"}
`),
	"huge.md":    bytes.Repeat([]byte{32}, 100<<20),
	"hostile.md": []byte("---\ntitle: \"a\\e[2J title \\u202egnirts\"\n---\ntext\n"),
}

// TestScripts runs the scripts of the command line: they read like a session, and document it.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"id": keepID, "sql": changeByHand},
		Setup: func(env *testscript.Env) error {
			for name, data := range hostileFiles {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), data, 0o644); err != nil {
					return err
				}
			}
			root, err := os.Getwd()
			env.Setenv("EXAMPLES", root+"/../../examples/reports")
			env.Setenv("VECTORS", root+"/../../vectors")
			env.Setenv("TERM", "dumb")
			env.Setenv("ESC", "\x1b")
			env.Setenv("TWOLINES", "one\ntwo")
			env.Setenv("LONG", strings.Repeat("x", 300))
			env.Setenv("HOSTILE", "type=\x1b[2Jmodel-theft")
			return err
		},
	})
}

var idPattern = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{9}\b`)

// keepID keeps the first id that the last command printed: id NAME.
func keepID(ts *testscript.TestScript, neg bool, args []string) {
	id := idPattern.FindString(ts.ReadFile("stdout"))
	if neg || len(args) != 1 || id == "" {
		ts.Fatalf("usage: id NAME, after a command that prints an id")
	}
	ts.Setenv(args[0], id)
}

// changeByHand changes a casebook behind bugbar's back: sql FILE STATEMENT...
func changeByHand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sql FILE STATEMENT...")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	for _, statement := range args[1:] {
		_, err := db.Exec(statement)
		ts.Check(err)
	}
	ts.Check(db.Close())
}

// utf16le is text as some shells write it, with its byte order mark.
func utf16le(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}
