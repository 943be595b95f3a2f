package maintenance

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// progressView is how far a click has come.
type progressView struct {
	Click   uuid.UUID
	Sites   int
	Seen    int           // of Sites
	Opening bool          // they open again; else they close
	At      time.Time     // when the last of those seen was seen
	Took    time.Duration // from the click to At
	Late    bool          // it takes longer than it should
	Kept    bool          // nothing is waited for any more: other windows keep the rest closed
	Waiting []string      // sites not seen yet, by name, a few of them
}

// Done reports whether all have been seen.
func (p progressView) Done() bool { return p.Seen == p.Sites }

// late is after how long a page says that it takes long.
const late = 15 * time.Second

// state reads how far a click has come; nil when there is nothing to see, as for a window that has not begun.
func (p *Pages) state(v *frame.Visit, click uuid.UUID) (*progressView, error) {
	list, err := p.Editor.WindowsOf(v.Context(), click)
	if err != nil {
		return nil, err
	}
	out := &progressView{Click: click}
	kept := 0
	for _, w := range list {
		began := w.StartsAt
		if w.Over(v.Now()) {
			out.Opening, began = true, w.EndsAt
		}
		if began.After(v.Now()) || !v.May(staff.SeeMaintenance, w.Site) || v.Site() != staff.Group && w.Site != v.Site() {
			continue
		}
		out.Sites++
		at := w.InForceAt
		if out.Opening {
			at = w.LiftedAt
		}
		if at.IsZero() {
			if out.Opening {
				other, err := stillClosed(v.Context(), p.Editor, w, v.Now())
				if err != nil {
					return nil, err
				}
				if other {
					kept++
				}
			}
			if out.Late = out.Late || v.Now().Sub(began) > late; len(out.Waiting) < 5 {
				out.Waiting = append(out.Waiting, Group{Window: w, All: []edgeconfig.Window{w}}.Names(v))
			}
			continue
		}
		out.Seen++
		if at.After(out.At) {
			out.At, out.Took = at, at.Sub(began)
		}
	}
	if out.Sites == 0 {
		return nil, nil
	}
	out.Kept = kept > 0 && kept == out.Sites-out.Seen
	return out, nil
}

// stillClosed reports whether another window keeps closed what one has opened.
func stillClosed(ctx context.Context, editor Editor, w edgeconfig.Window, now time.Time) (bool, error) {
	others, err := editor.WindowsBetween(ctx, []string{w.Site}, now, now.Add(time.Second))
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(others, func(o edgeconfig.Window) bool {
		return o.ID != w.ID && o.Active(now) && (o.PathPrefix == "/" || site.Under(w.PathPrefix, o.PathPrefix))
	}), nil
}

// progress is asked by the page until all is seen.
func (p *Pages) progress(v *frame.Visit) error {
	click, err := uuid.Parse(v.Request().FormValue("change"))
	if err != nil {
		return frame.ErrNotFound
	}
	view, err := p.state(v, click)
	if err != nil {
		return err
	}
	if view == nil {
		return frame.ErrNotFound
	}
	if !view.Done() {
		p.Watch.Begin(v.Context(), click) // whoever watched may be gone
	}
	if !v.IsPart() {
		http.Redirect(v.Writer(), v.Request(), home(v)+"?change="+click.String(), http.StatusSeeOther)
		return nil
	}
	return v.Part(progressPart(v, *view))
}
