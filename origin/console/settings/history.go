package settings

import (
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// past is how a section stood from one change until the next.
type past struct {
	Change  int64
	By      string
	At      time.Time
	Default bool
	// Differs is what is different from now: a comparison's Theirs is what stood then, Mine what stands now.
	Differs []comparison
}

// history lists how a section stood, without how it stands.
func (p *Pages) history(v *frame.Visit, s section) ([]past, error) {
	all, err := p.Editor.SettingHistory(v.Context(), v.Site(), s.ID)
	if err != nil || len(all) < 2 {
		return nil, err
	}
	house := p.house(v)
	now := s.Fields(house, s.Values(all[0].Value))
	var list []past
	for _, one := range all[1:] {
		list = append(list, past{one.ID, one.By, one.At, one.Default, compare(s.Fields(house, s.Values(one.Value)), now)})
	}
	return list, nil
}

// reasons are a refusal's, as a sentence.
func reasons(f edgeconfig.Faults) string {
	texts := make([]string, len(f.List))
	for i, fault := range f.List {
		texts[i] = fault.Field + " " + fault.Problem
	}
	return strings.Join(texts, "; ") + "."
}

// purges are what staff may have made anew, in the order in which they are shown.
var purges = []option{
	{edgeconfig.EverythingTag, "Everything"}, {"page", "Pages"}, {edgeconfig.ListingsTag, "Pages that list shows"}, {"search", "Search results"},
	{"asset", "Pictures, scripts and styles"},
}

// purge empties a site's cache, or a part of it.
func (p *Pages) purge(v *frame.Visit) error {
	if v.Site() == staff.Group {
		return frame.ErrNotFound
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(purges, func(o option) bool { return o.Value == form.Get("tag") })
	if i < 0 {
		return edgeconfig.Refused{Reason: "the form is broken: please open the page again"}
	}
	tags, err := p.Editor.PurgeCache(v.Context(), v.Actor(), v.Site(), purges[i].Value)
	if err != nil {
		return err
	}
	message := p.published(v, "The edge lets go of what it had ("+strings.ToLower(purges[i].Label)+") and asks the house anew.")
	if err := p.Drop(v.Context(), tags); err != nil {
		p.Logger.WarnContext(v.Context(), "data centres keep what they have until the new document arrives", "site", v.Site(), "error", err)
	}
	return v.Done(home(v.Site())+"/"+edgeconfig.SectionCache, message)
}
