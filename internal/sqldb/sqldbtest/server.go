package sqldbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server with a folder of its own, on a socket in it.
type Server struct {
	URL      string
	dir      string
	settings []string
	bin      string
	ended    bool
	postgres *exec.Cmd
	done     chan error     // tells of its end
	guard    io.WriteCloser // closed, also by the end of this process, it ends the server
}

// Start starts a server for one test, which may stop and start it. It flushes to the disk, as PostgreSQL does
// where nobody tells it otherwise: what is said of durability and of speed is measured here.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.ended = true
		_ = s.Kill()
		_ = s.guard.Close()
	})
	return s
}

func start(settings ...string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(short(), "bugbar-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin, settings: settings, URL: "postgres://bugbar@/postgres?host=" + dir}
	if err := s.own(); err != nil {
		return nil, err
	}
	if err := s.watch(); err != nil {
		return nil, err
	}
	initdb, err := s.program(filepath.Join(s.bin, "initdb"), "-D", "data", "-U", "bugbar", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if err != nil {
		return nil, err
	}
	if err := initdb.Run(); err != nil {
		return nil, s.trouble("initdb", err)
	}
	return s, s.Start()
}

// short is a folder for temporary files in which the path of a socket is short enough.
func short() string {
	if dir := os.TempDir(); len(dir) < 60 {
		return dir
	}
	return "/tmp"
}

// programs finds the folder of initdb and postgres.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path)
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("these tests need PostgreSQL 13 or newer, and there is no initdb: install it (on Debian: apt-get install postgresql), " +
			"or set BUGBAR_TEST_POSTGRES to postgres://USER@HOST/DATABASE of a server on which databases may be made")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// account is who the server runs as: PostgreSQL refuses root. It is nil for whoever runs the tests.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody: add one")
}

// own gives the folder to the server's account.
func (s *Server) own() error {
	who, err := account()
	if err != nil || who == nil {
		return err
	}
	return os.Chown(s.dir, int(who.Uid), int(who.Gid))
}

// program prepares a program to run as the server's account.
func (s *Server) program(name string, args ...string) (*exec.Cmd, error) {
	who, err := account()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setpgid: true}
	return cmd, nil
}

// watch has a shell wait for the end of this process, however it ends, so that neither a server nor its
// files stay behind.
func (s *Server) watch() error {
	sh, err := s.program("sh", "-c", `read -r word
		test -e data/postmaster.pid && read -r pid <data/postmaster.pid && kill -QUIT $pid && while kill -0 $pid; do sleep 0.1; done
		cd / && rm -rf "$0"`, s.dir)
	if err != nil {
		return err
	}
	if s.guard, err = sh.StdinPipe(); err != nil {
		return err
	}
	if err := sh.Start(); err != nil {
		return err
	}
	go func() { _ = sh.Wait() }()
	return nil
}

// Start starts the server, at first or again, and waits until it answers. What is left of one that was killed may
// hold its memory for a moment longer.
func (s *Server) Start() error {
	for try := 1; ; try++ {
		err := s.start()
		if err == nil || try == 100 || !strings.Contains(err.Error(), "pre-existing shared memory block") {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *Server) start() error {
	var err error
	args := []string{"-D", "data", "-k", s.dir}
	for _, setting := range append([]string{"listen_addresses=", "max_connections=200", "shared_buffers=64MB"}, s.settings...) {
		args = append(args, "-c", setting)
	}
	s.postgres, err = s.program(filepath.Join(s.bin, "postgres"), args...)
	if err != nil {
		return err
	}
	if err := s.postgres.Start(); err != nil {
		return err
	}
	s.done = make(chan error, 1)
	go func(cmd *exec.Cmd, done chan error) { done <- cmd.Wait() }(s.postgres, s.done)
	return s.answers()
}

func (s *Server) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case ended := <-s.done:
			return s.trouble("postgres", errors.Join(ended, err))
		case <-ctx.Done():
			return s.trouble("postgres", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server in good order.
func (s *Server) Stop() error {
	if err := s.postgres.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	<-s.done
	return nil
}

// Kill ends the server as a crash does: what it has not handed to the system is lost.
func (s *Server) Kill() error {
	pid := s.postgres.Process.Pid
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // where there is none, they end by themselves
	if err := s.postgres.Process.Kill(); err != nil {
		return err
	}
	for _, child := range strings.Fields(string(children)) {
		if pid, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	<-s.done
	return nil
}

func (s *Server) trouble(what string, err error) error {
	log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return fmt.Errorf("%s in %s: %w\n%s", what, s.dir, err, log)
}
