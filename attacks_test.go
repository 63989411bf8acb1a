package bugbar_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const attacks = 35

// TestAttacksAreTested holds docs/attacks.md to the tests: every attack has a row with a test that bears its number, every test
// that is named exists, and every test with a number is named.
func TestAttacksAreTested(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \|.*\| ([^|]*) \|$`).FindAllStringSubmatch(string(text), -1)
	if len(rows) != attacks {
		t.Errorf("%d rows, and there are %d attacks", len(rows), attacks)
	}
	there, named := attackTests(t), map[string]bool{}
	for i, row := range rows {
		if row[1] != fmt.Sprint(i+1) {
			t.Errorf("row %d is of attack %s", i+1, row[1])
		}
		tests := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1)
		if len(tests) == 0 {
			t.Errorf("attack %s has no test", row[1])
		}
		for _, m := range tests {
			named[m[1]] = true
			if numbers := numbersOf(m[1]); !slices.Contains(numbers, i+1) {
				t.Errorf("attack %s: %s is of %v", row[1], m[1], numbers)
			}
			if !there[m[1]] {
				t.Errorf("attack %s: there is no test %s", row[1], m[1])
			}
		}
	}
	for name := range there {
		if !named[name] {
			t.Errorf("%s is not in docs/attacks.md", name)
		}
	}
}

// numbersOf are the attacks that a test is named after.
func numbersOf(test string) (all []int) {
	for _, digits := range regexp.MustCompile(`(?:TestAttack|And)(\d\d)`).FindAllStringSubmatch(test, -1) {
		var n int
		_, _ = fmt.Sscan(strings.TrimLeft(digits[1], "0"), &n) // digits
		all = append(all, n)
	}
	return all
}

// attackTests are the tests in the tree that bear a number, as PACKAGE.TEST.
func attackTests(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (TestAttack\d\w+)\(t \*testing\.T\)`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pkg := regexp.MustCompile(`(?m)^package (\w+?)(?:_test)?$`).FindSubmatch(text)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			all[string(pkg[1])+"."+string(m[1])] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAttack15And17NoParserOfOthers: nothing of ours reads XML or images or has Go's own object format, and nothing calls
// another program, so that what arrives meets none of their parsers.
func TestAttack15And17NoParserOfOthers(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, p := range list(t, "./...") {
		seen++
		for _, i := range p.Imports {
			reads := i == "encoding/xml" || i == "encoding/gob" || i == "os/exec" || i == "plugin" || i == "image" || strings.HasPrefix(i, "image/") && i != "image/color" || strings.HasPrefix(i, "golang.org/x/image")
			if reads && p.ImportPath != "bugbar/internal/sqldb/sqldbtest" { // which starts a database for tests
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d packages were looked at", seen)
	}
}
