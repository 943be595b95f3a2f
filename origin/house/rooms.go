package house

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/rehearsals"
	"github.com/stagedoor/stagedoor/origin/console/rooms"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/admission"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
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
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("where this program is: %w", err)
	}
	h.trials = trial.New(trial.Config{
		DB: h.db, Simulate: trial.Child{Program: program, Args: []string{"room", "simulate", "--stream"}}.Run, Now: h.now, Logger: h.logger,
		Stage: &trial.Stage{Editor: h.Editor, Publish: h.publish, Tend: h.tender.Tend, Control: h.rooms, SiteURL: h.cfg.Edge.SiteURL},
	})
	h.closing(h.trials.Close)
	if h.cfg.Edge.RoomKeys == "" {
		return nil
	}
	ring, err := token.ParseRing(h.cfg.Edge.RoomKeys)
	h.admission.Ring = ring
	return err
}

// roomPages are the console's pages about waiting rooms.
func (h *House) roomPages() []frame.Page {
	pages := &rooms.Pages{
		Editor: h.Editor, Publish: h.publish, Control: h.rooms, Logger: h.logger,
		Tend: func(ctx context.Context, room string) error {
			if err := h.tender.Tend(ctx, room); !errors.Is(err, waiting.ErrNoControl) { // which the page of the room says
				return err
			}
			return nil
		},
		Shows: func(ctx context.Context, brand string) ([]show.Listing, error) {
			return h.shows.Productions(ctx, brand, h.now())
		},
	}
	tried := &rehearsals.Pages{Runner: h.trials, Limits: h.trials.Limits, Rooms: h.Editor.Rooms, SiteURL: h.cfg.Edge.SiteURL, Logger: h.logger}
	h.closing(func(context.Context) error { pages.Stop(); tried.Stop(); return nil })
	return append(pages.Pages(), tried.Pages()...)
}

// tendRooms keeps coordinators at what staff want, where there is a way to them.
func (h *House) tendRooms(ctx context.Context) error {
	if h.cfg.Ops.URL == "" {
		<-ctx.Done()
		return nil
	}
	return h.tender.Run(ctx)
}
