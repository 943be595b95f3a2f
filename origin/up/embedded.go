package up

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
	"github.com/stagedoor/stagedoor/origin/up/board"
	"github.com/stagedoor/stagedoor/origin/up/keep"
	"github.com/stagedoor/stagedoor/origin/up/part"
	"github.com/stagedoor/stagedoor/search/local"
)

func (s *stack) startPostgres(ctx context.Context, b *board.Step) (string, error) {
	cfg := pgserver.Config{
		Binaries: s.pg, Dir: s.dir.Path("pg"), Port: s.Ports.Postgres, Password: s.keys.postgres, LogFile: s.logFile("postgres"),
	}
	started, err := s.start(ctx, "Postgres", stageStores, func(ctx context.Context) (keep.Part, error) { return part.StartPostgres(ctx, cfg) })
	if errors.Is(err, pgserver.ErrOtherVersion) {
		return "", fmt.Errorf("%w: install that version, or run `make reset` to start anew", err)
	}
	if err != nil {
		return "", err
	}
	pg := started.(part.Postgres)
	s.with(func(s *stack) { s.house.DatabaseURL = pg.URL() })
	if real := pg.Dir(); real != s.dir.Path("pg") {
		s.board.Say("  · Postgres refuses to run as root, and its user cannot reach %s: its data is in %s", s.dir.Path(), real)
	}
	return s.pg.Version, nil
}

func (s *stack) startRedis(ctx context.Context, _ *board.Step) (string, error) {
	dir, err := s.dir.Sub("redis")
	if err != nil {
		return "", err
	}
	cfg := part.RedisConfig{Dir: dir, Port: s.Ports.Redis, Password: s.keys.redis, LogFile: s.logFile("redis")}
	started, err := s.start(ctx, "Redis", stageStores, func(ctx context.Context) (keep.Part, error) { return part.StartRedis(ctx, cfg) })
	if err != nil {
		return "", err
	}
	s.with(func(s *stack) { s.house.RedisURL = started.(*part.Redis).URL() })
	return "", nil
}

func (s *stack) startNATS(ctx context.Context, _ *board.Step) (string, error) {
	dir, err := s.dir.Sub("nats")
	if err != nil {
		return "", err
	}
	cfg := part.NATSConfig{Dir: dir, Port: s.Ports.NATS, Token: s.keys.nats, Logger: s.logger}
	started, err := s.start(ctx, "NATS", stageStores, func(context.Context) (keep.Part, error) { return part.StartNATS(cfg) })
	if err != nil {
		return "", err
	}
	s.with(func(s *stack) { s.house.NATSURL = started.(*part.NATS).URL() })
	return "", nil
}

func (s *stack) startSearch(ctx context.Context, _ *board.Step) (string, error) {
	dir, err := s.dir.Sub("search")
	if err != nil {
		return "", err
	}
	_, err = s.start(ctx, "Search", stageStores, func(context.Context) (keep.Part, error) {
		engine, err := local.Open(local.Config{Dir: dir, APIKey: s.keys.search, Logger: s.logger})
		if err != nil {
			return nil, err
		}
		w, err := part.StartWeb("search", part.Local(s.Ports.Search), engine, s.logger, engine.Close)
		if err != nil {
			return nil, errors.Join(err, engine.Close())
		}
		return w, nil
	})
	s.with(func(s *stack) {
		s.house.Search = house.Search{URL: fmt.Sprintf("http://127.0.0.1:%d", s.Ports.Search), APIKey: s.keys.search}
	})
	return "", err
}

func (s *stack) startPayments(ctx context.Context, _ *board.Step) (string, error) {
	dir, err := s.dir.Sub("stripe")
	if err != nil {
		return "", err
	}
	url := fmt.Sprintf("http://127.0.0.1:%d", s.Ports.Stripe)
	var account sandbox.Keys
	_, err = s.start(ctx, "The payment sandbox", stageStores, func(context.Context) (keep.Part, error) {
		box, err := sandbox.Open(sandbox.Config{
			Dir: dir, PublicURL: url, WebhookURL: fmt.Sprintf("http://127.0.0.1:%d/webhooks/stripe", s.Ports.Origin), Logger: s.logger,
		})
		if err != nil {
			return nil, err
		}
		account = box.Keys()
		w, err := part.StartWeb("payment sandbox", part.Local(s.Ports.Stripe), box.Handler(), s.logger, box.Close)
		if err != nil {
			return nil, errors.Join(err, box.Close())
		}
		return w, nil
	})
	s.with(func(s *stack) {
		s.house.Stripe = house.Stripe{SecretKey: account.Secret, PublishableKey: account.Publishable, WebhookSecret: account.Webhook, URL: url}
	})
	return "", err
}

func (s *stack) logFile(name string) string { return s.dir.Path("logs", name+".log") }

func lastLine(p []byte) string {
	text := strings.TrimSpace(string(p))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
