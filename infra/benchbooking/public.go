package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/infra/tinygo"
	"github.com/stagedoor/stagedoor/origin/freeport"
)

// theatre is whose pages are read.
const theatre = "savoy"

// opening is how long a house may take to open, the building of the edge included.
const opening = 8 * time.Minute

// public has readers at a house as `make up` opens it: a theatre's listing and the snapshot of a seat map, through the edge
// and straight at the origin. All parts of the house and its readers share this machine.
func (p plan) public(ctx context.Context, n bench.Numbers) (err error) {
	p.say("opening a whole house")
	up, err := openUp(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, up.close()) }()
	seats, err := up.snapshot(ctx)
	if err != nil {
		return err
	}
	for _, turn := range []struct {
		name, path string
		question   func(context.Context, string, int) (*http.Request, error)
	}{
		{"reads_listing_edge", "/", up.atEdge}, {"reads_listing_origin", "/", up.atOrigin},
		{"reads_snapshot_edge", seats, up.atEdge}, {"reads_snapshot_origin", seats, up.atOrigin},
	} {
		if err := p.crowd(ctx, n, turn.name, func(reader int) (*http.Request, error) { return turn.question(ctx, turn.path, reader) }); err != nil {
			return fmt.Errorf("%s: %w", turn.name, err)
		}
	}
	return nil
}

// upHouse is a house that `stagedoor up` keeps open.
type upHouse struct {
	dir   string
	port  int
	key   []byte
	up    *exec.Cmd
	ended chan error
}

func openUp(ctx context.Context) (_ *upHouse, err error) {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return nil, err
	}
	h := &upHouse{ended: make(chan error, 1)}
	if h.dir, err = os.MkdirTemp("", "bench-public-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if h.port, err = freeport.Row(9); err != nil {
		return nil, err
	}
	program, err := bench.Build(ctx, root, h.dir)
	if err != nil {
		return nil, err
	}
	said, err := os.Create(filepath.Join(h.dir, "up.log"))
	if err != nil {
		return nil, err
	}
	defer said.Close()
	up := exec.Command(program, "up", "--port", fmt.Sprint(h.port), "--data", filepath.Join(h.dir, "house"))
	up.Dir, up.Stdout, up.Stderr = root, said, said
	if err := up.Start(); err != nil {
		return nil, err
	}
	h.up = up
	go func() { h.ended <- up.Wait() }()
	for until := time.Now().Add(opening); ; time.Sleep(200 * time.Millisecond) {
		text, _ := os.ReadFile(said.Name()) // until then nothing is said
		if bytes.Contains(text, []byte("The house is open")) {
			break
		}
		select {
		case err := <-h.ended:
			h.up = nil
			return nil, fmt.Errorf("the house closed while it was opening: %w\n%s", err, bytes.TrimSpace(text))
		case <-ctx.Done():
			return nil, ctx.Err()
		default:
		}
		if time.Now().After(until) {
			return nil, errors.New("the house does not open")
		}
	}
	key, err := os.ReadFile(filepath.Join(h.dir, "house", "keys", "hop"))
	h.key = bytes.TrimSpace(key)
	return h, err
}

// atEdge is what a browser asks. Readers come from addresses of their own, as people do.
func (h *upHouse) atEdge(ctx context.Context, path string, reader int) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", h.port, path), nil)
	if err != nil {
		return nil, err
	}
	r.Host = fmt.Sprintf("%s.localhost:%d", theatre, h.port)
	r.Header.Set("Cf-Connecting-Ip", fmt.Sprintf("10.%d.%d.7", reader/250%250, reader%250))
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")
	r.Header.Set("Accept-Language", "en-GB")
	return r, nil
}

// atOrigin is the same as the edge would pass it on.
func (h *upHouse) atOrigin(ctx context.Context, path string, _ int) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", h.port+1, path), nil)
	if err != nil {
		return nil, err
	}
	r.Host = fmt.Sprintf("%s.localhost:%d", theatre, h.port)
	r.Header.Set(hop.HeaderForwardedProto, "http")
	r.Header.Set("Accept-Language", "en-GB")
	return r, hop.Sign(h.key, r, theatre, time.Now())
}

// snapshot is the address of the seats of a performance that is on sale.
func (h *upHouse) snapshot(ctx context.Context) (string, error) {
	var list struct{ Shows []struct{ Slug string } }
	if err := h.get(ctx, "/api/v1/shows", &list); err != nil {
		return "", err
	}
	for _, show := range list.Shows {
		var s struct {
			Performances []struct{ ID, Status string }
		}
		if err := h.get(ctx, "/api/v1/shows/"+show.Slug, &s); err != nil {
			return "", err
		}
		for _, performance := range s.Performances {
			path := "/api/v1/performances/" + performance.ID + "/seats"
			if performance.Status == "on_sale" && h.get(ctx, path, &struct{}{}) == nil {
				return path, nil
			}
		}
	}
	return "", errors.New("nothing is on sale")
}

func (h *upHouse) get(ctx context.Context, path string, into any) error {
	r, err := h.atEdge(ctx, path, 0)
	if err != nil {
		return err
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, got.Status)
	}
	return json.NewDecoder(got.Body).Decode(into)
}

// close ends the house as Ctrl-C does, and removes it.
func (h *upHouse) close() error {
	var err error
	if h.up != nil {
		err = h.up.Process.Signal(syscall.SIGINT)
		select {
		case ended := <-h.ended:
			if ended != nil {
				text, _ := os.ReadFile(filepath.Join(h.dir, "up.log"))
				ended = fmt.Errorf("the house did not close as it should: %w\n%s", ended, text[max(0, len(text)-2000):])
			}
			err = errors.Join(err, ended)
		case <-time.After(time.Minute):
			err = errors.Join(err, errors.New("the house did not close within a minute"), h.up.Process.Kill())
			<-h.ended
		}
	}
	return errors.Join(err, os.RemoveAll(h.dir))
}
