package house

import (
	"path/filepath"

	desk "github.com/stagedoor/stagedoor/origin/console/boxoffice"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/scanner"
	"github.com/stagedoor/stagedoor/origin/console/terms"
	"github.com/stagedoor/stagedoor/origin/storefront"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
	"github.com/stagedoor/stagedoor/origin/ticket/wallet"
)

// door is the house's side of the theatres' doors.
func (h *House) door() *scan.Desk {
	return &scan.Desk{DB: h.db, Keys: h.tickets, Shows: h.shows, Now: h.now}
}

// doorPages are the console's pages about the door.
func (h *House) doorPages() []frame.Page {
	return (&scanner.Pages{Desk: h.door(), Logger: h.logger}).Pages()
}

// boxOfficePages are the console's pages of the box office.
func (h *House) boxOfficePages() []frame.Page {
	return (&desk.Pages{
		Orders: h.booking, Holds: func() desk.Holds { return h.channels }, Shows: h.shows, Door: h.door(), SecretOf: h.tickets.SecretOf,
		Book: h.office, Logger: h.logger,
	}).Pages()
}

// termsPages are the console's pages of the terms of sale.
func (h *House) termsPages() []frame.Page {
	return (&terms.Pages{Terms: h.booking, Shows: h.shows}).Pages()
}

// ticketFiles are the forms in which tickets are kept. A house for practice signs wallet passes with keys of nobody's.
func (h *House) ticketFiles() (storefront.TicketFiles, error) {
	files := storefront.TicketFiles{SecretOf: h.tickets.SecretOf, Reissue: h.door().Reissue, Policy: h.door().Policy}
	w := h.cfg.Wallet
	if w == (Wallet{}) && h.cfg.Staff.Practice {
		dir := filepath.Join(h.cfg.TicketKeys, "wallet")
		if err := wallet.Practice(dir, h.now()); err != nil {
			return files, err
		}
		w = Wallet{Apple: filepath.Join(dir, wallet.AppleFile), Google: filepath.Join(dir, wallet.GoogleFile), GoogleIssuer: wallet.PracticeIssuer}
	}
	if w.Apple != "" {
		apple, err := wallet.OpenApple(w.Apple)
		if err != nil {
			return files, err
		}
		files.Apple = apple.Pass
	}
	if w.Google != "" {
		google, err := wallet.OpenGoogle(w.Google, w.GoogleIssuer)
		if err != nil {
			return files, err
		}
		files.Google = google.Link
	}
	return files, nil
}
