package redirects

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// testView is the tester: an address goes in, and which rule wins comes out.
type testView struct {
	Address, At, Import string
	Fault               string
	Asked               bool
	Moment              time.Time
	Host                string
	Saved               *redirect.Explanation
	With                *redirect.Explanation // with the import's rules
	Job                 *importing.Job
}

func (p *Pages) test(v *frame.Visit) error {
	if v.Site() == staff.Group {
		return v.Show("Test an address", chooseSite(v, "test", "The tester asks one site’s redirects."))
	}
	r := v.Request()
	view := testView{Address: strings.TrimSpace(r.FormValue("address")), At: r.FormValue("at"), Import: r.FormValue("import"), Moment: v.Now()}
	if view.Import != "" {
		job, err := p.jobOf(v, view.Import)
		if err != nil {
			return err
		}
		view.Job = &job
	}
	if view.Address != "" {
		if err := p.ask(v, &view); err != nil {
			reason, is := refusal(err)
			if !is {
				return err
			}
			view.Fault = reason
		}
	}
	return v.Show("Test an address", testPage(v, view))
}

func (p *Pages) ask(v *frame.Visit, view *testView) error {
	if view.At != "" {
		at, err := edgeconfig.ParseWhen(view.At, v.Now(), v.Brand().Location())
		if err != nil {
			return err
		}
		view.Moment = at
	}
	tester, err := p.Editor.Tester(v.Context(), v.Site())
	if err != nil {
		return err
	}
	host, path, query, err := addressOf(view.Address, tester)
	if err != nil {
		return err
	}
	view.Host, view.Asked = host, true
	saved := tester.Ask(host, path, query, view.Moment)
	view.Saved = &saved
	if view.Job == nil {
		return nil
	}
	rules, err := p.Importer.Rules(v.Context(), view.Job.ID, v.Site())
	if err != nil {
		return err
	}
	if tester, err = p.Editor.TesterWith(v.Context(), v.Site(), rules, view.Job.Mode == importing.Replace); err != nil {
		return err
	}
	with := tester.Ask(host, path, query, view.Moment)
	view.With = &with
	return nil
}

// addressOf takes what somebody pasted apart: a path, or a URL of the site.
func addressOf(text string, t *edgeconfig.Tester) (host, path, query string, err error) {
	if strings.HasPrefix(text, "/") {
		text = "//" + t.Site.Hostname + text
	} else if !strings.Contains(text, "://") {
		text = "//" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", "", "", edgeconfig.Refused{Reason: "write a path such as /panto, or an address of this site"}
	}
	host = strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, own := range t.Site.Hostnames() {
		if own == host {
			path = u.EscapedPath()
			if path == "" {
				path = "/"
			}
			return host, path, u.RawQuery, nil
		}
	}
	return "", "", "", edgeconfig.Refused{Reason: host + " is not a hostname of this site (" + strings.Join(t.Site.Hostnames(), ", ") + ")"}
}

// jobOf is an import that the person may see.
func (p *Pages) jobOf(v *frame.Visit, text string) (importing.Job, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return importing.Job{}, frame.ErrNotFound
	}
	job, err := p.Importer.Job(v.Context(), id)
	if errors.Is(err, importing.ErrNoJob) {
		return job, frame.ErrNotFound
	}
	if err == nil && !mayJob(v, job) {
		return job, frame.ErrForbidden
	}
	return job, err
}

// mayJob: one's own imports, and everybody's for who may change the whole group.
func mayJob(v *frame.Visit, j importing.Job) bool {
	return j.Actor == v.Actor() || v.May(staff.ChangeRedirects, staff.Group)
}
