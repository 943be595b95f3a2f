package house

import (
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/scanner"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

// door is the house's side of the theatres' doors.
func (h *House) door() *scan.Desk {
	return &scan.Desk{DB: h.db, Keys: h.tickets, Shows: h.shows, Now: h.now}
}

// doorPages are the console's pages about the door.
func (h *House) doorPages() []frame.Page {
	return (&scanner.Pages{Desk: h.door(), Logger: h.logger}).Pages()
}
