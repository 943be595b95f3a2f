package up

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
	"github.com/stagedoor/stagedoor/origin/telemetry"
	"github.com/stagedoor/stagedoor/origin/up/board"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
	"github.com/stagedoor/stagedoor/origin/up/order"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Running is what an open house leaves in its data folder for other commands. It holds secrets.
type Running struct {
	PID    int          `json:"pid"`
	Site   string       `json:"site"` // of the group
	Origin string       `json:"origin"`
	House  house.Config `json:"house"`
}

// Run opens the house, keeps it open until ctx ends, and closes it. The error is a sentence, or several, fit to show.
func Run(ctx context.Context, cfg Config) error {
	began := time.Now()
	if err := errors.Join(cfg.Ports.Validate(), datadir.Space(cfg.Data, datadir.Enough)); err != nil {
		return err
	}
	if err := cfg.tools(); err != nil {
		return err
	}
	site := house.Edge{Domain: "localhost", Port: cfg.Ports.Edge}
	dir, err := datadir.Open(cfg.Data, datadir.Holder{PID: os.Getpid(), URL: site.SiteURL(venue.GroupBrand), Started: began})
	if err != nil {
		return datadir.Explain(err, cfg.Data)
	}
	defer dir.Close()
	s, err := prepare(cfg, dir)
	if err != nil {
		return datadir.Explain(err, cfg.Data)
	}
	defer s.board.Close()
	if err = order.Run(ctx, s.tasks()); err == nil {
		err = s.announce()
	}
	if err == nil {
		s.welcome(time.Since(began))
		<-ctx.Done()
	} else if ctx.Err() != nil {
		err = nil // the person stopped it while it was opening
	}
	return errors.Join(datadir.Explain(err, cfg.Data), s.close())
}

// prepare makes everything ready that needs no part to run.
func prepare(cfg Config, dir *datadir.Dir) (*stack, error) {
	if err := dir.Withdraw(); err != nil {
		return nil, err
	}
	s := &stack{Config: cfg, dir: dir}
	var err error
	if !cfg.given("DATABASE_URL") {
		if s.pg, err = pgserver.Find(cfg.Root); err != nil {
			return nil, err
		}
	}
	if err := cfg.reclaim(dir); err != nil {
		return nil, err
	}
	if s.keys, err = readKeys(dir); err != nil {
		return nil, err
	}
	if s.logger, err = openLog(dir); err != nil {
		return nil, err
	}
	s.house = house.FromEnvironment(house.Config{
		LinkKey: s.keys.link, TicketKeys: dir.Path("keys", "tickets"), Mailbox: true,
		Staff: house.Staff{Practice: !cfg.given("OIDC_ISSUER")},
		Edge: house.Edge{
			HopKey: s.keys.hop, Domain: "localhost", Port: cfg.Ports.Edge,
			OriginURL: fmt.Sprintf("http://127.0.0.1:%d", cfg.Ports.Origin),
		},
	}, cfg.Lookup)
	// These are the local edge's own, whatever is set for real ones.
	s.house.Edge.HopKey, s.house.Edge.Domain, s.house.Edge.KV = s.keys.hop, "localhost", s.localKV()
	s.house.Edge.OriginURL = fmt.Sprintf("http://127.0.0.1:%d", cfg.Ports.Origin)
	s.house.Edge.RoomKeys = "1:" + s.keys.rooms
	s.house.Ops = house.Ops{URL: fmt.Sprintf("http://127.0.0.1:%d", cfg.Ports.Ops), Token: s.keys.ops}
	s.editors()
	s.board = board.New(cfg.Out)
	return s, nil
}

// maxLog is how long a log file may be when a start finds it; a longer one is put aside.
const maxLog = 20 << 20

func openLog(dir *datadir.Dir) (*slog.Logger, error) {
	if _, err := dir.Sub("logs"); err != nil {
		return nil, err
	}
	for _, name := range []string{"stagedoor", "postgres", "redis"} {
		path := dir.Path("logs", name+".log")
		if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
			if err := os.Rename(path, path+".1"); err != nil {
				return nil, fmt.Errorf("log: %w", err)
			}
		}
	}
	f, err := os.OpenFile(dir.Path("logs", "stagedoor.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	return telemetry.NewLogger(f, slog.LevelInfo), nil // open until the process ends
}

func (s *stack) announce() error {
	cfg := s.config()
	return s.dir.Announce(Running{PID: os.Getpid(), Site: cfg.Edge.SiteURL(venue.GroupBrand), Origin: cfg.Edge.OriginURL, House: cfg})
}

// closing is how long each part has to end before it is killed.
const closing = 20 * time.Second

// close stops the parts: the edge first, then what answers and works, then what keeps the data.
func (s *stack) close() error {
	errs := []error{s.dir.Withdraw()}
	s.mu.Lock()
	parts := slices.Clone(s.parts)
	s.mu.Unlock()
	if len(parts) == 0 {
		return errors.Join(errs...)
	}
	s.board.Say("\nClosing. Ctrl-C again to leave at once.")
	slices.Reverse(parts)
	slices.SortStableFunc(parts, func(a, b kept) int { return a.stage - b.stage })
	for _, p := range parts {
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		errs = append(errs, p.stop(ctx))
		cancel()
	}
	err := errors.Join(errs...)
	if err == nil {
		s.board.Say("Closed.")
	}
	return err
}
