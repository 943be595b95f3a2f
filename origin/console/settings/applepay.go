package settings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// applePayPath is where Apple looks:
// https://developer.apple.com/documentation/applepayontheweb/configuring-your-environment
const applePayPath = "/.well-known/apple-developer-merchantid-domain-association"

// Answer is what a hostname answered.
type Answer struct {
	Status int
	Body   []byte // at most a byte more than a file may have
}

// Fetch asks a hostname, through the edge, for a path, without following redirects: Apple follows none.
type Fetch func(ctx context.Context, hostname, path string) (Answer, error)

// HTTPFetch asks with a client. address is a hostname's public scheme and host, without a slash.
func HTTPFetch(client *http.Client, address func(hostname string) string) Fetch {
	return func(ctx context.Context, hostname, path string) (Answer, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address(hostname)+path, nil)
		if err != nil {
			return Answer{}, fmt.Errorf("ask %s: %w", hostname, err)
		}
		r.Header.Set("User-Agent", "Stagedoor-Console/1 (looks whether the Apple Pay file is served)")
		res, err := client.Do(r)
		if err != nil {
			return Answer{}, fmt.Errorf("ask %s: %w", hostname, err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(io.LimitReader(res.Body, edgeconfig.MaxApplePayFile+1))
		if err != nil {
			return Answer{}, fmt.Errorf("ask %s: %w", hostname, err)
		}
		return Answer{res.StatusCode, body}, nil
	}
}

// What a hostname was found to do.
const (
	serves   = "serves"   // the file, byte for byte
	another  = "another"  // another file
	none     = "none"     // no file, and it has none
	missing  = "missing"  // no file, though it has one
	silent   = "silent"   // nothing: it does not answer
	leftover = "leftover" // a file, though it has none any longer
)

// proof is one hostname.
type proof struct {
	Host, Site, Found string
	Status            int
}

// settled reports whether asking again would find the same.
func (p proof) settled() bool { return p.Found == serves || p.Found == none }

type applePayView struct {
	Files  []edgeconfig.ApplePayFile
	Past   []edgeconfig.ApplePayChange
	Hosts  int
	Fault  string
	Change bool
	Prove  bool
}

func (p *Pages) applePay(v *frame.Visit) error { return p.showApplePay(v, http.StatusOK, "") }

func (p *Pages) showApplePay(v *frame.Visit, status int, fault string) error {
	files, err1 := p.Editor.ApplePayFiles(v.Context(), v.Site())
	hosts, err2 := p.Editor.Hostnames(v.Context(), v.Site())
	past, err3 := p.Editor.ApplePayChanges(v.Context(), v.Site())
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	view := applePayView{Files: files, Past: past, Hosts: len(hosts), Fault: fault, Change: v.May(staff.ChangeSettings, v.Site())}
	view.Prove = view.Change && v.Site() == staff.Group && !v.Fresh()
	return v.ShowStatus(status, "Apple Pay", applePayPage(v, view))
}

// maxRounds is how often the page asks by itself until every hostname serves what it should.
const maxRounds = 20

type probeView struct {
	Proofs []proof
	Round  int
}

func (view probeView) settled() bool {
	return !slices.ContainsFunc(view.Proofs, func(p proof) bool { return !p.settled() })
}

// probe asks every hostname for the file, as Apple would, and compares it with the one that is saved.
func (p *Pages) probe(v *frame.Visit) error {
	files, err1 := p.Editor.ApplePayFiles(v.Context(), v.Site())
	hosts, err2 := p.Editor.Hostnames(v.Context(), v.Site())
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	content := map[string][]byte{}
	for _, f := range files {
		content[f.Site] = f.Content
	}
	view := probeView{Proofs: make([]proof, len(hosts))}
	view.Round, _ = strconv.Atoi(v.Request().FormValue("round")) // 0 for anything else
	var wait sync.WaitGroup
	turns := make(chan struct{}, 8)
	for i, h := range hosts {
		wait.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			answer, err := p.Fetch(v.Context(), h.Name, applePayPath)
			view.Proofs[i] = proof{h.Name, h.Site, judge(answer, err, content[h.Site]), answer.Status}
		})
	}
	wait.Wait()
	if !v.IsPart() {
		return v.Show("Apple Pay", probePage(v, view))
	}
	return v.Part(probePart(v, view))
}

