package event

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, subject, payload string
		want                   string // part of the error; "": none
	}{
		{"a sale", "stagedoor.seats.sold.v1", `{"performance_id":"p","order_id":"o","seats":["stalls-A-1"]}`, ""},
		{"seats of none", "stagedoor.seats.sold.v1", `{"performance_id":"p","order_id":"o","seats":null}`, ""},
		{"a sum as Go writes it", "stagedoor.order.paid.v1", `{"order_id":"o","total":12500}`, ""},
		{"more than was agreed", "stagedoor.site.changed.v1", `{"brand_id":"lyceum","hostname":"x"}`, "hostname"},
		{"another type", "stagedoor.site.changed.v1", `{"brand_id":7}`, "SiteChanged"},
		{"half a sum", "stagedoor.order.paid.v1", `{"total":0.5}`, "total"},
		{"no object", "stagedoor.site.changed.v1", `[]`, "SiteChanged"},
		{"nothing", "stagedoor.site.changed.v1", ``, "SiteChanged"},
		{"a subject nobody agreed on", "stagedoor.site.changed.v2", `{}`, "no schema"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := Check(test.subject, []byte(test.payload))
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want something about %q", err, test.want)
			}
		})
	}
	if err := Check("stagedoor.none.v1", nil); !errors.Is(err, ErrUnknownSubject) {
		t.Errorf("got %v", err)
	}
}

const (
	schemas   = "proto"
	published = "proto/published.binpb"
)

// buf runs the schema tool of this repository's node_modules on a folder of schemas.
func buf(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	tool, err := filepath.Abs("../../../node_modules/.bin/buf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(tool); err != nil {
		t.Skip("buf is not installed: `make setup-test` installs it with the other Node packages")
	}
	command := exec.Command(tool, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "BUF_CACHE_DIR="+t.TempDir())
	output, err := command.CombinedOutput()
	return string(output), err
}

func TestSchemasFollowTheRules(t *testing.T) {
	t.Parallel()
	if output, err := buf(t, schemas, "lint"); err != nil {
		t.Errorf("buf lint: %v\n%s", err, output)
	}
}

func TestSchemasOnlyGrow(t *testing.T) {
	t.Parallel()
	if output, err := buf(t, schemas, "breaking", "--exclude-imports", "--against", "published.binpb"); err != nil {
		t.Errorf("readers of today could not read this (see the package's documentation): %v\n%s", err, output)
	}
}

// The check above is worth something only if it fails when it should.
func TestABrokenSchemaIsNoticed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, file, old, new string }{
		{"a field is gone", "booking", "  string currency = 7;\n", ""},
		{"a field has another type", "booking", "int64 total = 8", "string total = 8"},
		{"a field has another name", "booking", "string number = 2", "string reference = 2"},
		{"a field has another number", "content", "string brand_id = 5", "string brand_id = 6"},
		{"one seat in place of several", "booking", "repeated string seats = 3", "string seats = 3"},
		{"a message is gone", "content", "message SiteChanged", "message SiteAltered"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(schemas)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "stagedoor/event/v1", test.file+".proto")
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(string(source), test.old, test.new, 1)
			if broken == string(source) {
				t.Fatalf("%s does not hold %q", file, test.old)
			}
			if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			if output, err := buf(t, dir, "build"); err != nil {
				t.Fatalf("it is no schema any more: %s", output)
			}
			if output, err := buf(t, dir, "breaking", "--exclude-imports", "--against", "published.binpb"); err == nil {
				t.Errorf("nobody noticed: %s", output)
			}
		})
	}
}

// buf does not look into our own option: a subject keeps its message, and none is given up.
func TestSubjectsKeepTheirMessages(t *testing.T) {
	t.Parallel()
	image, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	var files descriptorpb.FileDescriptorSet // a buf image is one with more in it
	if err := proto.Unmarshal(image, &files); err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, file := range files.GetFile() {
		for _, message := range file.GetMessageType() {
			for _, subject := range carriers(message.GetOptions()) {
				known++
				if now, ok := bySubject()[subject]; !ok || string(now.Name()) != message.GetName() {
					t.Errorf("%s carried a %s and now %v", subject, message.GetName(), now)
				}
			}
		}
	}
	if known != len(bySubject()) {
		t.Errorf("%d subjects are published and %d are in the schemas: publish them, as the package's documentation says", known, len(bySubject()))
	}
}

// Every subject that the origin names has a schema.
func TestEverySubjectHasASchema(t *testing.T) {
	t.Parallel()
	literal := regexp.MustCompile(`"(stagedoor(?:\.[a-z0-9_]+){2,6}\.v[0-9]+)"`)
	named := 0
	err := filepath.WalkDir("../..", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range literal.FindAllSubmatch(source, -1) {
			named++
			if _, ok := bySubject()[string(match[1])]; !ok {
				t.Errorf("%s names %s, which has no schema", path, match[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if named < 10 {
		t.Errorf("only %d subjects were found: is this still where the origin is?", named)
	}
}
