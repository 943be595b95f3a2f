package redirects

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
	"github.com/stagedoor/stagedoor/origin/staff"
)

type importsView struct {
	Jobs          []importing.Job
	Change, Prove bool
	Fault         string
}

func (p *Pages) imports(v *frame.Visit) error { return p.showImports(v, http.StatusOK, "") }

func (p *Pages) showImports(v *frame.Visit, status int, fault string) error {
	if err := p.Importer.Sweep(v.Context()); err != nil {
		return err
	}
	jobs, err := p.Importer.Recent(v.Context(), 30)
	if err != nil {
		return err
	}
	view := importsView{Fault: fault, Change: v.May(staff.ChangeRedirects, v.Site())}
	view.Prove = view.Change && v.Site() == staff.Group && !v.Fresh()
	view.Jobs = slices.DeleteFunc(jobs, func(j importing.Job) bool { return !mayJob(v, j) })
	return v.ShowStatus(status, "Import redirects", importsPage(v, view))
}

// upload takes a file as it comes, without holding it in memory. The fields before the file say what to do with it.
func (p *Pages) upload(v *frame.Visit) error {
	parts, err := v.Request().MultipartReader()
	if err != nil {
		return staff.Refused{Reason: "The form could not be read."}
	}
	u := importing.Upload{Actor: v.Actor(), Mode: importing.Merge, May: func(site string) bool {
		return v.May(staff.ChangeRedirects, site) && (v.Site() == staff.Group || site == v.Site())
	}}
	if v.Site() != staff.Group {
		u.DefaultSite = v.Site()
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return p.showImports(v, http.StatusUnprocessableEntity, "Choose a file first.")
		}
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return frame.ErrTooLarge
		}
		if err != nil {
			return staff.Refused{Reason: "The file did not arrive whole. Please try again."}
		}
		switch part.FormName() {
		case "mode":
			text, err := io.ReadAll(io.LimitReader(part, 32))
			if err != nil {
				return staff.Refused{Reason: "The file did not arrive whole. Please try again."}
			}
			u.Mode = string(text)
		case "file":
			if part.FileName() == "" {
				return p.showImports(v, http.StatusUnprocessableEntity, "Choose a file first.")
			}
			u.Name, u.File = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), part
			id, err := p.Importer.Start(v.Context(), u)
			if errors.As(err, &large) {
				return frame.ErrTooLarge
			}
			if reason, is := refusal(err); is {
				return p.showImports(v, http.StatusUnprocessableEntity, reason)
			}
			if err != nil {
				return err
			}
			return v.Redirect(home(v.Site()) + "/imports/" + id.String())
		}
	}
}

type jobView struct {
	Job           importing.Job
	Change, Prove bool
	First         sight
}

// sight is how far a job was when the page first saw it in its state; rate and time left follow from it.
type sight struct {
	At   time.Time
	Done int64
}

// first reads the sight that the page sends along, and begins anew when the state is another.
func first(v *frame.Visit, j importing.Job) sight {
	r := v.Request()
	at, err1 := strconv.ParseInt(r.FormValue("at"), 10, 64)
	done, err2 := strconv.ParseInt(r.FormValue("done"), 10, 64)
	if err1 != nil || err2 != nil || r.FormValue("state") != j.State || done > j.Done {
		return sight{v.Now(), j.Done}
	}
	return sight{time.UnixMilli(at), done}
}

// again is where the page asks how far the job is by now.
func again(v *frame.Visit, view jobView) string {
	q := url.Values{"state": {view.Job.State}, "at": {strconv.FormatInt(view.First.At.UnixMilli(), 10)}, "done": {strconv.FormatInt(view.First.Done, 10)}}
	return home(v.Site()) + "/imports/" + view.Job.ID.String() + "/progress?" + q.Encode()
}

func (p *Pages) view(v *frame.Visit) (jobView, error) {
	job, err := p.jobOf(v, v.Request().PathValue("id"))
	view := jobView{Job: job, Change: v.May(staff.ChangeRedirects, v.Site()), First: first(v, job)}
	view.Prove = view.Change && v.Site() == staff.Group && !v.Fresh()
	return view, err
}

func (p *Pages) job(v *frame.Visit) error {
	if err := p.Importer.Sweep(v.Context()); err != nil {
		return err
	}
	view, err := p.view(v)
	if err != nil {
		return err
	}
	return v.Show("Import of "+view.Job.FileName, jobPage(v, view))
}

// progress is the part of the page that is asked for again and again while something is done.
func (p *Pages) progress(v *frame.Visit) error {
	if err := p.Importer.Sweep(v.Context()); err != nil {
		return err
	}
	view, err := p.view(v)
	if err != nil {
		return err
	}
	return v.Part(jobPart(v, view))
}

func (p *Pages) apply(v *frame.Visit) error {
	job, err := p.jobOf(v, v.Request().PathValue("id"))
	if err != nil {
		return err
	}
	for _, s := range job.Report.Sites { // roles may have changed since the upload
		if !v.May(staff.ChangeRedirects, s.Site) {
			return frame.ErrForbidden
		}
	}
	if err := p.Importer.Apply(v.Context(), v.Actor(), job.ID); err != nil {
		return err
	}
	return v.Redirect(home(v.Site()) + "/imports/" + job.ID.String())
}

func (p *Pages) cancel(v *frame.Visit) error {
	job, err := p.jobOf(v, v.Request().PathValue("id"))
	if err != nil {
		return err
	}
	if err := p.Importer.Cancel(v.Context(), job.ID); err != nil {
		return err
	}
	return v.Redirect(home(v.Site()) + "/imports/" + job.ID.String())
}

func (p *Pages) recheck(v *frame.Visit) error {
	job, err := p.jobOf(v, v.Request().PathValue("id"))
	if err != nil {
		return err
	}
	if err := p.Importer.Recheck(v.Context(), job.ID); err != nil {
		return err
	}
	return v.Redirect(home(v.Site()) + "/imports/" + job.ID.String())
}

// changes says what an import did or would do to a site's rules.
func changes(s importing.SiteCount) string {
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{{s.Added, "added"}, {s.Changed, "changed"}, {s.Removed, "removed"}, {s.Same, "as they are"}} {
		if c.n > 0 {
			parts = append(parts, frame.Number(c.n)+" "+c.what)
		}
	}
	if len(parts) == 0 {
		return "nothing to change"
	}
	return strings.Join(parts, ", ")
}

// versionURL is where a version is shown.
func versionURL(made edgeconfig.Version) string {
	return home(made.Site) + "/versions/" + itoa(made.Number)
}
