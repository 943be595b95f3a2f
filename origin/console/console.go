package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/door"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/home"
	"github.com/stagedoor/stagedoor/origin/console/maintenance"
	"github.com/stagedoor/stagedoor/origin/console/people"
	"github.com/stagedoor/stagedoor/origin/console/trail"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Deps is what the console is made of. All but the last three must be set.
type Deps struct {
	Desk   *staff.Desk
	Editor *edgeconfig.Editor
	// Publish makes what was changed known to the edge.
	Publish func(ctx context.Context) error
	Brands  func(ctx context.Context) ([]venue.Brand, error)
	// Buyers counts who is buying on some sites.
	Buyers func(ctx context.Context, brands []string) (maintenance.Buyers, error)
	// Probe asks the edge what visitors get.
	Probe maintenance.Probe
	// Pass makes the cookie by which the edge knows staff.
	Pass   func(name string, sites []string, expires time.Time, secure bool) (*http.Cookie, error)
	Logger *slog.Logger
	Now    func() time.Time

	// FormTargets are sources that the answer to a form may lead to: the brands' sites, "http://*.localhost:8787".
	FormTargets string
	// Practice says that staff are practice accounts.
	Practice bool
	// DeadLetters counts what could not be worked on; nil: nobody counts.
	DeadLetters func(ctx context.Context) (int, error)
	// More are further pages.
	More []frame.Page
}

// Console answers the console's own site, and the one address it has on brands' sites.
type Console struct {
	http.Handler
	// Enter takes one-time links on brands' sites, at staff.EnterPath.
	Enter http.Handler
	watch *maintenance.Watch
}

// New puts the pages together.
func New(d Deps) (*Console, error) {
	if d.Desk == nil || d.Editor == nil || d.Publish == nil || d.Brands == nil || d.Buyers == nil || d.Probe == nil || d.Pass == nil || d.Logger == nil || d.Now == nil {
		return nil, errors.New("console: something it needs is not set")
	}
	at := &door.Pages{Desk: d.Desk, Logger: d.Logger, Pass: d.Pass, ConsoleSite: edgeconfig.ConsoleSite, Practice: d.Practice}
	watch := &maintenance.Watch{Editor: d.Editor, Probe: d.Probe, Now: d.Now, Logger: d.Logger}
	f, err := frame.New(frame.Deps{
		Desk: d.Desk, Brands: d.Brands, Logger: d.Logger, Now: d.Now, FormTargets: d.FormTargets, Practice: d.Practice,
	}, slices.Concat(
		at.Pages(),
		(&home.Pages{Windows: d.Editor, Log: d.Desk, DeadLetters: d.DeadLetters}).Pages(),
		(&maintenance.Pages{Editor: d.Editor, Publish: d.Publish, Buyers: d.Buyers, Watch: watch, Logger: d.Logger}).Pages(),
		(&trail.Pages{Log: d.Desk}).Pages(),
		(&people.Pages{Desk: d.Desk}).Pages(),
		d.More,
	)...)
	if err != nil {
		return nil, err
	}
	return &Console{Handler: f, Enter: at.Enter(d.Now), watch: watch}, nil
}

// Stop ends what is done in the background and returns when it has ended.
func (c *Console) Stop() { c.watch.Stop() }