func judge(a Answer, err error, want []byte) string {
	switch {
	case err != nil || a.Status >= 500:
		return silent
	case a.Status != http.StatusOK && len(want) == 0:
		return none
	case a.Status != http.StatusOK:
		return missing
	case len(want) == 0:
		return leftover
	case bytes.Equal(a.Body, want):
		return serves
	}
	return another
}

func (p *Pages) upload(v *frame.Visit) error {
	file, _, err := v.Request().FormFile("file")
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return frame.ErrTooLarge
	case errors.Is(err, http.ErrMissingFile):
		return p.showApplePay(v, http.StatusUnprocessableEntity, "Choose the file first.")
	case err != nil:
		return staff.Refused{Reason: "The form could not be read."}
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, edgeconfig.MaxApplePayFile+1))
	if err != nil {
		return staff.Refused{Reason: "The file did not arrive whole. Please try again."}
	}
	if fault := applePayFault(content); fault != "" {
		return p.showApplePay(v, http.StatusUnprocessableEntity, fault)
	}
	return p.setFile(v, content, "The file is saved.")
}

// applePayFault says why content cannot be Apple's file, "" when it may be.
func applePayFault(content []byte) string {
	head := strings.ToLower(string(bytes.TrimSpace(content[:min(len(content), 512)])))
	switch {
	case len(content) > edgeconfig.MaxApplePayFile:
		return fmt.Sprintf("The file has more than %d KB. Apple’s has about 9 KB: is this the right one?", edgeconfig.MaxApplePayFile>>10)
	case head == "":
		return "The file is empty. Download it again from Apple’s developer site."
	case strings.HasPrefix(head, "<!doctype") || strings.HasPrefix(head, "<html"):
		return "This is a web page, not Apple’s file: the download led to a sign-in page, perhaps. Download it again from Apple’s developer site."
	}
	return ""
}

func (p *Pages) removeFile(v *frame.Visit) error { return p.setFile(v, nil, "The file is removed.") }

// undoFile gives sites the file back that a change replaced.
func (p *Pages) undoFile(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	change, err := uuid.Parse(form.Get("change"))
	if err != nil {
		return edgeconfig.Refused{Reason: "the form is broken: please open the page again"}
	}
	restored, kept, undo, err := p.Editor.UndoApplePay(v.Context(), v.Actor(), v.Site(), change)
	if err != nil {
		return err
	}
	done := "As before."
	switch {
	case restored == 0:
		return v.Done(home(v.Site())+"/apple-pay", frame.Bad("Nothing was changed: the file has been changed again since."))
	case v.Site() == staff.Group:
		done = "As before at " + sitesOf(restored) + "."
		if kept > 0 {
			done += " " + capital(sitesOf(kept)) + " had another change since, and " + map[bool]string{true: "keeps", false: "keep"}[kept == 1] + " that."
		}
	}
	return p.told(v, done, undo)
}

// sitesOf counts sites.
func sitesOf(n int) string {
	if n == 1 {
		return "one site"
	}
	return frame.Number(n) + " sites"
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func (p *Pages) setFile(v *frame.Visit, content []byte, done string) error {
	change, err := p.Editor.SetApplePayFile(v.Context(), v.Actor(), v.Site(), content)
	if err != nil {
		return err
	}
	return p.told(v, done, change)
}

// told says what was done, and offers to take it back.
func (p *Pages) told(v *frame.Visit, done string, change uuid.UUID) error {
	return v.Done(home(v.Site())+"/apple-pay", p.published(v, done).WithUndo(frame.Undo{
		Path: home(v.Site()) + "/apple-pay/undo", Label: "Undo", Fields: map[string]string{"change": change.String()},
	}))
}
