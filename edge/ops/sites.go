package ops

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
)

// document is a Site document as the viewer shows it.
type document struct {
	Hostname string `json:"hostname"`
	Key      string `json:"key"`
	Bytes    int    `json:"bytes"`
	SHA256   string `json:"sha256"`
	// PublishedAt is when it was written, zero when the writer did not say.
	PublishedAt time.Time `json:"published_at,omitzero"`

	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Primary   string `json:"primary,omitempty"` // the site's primary hostname
	Version   int    `json:"version,omitempty"`
	Redirects int    `json:"redirects"`
	Windows   int    `json:"maintenance_windows"` // not over
	Pools     int    `json:"pools"`
	// Faults are what keeps the edge from using it.
	Faults []string `json:"faults"`
	// Document is the whole of it, in the viewer of one.
	Document json.RawMessage `json:"document,omitempty"`

	explain string // where a request to it is explained
	age     string
}

// line is the document in a line.
func (d document) line() string {
	line := d.Name + ", " + several(d.Bytes, "byte") + ", " + several(d.Redirects, "redirect")
	if d.Windows > 0 {
		line += ", " + several(d.Windows, "maintenance window")
	}
	return line + ", " + d.age
}

// look reads a document. found is false when there is none.
func (o *Ops) look(ctx context.Context, hostname string) (d document, found bool, err error) {
	key := site.Key(hostname)
	value, found, err := o.KV.Get(ctx, key)
	if err != nil || !found {
		return document{}, false, err
	}
	sum := sha256.Sum256(value)
	d = document{Hostname: hostname, Key: key, Bytes: len(value), SHA256: hex.EncodeToString(sum[:]), age: "age unknown", Faults: []string{}}
	if json.Valid(value) {
		d.Document = value
	}
	if metadata, err := o.KV.Metadata(ctx, key); err == nil {
		var published struct {
			At time.Time `json:"published_at"`
		}
		if json.Unmarshal(metadata, &published) == nil && !published.At.IsZero() {
			d.PublishedAt = published.At
			d.age = "published " + ago(o.Now().Sub(published.At))
		}
	}
	s, err := site.Decode(value)
	if err != nil {
		d.Faults = faults(err)
		return d, true, nil
	}
	d.ID, d.Name, d.Primary, d.Version = s.ID, s.Name, s.Hostname, s.Version
	d.Redirects, d.Pools, d.explain = len(s.Redirects), len(s.Origin.Pools), explainURL(s)
	for _, w := range s.Maintenance {
		if w.EndsAt.IsZero() || o.Now().Before(w.EndsAt) {
			d.Windows++
		}
	}
	if !serves(s, hostname) {
		d.Faults = append(d.Faults, fmt.Sprintf("the document is for %s, not for %s: the edge does not use it here", s.Hostname, hostname))
	}
	return d, true, nil
}

func serves(s *site.Site, hostname string) bool {
	for _, h := range s.Hostnames() {
		if h == hostname {
			return true
		}
	}
	return false
}

// faults lists what Decode found, a sentence each.
func faults(err error) []string {
	var several site.Faults
	if !errors.As(err, &several) {
		return []string{err.Error()}
	}
	var out []string
	for _, f := range several {
		out = append(out, f.Field+": "+f.Problem)
	}
	return out
}

// readers is how many documents are read at a time.
const readers = 8

// all reads every document, in the order of hostnames.
func (o *Ops) all(ctx context.Context) ([]document, error) {
	hostnames, err := o.hostnames(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]document, len(hostnames))
	errs := make([]error, len(hostnames))
	next := make(chan int)
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for i := range next {
				var found bool
				list[i], found, errs[i] = o.look(ctx, hostnames[i])
				if list[i].Document = nil; !found {
					list[i] = document{Hostname: hostnames[i], Key: site.Key(hostnames[i]), Faults: []string{"it was removed while this page was made"}}
				}
			}
		})
	}
	for i := range hostnames {
		next <- i
	}
	close(next)
	wg.Wait()
	return list, errors.Join(errs...)
}

// sites answers GET /sites.
func (o *Ops) sites(w http.ResponseWriter, r *http.Request) {
	list, err := o.all(r.Context())
	if err != nil {
		o.Log.Error("KV could not be read", slog.Any("error", err))
		o.problem(w, r, http.StatusBadGateway, "KV cannot be read just now.")
		return
	}
	if wantsJSON(r) {
		o.answer(w, http.StatusOK, map[string]any{"sites": list})
		return
	}
	faulty := 0
	for _, d := range list {
		if len(d.Faults) > 0 {
			faulty++
		}
	}
	o.show(w, r, http.StatusOK, sitesPage(list, faulty))
}

// prettyBytes is how much of a document the page shows.
const prettyBytes = 200 << 10

// site answers GET /sites/{hostname}.
func (o *Ops) site(w http.ResponseWriter, r *http.Request) {
	hostname := r.PathValue("hostname")
	if !site.IsHostname(hostname) {
		o.problem(w, r, http.StatusNotFound, "That is not a hostname in lower-case letters, without a port.")
		return
	}
	d, found, err := o.look(r.Context(), hostname)
	switch {
	case err != nil:
		o.Log.Error("KV could not be read", slog.Any("error", err))
		o.problem(w, r, http.StatusBadGateway, "KV cannot be read just now.")
		return
	case !found:
		o.problem(w, r, http.StatusNotFound, "No site is published for "+hostname+".")
		return
	}
	if wantsJSON(r) {
		o.answer(w, http.StatusOK, d)
		return
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, d.Document, "", "  ") != nil {
		pretty.Reset()
	}
	cut := pretty.Len() > prettyBytes
	if cut {
		pretty.Truncate(prettyBytes)
	}
	o.show(w, r, http.StatusOK, sitePage(d, strings.ToValidUTF8(pretty.String(), ""), cut))
}

// ago is a rough age.
func ago(d time.Duration) string {
	switch {
	case d < 0:
		return "in the future, by the writer's clock"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
}
