package house

import (
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/promos"
	"github.com/stagedoor/stagedoor/origin/promo"
)

// Promos is where promo codes are made and looked after.
func (h *House) Promos() promo.Book { return promo.Book{DB: h.db, Now: h.now} }

// promoPages are the console's pages of promo codes.
func (h *House) promoPages() []frame.Page {
	return (&promos.Pages{Book: h.Promos(), Shows: h.shows}).Pages()
}
