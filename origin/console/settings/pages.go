// Package settings is where ops set what a site is like at the edge: languages, caching, who may come, limits, where it
// is served from, and the file that proves it to Apple Pay. Every section is a form; none is JSON.
package settings

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Pages are those of site settings.
type Pages struct {
	Editor  *edgeconfig.Editor
	Publish func(ctx context.Context) error
	// Drop tells data centres, after publishing, to drop what they keep with tags.
	Drop func(ctx context.Context, tags []string) error
	// Fetch asks the edge for a file, as Apple does.
	Fetch Fetch
	// Domains keeps hostnames registered with the payment provider.
	Domains Domains
	Logger  *slog.Logger
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	see := func(route string, serve func(*frame.Visit) error) frame.Page {
		return frame.Page{Route: "GET /sites/{site}/settings" + route, Action: staff.SeeSettings, Serve: serve}
	}
	change := func(route string, serve func(*frame.Visit) error) frame.Page {
		return frame.Page{Route: "POST /sites/{site}/settings" + route, Action: staff.ChangeSettings, Serve: serve, Timeout: time.Minute}
	}
	overview := see("", p.overview)
	overview.Menu = &frame.Menu{Label: "Site settings", Order: 40}
	return []frame.Page{
		overview, see("/{section}", p.section), change("/{section}", p.save), change("/{section}/undo", p.undo), change("/{section}/default", p.reset),
		change("/{section}/restore", p.restore), change("/cache/purge", p.purge),
		see("/apple-pay", p.applePay), see("/apple-pay/probe", p.probe), change("/apple-pay", p.upload), change("/apple-pay/remove", p.removeFile),
		change("/apple-pay/undo", p.undoFile), see("/wallets", p.wallets), change("/wallets/retry", p.retryWallets),
	}
}

// home is the address of the overview.
func home(site string) string { return "/sites/" + url.PathEscape(site) + "/settings" }

// overviewView is what every section of a site, or of all sites, is set to.
type overviewView struct {
	Set   map[string]edgeconfig.Setting // by section; of one site
	All   map[string][]string           // titles of what each site has set itself
	Files map[string]edgeconfig.ApplePayFile
}

func (p *Pages) overview(v *frame.Visit) error {
	view := overviewView{Set: map[string]edgeconfig.Setting{}, All: map[string][]string{}, Files: map[string]edgeconfig.ApplePayFile{}}
	list, err := p.Editor.SettingsOf(v.Context(), v.Site())
	if err != nil {
		return err
	}
	for _, s := range list {
		if section, ok := find(s.Section); ok && !s.Default {
			view.All[s.Site] = append(view.All[s.Site], section.Title)
		}
		view.Set[s.Section] = s
	}
	files, err := p.Editor.ApplePayFiles(v.Context(), v.Site())
	if err != nil {
		return err
	}
	for _, f := range files {
		view.Files[f.Site] = f
	}
	if v.Site() == staff.Group {
		return v.Show("Site settings", groupPage(v, view))
	}
	return v.Show("Site settings", overviewPage(v, view))
}

// sectionView is the form of a section.
type sectionView struct {
	Section section
	Setting edgeconfig.Setting
	Groups  []group
	Faults  map[string]string // by field; "form" is about all of it
	Change  bool
	Past    []past       // how it stood, the newest first; without the present
	Theirs  []comparison // what somebody else saved meanwhile and is different here
	By      string
	At      time.Time
}

func (p *Pages) section(v *frame.Visit) error {
	s, ok := find(v.Request().PathValue("section"))
	if !ok {
		return frame.ErrNotFound
	}
	if v.Site() == staff.Group {
		return v.Redirect(home(staff.Group))
	}
	now, err := p.Editor.Setting(v.Context(), v.Site(), s.ID)
	if err != nil {
		return err
	}
	return p.show(v, http.StatusOK, sectionView{Section: s, Setting: now, Groups: s.Fields(p.house(v), s.Values(now.Value))})
}

func (p *Pages) show(v *frame.Visit, status int, view sectionView) error {
	view.Change = v.May(staff.ChangeSettings, v.Site())
	var err error
	if view.Past, err = p.history(v, view.Section); err != nil {
		return err
	}
	for i := range view.Groups {
		for j := range view.Groups[i].Fields {
			f := &view.Groups[i].Fields[j]
			f.Fault, f.Fixed = view.Faults[f.Name], !view.Change
		}
	}
	return v.ShowStatus(status, view.Section.Title, sectionPage(v, view))
}

// house is what forms say about the site and the house it is in.
func (p *Pages) house(v *frame.Visit) house {
	return house{Brand: v.Brand(), Settings: p.Editor.Settings}
}

func (p *Pages) save(v *frame.Visit) error {
	s, values, known, err := p.posted(v)
	if err != nil {
		return err
	}
	value, faults := s.Read(values)
	if len(faults) > 0 {
		return p.again(v, s, values, known, faults)
	}
	saved, err := p.Editor.SaveSetting(v.Context(), v.Actor(), v.Site(), s.ID, value, known)
	var conflict edgeconfig.Conflict
	var invalid edgeconfig.Faults
	var refused edgeconfig.Refused
	switch {
	case errors.As(err, &conflict):
		return p.conflict(v, s, values, conflict)
	case errors.As(err, &invalid):
		return p.again(v, s, values, known, s.place(invalid, values))
	case errors.As(err, &refused):
		return p.again(v, s, values, known, map[string]string{"form": frame.Sentence(refused.Reason)})
	case err != nil:
		return err
	}
	if saved.Version == known {
		return v.Done(home(v.Site())+"/"+s.ID, frame.Good("Nothing was different, so nothing was changed."))
	}
	return p.done(v, s, saved, s.Title+" saved.")
}

