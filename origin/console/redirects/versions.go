package redirects

import (
	"strconv"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

const (
	versionsPerPage = 30
	maxDifferences  = 500 // that a page shows
)

type versionsView struct {
	List   []edgeconfig.Version
	Older  string
	Change bool
}

func (p *Pages) versions(v *frame.Visit) error {
	if v.Site() == staff.Group {
		return v.Show("Versions", chooseSite(v, "versions", "Each site’s redirects have versions of their own."))
	}
	before, _ := strconv.Atoi(v.Request().FormValue("before"))
	list, err := p.Editor.Versions(v.Context(), v.Site(), before, versionsPerPage+1)
	if err != nil {
		return err
	}
	view := versionsView{List: list, Change: v.May(staff.ChangeRedirects, v.Site())}
	if len(list) > versionsPerPage {
		view.List = list[:versionsPerPage]
		view.Older = "?before=" + strconv.Itoa(view.List[versionsPerPage-1].Number)
	}
	return v.Show("Versions of redirects", versionsPage(v, view))
}

type diffView struct {
	From, To int
	Newest   int
	List     []edgeconfig.Difference
	Total    int
	Change   bool
}

// diff shows what a version changed, or, with from, what is different between any two.
func (p *Pages) diff(v *frame.Visit) error {
	to, err := strconv.Atoi(v.Request().PathValue("number"))
	if err != nil || v.Site() == staff.Group {
		return frame.ErrNotFound
	}
	from := to - 1
	if text := v.Request().FormValue("from"); text != "" {
		if from, err = strconv.Atoi(text); err != nil {
			return frame.ErrNotFound
		}
	}
	newest, err := p.Editor.Versions(v.Context(), v.Site(), 0, 1)
	if err != nil {
		return err
	}
	view := diffView{From: from, To: to, Change: v.May(staff.ChangeRedirects, v.Site())}
	if len(newest) > 0 {
		view.Newest = newest[0].Number
	}
	if view.List, view.Total, err = p.Editor.Diff(v.Context(), v.Site(), from, to, maxDifferences); err != nil {
		return err
	}
	return v.Show("Version "+strconv.Itoa(to), diffPage(v, view))
}

func (p *Pages) rollback(v *frame.Visit) error {
	number, err := strconv.Atoi(v.Request().PathValue("number"))
	if err != nil || v.Site() == staff.Group {
		return frame.ErrNotFound
	}
	made, err := p.Editor.Rollback(v.Context(), v.Actor(), v.Site(), number)
	if err != nil {
		return err
	}
	message := p.published(v, "The redirects are those of version "+strconv.Itoa(number)+" again, as version "+strconv.Itoa(made.Number)+".")
	return v.Done(home(v.Site())+"/versions", message.WithUndo(frame.Undo{
		Path: home(v.Site()) + "/undo", Label: "Undo", Fields: map[string]string{"version": v.Site() + ":" + strconv.Itoa(made.Number)},
	}))
}
