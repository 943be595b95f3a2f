package filter

import (
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
)

// rulebook is what canonical and redirect share: the same index of a site's
// rules and the memory to look them up with.
type rulebook struct {
	shelf  *redirect.Shelf
	search *redirect.Search
	slot   *redirect.Slot
}

func (r rulebook) bind(s *site.Site) (rulebook, error) {
	var err error
	r.slot, err = r.shelf.Bind(s)
	return r, err
}

// nameHost says whether a rule that names the hostname asked for applies.
func (r rulebook) nameHost(x *chain.Exchange) bool {
	_, ok := r.search.FindForHost(r.slot.Index(), x.Hostname, x.Path, x.Now)
	return ok
}
