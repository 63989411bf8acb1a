package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const deployFolder = "../../deploy"

func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDeployedSettings: every setting in deploy is one that the server reads.
func TestDeployedSettings(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&serveCmd{})
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, f := range parser.Model.Flags {
		known = append(known, f.Envs...)
	}
	for _, name := range []string{"Dockerfile", "compose.yaml", "bugbar.service"} {
		found := regexp.MustCompile(`\bBUGBAR_\w+`).FindAllString(deployed(t, name), -1)
		if len(found) == 0 {
			t.Errorf("deploy/%s has no setting", name)
		}
		for _, setting := range found {
			if !slices.Contains(known, setting) {
				t.Errorf("deploy/%s sets %s, which bugbar serve does not know", name, setting)
			}
		}
	}
}

// service is what of a service in compose.yaml has to agree with other files.
type service struct {
	Environment map[string]string
	Networks    yaml.Node // a list of names, or addresses by name
}

func (s service) address() string {
	var fixed map[string]struct {
		Address string `yaml:"ipv4_address"`
	}
	_ = s.Networks.Decode(&fixed) // a list has no address
	return fixed["inside"].Address
}

// TestDeployedAddresses: nginx sends requests to the servers of compose.yaml, and only nginx is believed by them.
func TestDeployedAddresses(t *testing.T) {
	t.Parallel()
	var compose struct{ Services map[string]service }
	if err := yaml.Unmarshal([]byte(deployed(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	proxy := compose.Services["proxy"].address()
	var servers []string
	for name, s := range compose.Services {
		if !strings.HasPrefix(name, "bugbar-") {
			continue
		}
		servers = append(servers, s.address()+":8080")
		if got := s.Environment["BUGBAR_PROXY"]; got != proxy || got == "" {
			t.Errorf("%s believes %q, and the proxy is %q", name, got, proxy)
		}
	}
	var upstream []string
	for _, m := range regexp.MustCompile(`(?m)^ +server ([\d.]+:\d+)`).FindAllStringSubmatch(deployed(t, "nginx.conf"), -1) {
		upstream = append(upstream, m[1])
	}
	slices.Sort(servers)
	if diff := cmp.Diff(servers, upstream); diff != "" || len(servers) < 2 {
		t.Errorf("servers (-compose.yaml +nginx.conf):\n%s", diff)
	}
}
