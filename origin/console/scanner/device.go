package scanner

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/storefront/asset"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

//go:embed worker.js
var workerScript []byte

// worker is the service worker that keeps the scanner's page at hand. It stands at the root, for its scope.
func worker(v *frame.Visit) error {
	h := v.Writer().Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	_, _ = v.Writer().Write(workerScript) // they left: nothing to do
	return nil
}

// manifest lets a telephone keep the scanner among its apps.
func manifest(v *frame.Visit) error {
	h := v.Writer().Header()
	h.Set("Content-Type", "application/manifest+json")
	h.Set("Cache-Control", "public, max-age=3600")
	return json.NewEncoder(v.Writer()).Encode(map[string]any{
		"name": "Stagedoor scanner", "short_name": "Scanner", "id": "/scan", "start_url": "/scan", "scope": "/", "display": "standalone",
		"background_color": "#10131a", "theme_color": "#10131a", "lang": "en-GB",
		"icons": []map[string]string{{"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}},
	})
}

// scanner is the page that scans.
func (p *Pages) scanner(v *frame.Visit) error {
	d, err := p.find(v)
	if err != nil {
		return err
	}
	text, err := json.Marshal(wordsForScanners())
	if err != nil {
		return fmt.Errorf("scanner: words: %w", err)
	}
	return v.Show("Scanner: "+d.Production.Title, scannerPage(v, d, string(text)))
}

// list is all that a device needs to work alone.
func (p *Pages) list(v *frame.Visit) error {
	d, err := p.find(v)
	if err != nil {
		return err
	}
	list, err := p.Desk.List(v.Context(), d.ID)
	if err != nil {
		return err
	}
	body, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("scanner: list: %w", err)
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := v.Writer().Header()
	h.Set("ETag", tag)
	h.Set("Stagedoor-Now", time.Now().UTC().Format(time.RFC3339Nano))
	if v.Request().Header.Get("If-None-Match") == tag {
		v.Writer().WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	h.Set("Vary", "Accept-Encoding")
	if asset.AcceptsGzip(v.Request()) {
		var packed bytes.Buffer
		writer := gzip.NewWriter(&packed)
		_, _ = writer.Write(body) // a Buffer takes everything
		_ = writer.Close()
		h.Set("Content-Encoding", "gzip")
		body = packed.Bytes()
	}
	_, _ = v.Writer().Write(body) // they left: nothing to do
	return nil
}

// deviceScan is a scan as a device sends it.
type deviceScan struct {
	Scan       uuid.UUID   `json:"scan"`
	Code       string      `json:"code"`
	Direction  scan.Result `json:"direction"`
	Device     string      `json:"device"`
	DeviceName string      `json:"device_name"`
	Door       string      `json:"door"`
	At         time.Time   `json:"at"`
	Overrule   scan.Reason `json:"overrule,omitempty"`
}

// deviceAnswer is what a device gets.
type deviceAnswer struct {
	Result scan.Result `json:"result"`
	Reason scan.Reason `json:"reason,omitempty"`
	Ticket uuid.UUID   `json:"ticket"`
	Seat   string      `json:"seat,omitempty"`
	Type   string      `json:"type,omitempty"`
	Other  string      `json:"other,omitempty"`
	Was    *scan.Fact  `json:"was,omitempty"`
	Twice  []scan.Fact `json:"twice,omitempty"`
	Now    time.Time   `json:"now"`
}

func (p *Pages) admit(v *frame.Visit) error {
	d, err := p.find(v)
	if err != nil {
		return err
	}
	var sent deviceScan
	if err := read(v, &sent); err != nil {
		return refuse(v, err)
	}
	answer, err := p.Desk.Admit(v.Context(), scan.Scan{
		ID: sent.Scan, Performance: d.ID, Code: sent.Code, Direction: sent.Direction, Device: sent.Device, DeviceName: sent.DeviceName,
		Door: sent.Door, Person: v.Person().Email, At: sent.At, Overrule: sent.Overrule,
	})
	if err != nil {
		return refuse(v, err)
	}
	out := deviceAnswer{
		Result: answer.Result, Reason: answer.Reason, Ticket: answer.Ticket.ID, Seat: answer.Ticket.Seat, Type: answer.Ticket.Type,
		Other: answer.Other, Twice: answer.Twice, Now: time.Now().UTC(),
	}
	if answer.Was.Scan != uuid.Nil {
		out.Was = &answer.Was
	}
	return say(v, http.StatusOK, out)
}

// merge takes what a device decided alone.
func (p *Pages) merge(v *frame.Visit) error {
	d, err := p.find(v)
	if err != nil {
		return err
	}
	var sent struct {
		Facts []scan.Fact `json:"facts"`
	}
	if err := read(v, &sent); err != nil {
		return refuse(v, err)
	}
	merged, err := p.Desk.Merge(v.Context(), v.Person().Email, d.ID, sent.Facts)
	if err != nil {
		return refuse(v, err)
	}
	return say(v, http.StatusOK, merged)
}

// read takes a JSON body apart.
func read(v *frame.Visit, into any) error {
	decoder := json.NewDecoder(v.Request().Body)
	if err := decoder.Decode(into); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return frame.ErrTooLarge
		}
		return scan.Invalid{Reason: "What the device sent can’t be read."}
	}
	return nil
}

// refuse says to a device what was wrong with what it sent. Other errors are the frame's.
func refuse(v *frame.Visit, err error) error {
	var invalid scan.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	return say(v, http.StatusUnprocessableEntity, map[string]string{"detail": invalid.Reason})
}

func say(v *frame.Visit, status int, body any) error {
	v.Writer().Header().Set("Content-Type", "application/json")
	v.Writer().WriteHeader(status)
	return json.NewEncoder(v.Writer()).Encode(body)
}
