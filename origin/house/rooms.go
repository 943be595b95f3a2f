package house

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/admission"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// Rooms makes what speaks with the coordinators of waiting rooms, and what keeps them at what staff want. It needs no
// more than a database.
func Rooms(db *pgxpool.Pool, cfg Config, tools Tools) (*waiting.Control, *waiting.Tender) {
	if tools.Now == nil {
		tools.Now = time.Now
	}
	control := &waiting.Control{URL: cfg.Ops.URL, Token: cfg.Ops.Token, Client: &http.Client{Timeout: 10 * time.Second}}
	return control, &waiting.Tender{DB: db, Rooms: control, Now: tools.Now, Logger: tools.Logger}
}

// openRooms makes what waiting rooms need of the origin.
func (h *House) openRooms() error {
	h.rooms, h.tender = Rooms(h.db, h.cfg, Tools{Logger: h.logger, Now: h.now})
	h.admission = &admission.Guard{
		DB: h.db, StaffKey: []byte(h.cfg.Edge.HopKey), SiteURL: h.cfg.Edge.SiteURL, Now: h.now, Logger: h.logger,
	}
	if h.cfg.Edge.RoomKeys == "" {
		return nil
	}
	ring, err := token.ParseRing(h.cfg.Edge.RoomKeys)
	h.admission.Ring = ring
	return err
}

// tendRooms keeps coordinators at what staff want, where there is a way to them.
func (h *House) tendRooms(ctx context.Context) error {
	if h.cfg.Ops.URL == "" {
		<-ctx.Done()
		return nil
	}
	return h.tender.Run(ctx)
}