// posted reads what every form of a section sends.
func (p *Pages) posted(v *frame.Visit) (s section, values url.Values, known int, err error) {
	s, ok := find(v.Request().PathValue("section"))
	if !ok || v.Site() == staff.Group {
		return s, nil, 0, frame.ErrNotFound
	}
	if values, err = v.Form(); err != nil {
		return s, nil, 0, err
	}
	if known, err = strconv.Atoi(values.Get("version")); err != nil {
		return s, nil, 0, edgeconfig.Refused{Reason: "the form is broken: please open the page again"}
	}
	return s, values, known, nil
}

// again shows the form as it was typed, with what is wrong beside it.
func (p *Pages) again(v *frame.Visit, s section, values url.Values, known int, faults map[string]string) error {
	now, err := p.Editor.Setting(v.Context(), v.Site(), s.ID)
	if err != nil {
		return err
	}
	now.Version = known // a save still compares with what was read
	return p.show(v, http.StatusUnprocessableEntity, sectionView{Section: s, Setting: now, Groups: s.Fields(p.house(v), values), Faults: faults})
}

// conflict shows what somebody else saved meanwhile, and keeps what was typed.
func (p *Pages) conflict(v *frame.Visit, s section, values url.Values, c edgeconfig.Conflict) error {
	now, ok := c.Theirs.(edgeconfig.Setting)
	if !ok {
		return c
	}
	view := sectionView{Section: s, Setting: now, Groups: s.Fields(p.house(v), values), By: c.UpdatedBy, At: c.UpdatedAt}
	view.Theirs = compare(s.Fields(p.house(v), s.Values(now.Value)), view.Groups)
	return p.show(v, http.StatusConflict, view)
}

func (p *Pages) undo(v *frame.Visit) error {
	return p.back(v, func(_ url.Values, section string, known int) (edgeconfig.Setting, error) {
		return p.Editor.UndoSetting(v.Context(), v.Actor(), v.Site(), section, known)
	}, " as before.")
}

func (p *Pages) reset(v *frame.Visit) error {
	return p.back(v, func(_ url.Values, section string, known int) (edgeconfig.Setting, error) {
		return p.Editor.ResetSetting(v.Context(), v.Actor(), v.Site(), section, known)
	}, " back to the house’s default.")
}

func (p *Pages) restore(v *frame.Visit) error {
	return p.back(v, func(values url.Values, section string, known int) (edgeconfig.Setting, error) {
		change, err := strconv.ParseInt(values.Get("change"), 10, 64)
		if err != nil {
			return edgeconfig.Setting{}, edgeconfig.Refused{Reason: "the form is broken: please open the page again"}
		}
		return p.Editor.RestoreSetting(v.Context(), v.Actor(), v.Site(), section, change, known)
	}, " as they were.")
}

func (p *Pages) back(v *frame.Visit, how func(values url.Values, section string, known int) (edgeconfig.Setting, error), done string) error {
	s, values, known, err := p.posted(v)
	if err != nil {
		return err
	}
	saved, err := how(values, s.ID, known)
	var conflict edgeconfig.Conflict
	var invalid edgeconfig.Faults
	if errors.As(err, &invalid) {
		return v.Done(home(v.Site())+"/"+s.ID, frame.Bad("Nothing was changed: "+reasons(invalid)))
	}
	if err == nil && saved.Version == known {
		return v.Done(home(v.Site())+"/"+s.ID, frame.Good("It stands like that already."))
	}
	if errors.As(err, &conflict) {
		return v.Done(home(v.Site())+"/"+s.ID, frame.Bad("Nothing was changed: "+conflict.UpdatedBy+" has changed this meanwhile. Here is how it stands now."))
	}
	if err != nil {
		return err
	}
	return p.done(v, s, saved, s.Title+done)
}

func (p *Pages) done(v *frame.Visit, s section, saved edgeconfig.Setting, text string) error {
	return v.Done(home(v.Site())+"/"+s.ID, p.published(v, text).WithUndo(frame.Undo{
		Path: home(v.Site()) + "/" + s.ID + "/undo", Label: "Undo", Fields: map[string]string{"version": strconv.Itoa(saved.Version)},
	}))
}

// published tells whether a change reached the edge. The change itself is safe: a house publishes it as soon as it can.
func (p *Pages) published(v *frame.Visit, done string) frame.Flash {
	if err := p.Publish(v.Context()); err != nil {
		p.Logger.WarnContext(v.Context(), "settings are saved and not published yet", "site", v.Site(), "error", err)
		return frame.Warn(done + " It is saved, but not in force yet: the edge’s storage does not answer. The house goes on trying.")
	}
	return frame.Good(done + " It is published, and in force within seconds.")
}
