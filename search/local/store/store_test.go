package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func open(t testing.TB, dir string, out *bytes.Buffer) *Folder {
	t.Helper()
	f, err := OpenFolder(dir, SyncNever, slog.New(slog.NewTextHandler(out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolderIsHeldByOne(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, &bytes.Buffer{})
	if _, err := OpenFolder(dir, SyncNever, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrInUse) {
		t.Fatalf("second open: %v, want %v", err, ErrInUse)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir, &bytes.Buffer{}).Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCutShort cuts a file after every byte: whole frames stay, the rest goes
// with a warning, and what is written afterwards is there.
func TestCutShort(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	f := open(t, dir, &out)
	d, _, err := f.OpenDocuments("shows")
	if err != nil {
		t.Fatal(err)
	}
	var ends []int64
	for n := range uint32(3) {
		if _, err := d.Append([]Change{{2 * n, []byte("first")}, {2*n + 1, fmt.Append(nil, "show ", n)}}, nil); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, d.segments[0].log.size)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "shows", "00000001.log")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range int64(len(whole)) + 1 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		d, refs, err := f.OpenDocuments("shows")
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		want, clean := 0, cut == 0
		for _, e := range ends {
			if e <= cut {
				want += 2
			}
			clean = clean || e == cut
		}
		if len(refs) != want {
			t.Errorf("cut at %d: %d documents, want %d", cut, len(refs), want)
		}
		if warned := strings.Contains(out.String(), "crash cut short"); warned == clean {
			t.Errorf("cut at %d: warned %v", cut, warned)
		}
		again, err := d.Append([]Change{{9, []byte("after")}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := d.Read(nil, again[0]); err != nil || string(body) != "after" {
			t.Errorf("cut at %d: read %q, %v", cut, body, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamageInTheMiddleIsAnError(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, &bytes.Buffer{})
	d, _, err := f.OpenDocuments("shows")
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint32(3) {
		if _, err := d.Append([]Change{{n, []byte("a show of some length")}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "shows", "00000001.log")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[20] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.OpenDocuments("shows"); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "00000001.log") {
		t.Fatalf("got %v, want %v with the file's name", err, ErrDamaged)
	}
}

// TestFullDisk writes to a file system without room.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("this system has no /dev/full to write to")
	}
	l := &log{f: full, path: "/dev/full", sync: SyncNever}
	if _, err := l.append([]byte("show")); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want %v", err, ErrFull)
	}
	if l.size != 0 {
		t.Fatal("the file counts what was not written")
	}
}

// TestDocuments compares the files with a map through changes, cleaning and
// reopening.
func TestDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "documents")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		f, err := OpenFolder(dir, SyncNever, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		d, refs, err := f.OpenDocuments("c")
		if err != nil {
			t.Fatal(err)
		}
		d.roll = 200
		want := map[uint32]string{}
		at := func(n uint32) Ref {
			if int(n) < len(refs) {
				return refs[n]
			}
			return Ref{}
		}
		set := func(n uint32, r Ref) {
			for int(n) >= len(refs) {
				refs = append(refs, Ref{})
			}
			refs[n] = r
		}
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				var batch []Change
				var old []Ref
				for _, n := range rapid.SliceOfNDistinct(rapid.Uint32Range(0, 9), 1, 4, rapid.ID).Draw(t, "numbers") {
					c := Change{Number: n}
					if rapid.Bool().Draw(t, "keep") {
						c.Body = []byte(rapid.StringN(1, 30, 60).Draw(t, "body"))
						want[n] = string(c.Body)
					} else {
						delete(want, n)
					}
					batch, old = append(batch, c), append(old, at(n))
				}
				written, err := d.Append(batch, old)
				if err != nil {
					t.Fatal(err)
				}
				for i, c := range batch {
					set(c.Number, written[i])
				}
			},
			"clean": func(t *rapid.T) {
				if err := d.Clean(at, set); err != nil {
					t.Fatal(err)
				}
			},
			"reopen": func(t *rapid.T) {
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				if d, refs, err = f.OpenDocuments("c"); err != nil {
					t.Fatal(err)
				}
				d.roll = 200
			},
			"": func(t *rapid.T) {
				var live int64
				for n := range uint32(10) {
					if at(n).None() != (want[n] == "") {
						t.Fatalf("document %d: %+v, want %q", n, at(n), want[n])
					}
					if at(n).None() {
						continue
					}
					body, err := d.Read(nil, at(n))
					if err != nil || string(body) != want[n] {
						t.Fatalf("document %d: %q, %v, want %q", n, body, err, want[n])
					}
					live += int64(len(body))
				}
				if d.live != live {
					t.Fatalf("%d bytes count, want %d", d.live, live)
				}
			},
		})
		if err := errors.Join(d.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBook(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, &bytes.Buffer{})
	b, err := f.OpenBook()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		if err := b.Put("alias/shows", fmt.Sprintf("shows_v%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Change(map[string]any{"alias/news": "n", "key/1": 1, "key/2": 2}); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete("key/1", "nothing"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first opening rewrites the file
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if b, err = f.OpenBook(); err != nil {
			t.Fatal(err)
		}
		var name string
		if ok, err := b.Get("alias/shows", &name); !ok || err != nil || name != "shows_v399" {
			t.Fatalf("got %q, %v, %v", name, ok, err)
		}
		if got := fmt.Sprint(b.Keys("alias/"), b.Keys("key/")); got != "[alias/shows alias/news] [key/2]" {
			t.Fatalf("keys %s", got)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "book.log")); err != nil || info.Size() > 1000 {
		t.Fatalf("the book was not rewritten: %v, %v", info.Size(), err)
	}
}
