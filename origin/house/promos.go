package house

import "github.com/stagedoor/stagedoor/origin/promo"

// Promos is where promo codes are made and looked after.
func (h *House) Promos() promo.Book { return promo.Book{DB: h.db, Now: h.now} }
