package up

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/edge/local"
	"github.com/stagedoor/stagedoor/infra/opsworker"
	"github.com/stagedoor/stagedoor/infra/tinygo"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/up/board"
	"github.com/stagedoor/stagedoor/origin/up/keep"
	"github.com/stagedoor/stagedoor/origin/up/order"
	"github.com/stagedoor/stagedoor/origin/up/part"
	"github.com/stagedoor/stagedoor/search/index"
)

// tasks are the steps of opening. What needs nothing begins at once.
func (s *stack) tasks() []order.Task {
	return []order.Task{
		{Name: "Edge build", Run: s.step("Edge: building the Wasm module", s.buildEdge)},
		{Name: "Ops build", Run: s.step("Ops: building the Worker", s.buildOps)},
		{Name: "Postgres", Run: s.part("DATABASE_URL", "Postgres", s.startPostgres)},
		{Name: "Redis", Run: s.part("REDIS_URL", "Redis", s.startRedis)},
		{Name: "NATS", Run: s.part("NATS_URL", "NATS JetStream", s.startNATS)},
		{Name: "Search", Run: s.part("TYPESENSE_URL", "Search", s.startSearch)},
		{Name: "Payments", Run: s.part("STRIPE_KEY", "Payment sandbox", s.startPayments)},
		{Name: "Schema", Needs: []string{"Postgres"}, Run: s.step("Database schema", s.migrate)},
		{Name: "Seed", Needs: []string{"Schema"}, Run: s.step("Theatres and their season", s.seed)},
		{Name: "Origin", Needs: []string{"Schema", "Redis", "NATS", "Search", "Payments"}, Run: s.step("Origin", s.startOrigin)},
		{Name: "Index", Needs: []string{"Seed", "Origin"}, Run: s.step("Shows into search", s.fillSearch)},
		{Name: "Content", Needs: []string{"Seed", "Origin"}, Run: s.fillEditors},
		{Name: "Edge", Needs: []string{"Edge build", "Ops build"}, Run: s.step("Edge: workerd", s.startEdge)},
		{Name: "Sites", Needs: []string{"Seed", "Origin", "Edge"}, Run: s.step("Sites to the edge", s.publish)},
		{Name: "Curtain", Needs: []string{"Sites", "Index", "Content"}, Run: s.step("The first page", s.firstPage)},
	}
}

// part is a step that is skipped when the variable names a real part.
func (s *stack) part(variable, name string, run func(context.Context, *board.Step) (string, error)) func(context.Context) error {
	if s.given(variable) {
		return s.step(name, func(context.Context, *board.Step) (string, error) { return "yours, from " + variable, nil })
	}
	return s.step(name, run)
}

func (s *stack) buildEdge(ctx context.Context, b *board.Step) (string, error) {
	wasm, err := tinygo.Builder{Root: s.Root, Progress: noter{b}}.EdgeWasm(ctx)
	s.with(func(s *stack) { s.wasm = wasm })
	return "", err
}

func (s *stack) buildOps(ctx context.Context, b *board.Step) (string, error) {
	dir, err := opsworker.Builder{Root: s.Root, Progress: noter{b}}.Build(ctx)
	s.with(func(s *stack) { s.ops = dir })
	return "", err
}

func (s *stack) migrate(ctx context.Context, _ *board.Step) (string, error) {
	url := s.config().DatabaseURL
	if err := postgres.Migrate(ctx, url, s.logger); err != nil {
		return "", err
	}
	_, newest, err := postgres.Version(ctx, url)
	return fmt.Sprintf("version %d", newest), err
}

func (s *stack) seed(ctx context.Context, b *board.Step) (string, error) {
	report, err := house.Seed(ctx, s.config().DatabaseURL, s.Seed, s.logger, func(done, total int, what string) {
		b.Note("%d of %d, %s", done, total, what)
	})
	return fmt.Sprintf("%d theatres, %d seats, %d performances", report.Theatres, report.Seats, report.Performances), err
}

func (s *stack) startOrigin(ctx context.Context, _ *board.Step) (string, error) {
	h, err := house.Open(ctx, s.config(), house.Tools{Logger: s.logger, Version: s.Version})
	if err != nil {
		return "", err
	}
	s.with(func(s *stack) { s.open = h })
	s.keep("connections", stageHouse, h.Close)
	s.background("background work", stageWork, h.Work)
	s.background("live seat maps", stageWork, func(ctx context.Context) error { h.Watch(ctx); return nil })
	_, err = s.start(ctx, "The origin", stageOrigin, func(context.Context) (keep.Part, error) {
		return part.StartWeb("origin", part.Local(s.Ports.Origin), h.Handler(), s.logger, nil)
	})
	return fmt.Sprintf("http://127.0.0.1:%d", s.Ports.Origin), err
}

// background runs something of the house until the house closes. It is started again, and that is said, if it fails.
func (s *stack) background(name string, stage int, run func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			err := run(ctx)
			if ctx.Err() != nil {
				return
			}
			s.board.Say("  ! %s ended unexpectedly (%v) and is started again", name, err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
	s.keep(name, stage, func(stopping context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-stopping.Done():
			return fmt.Errorf("%s did not end: %w", name, stopping.Err())
		}
	})
}

// fillTries are how often the index is filled before the house gives up: a machine that is busy opening everything at
// once may keep the search server from answering in time, and filling may be repeated.
const fillTries = 10

func (s *stack) fillSearch(ctx context.Context, _ *board.Step) (string, error) {
	for try := 1; ; try++ {
		n, err := s.open.Fill(ctx)
		if err == nil || try == fillTries || !errors.Is(err, index.ErrUnavailable) {
			return fmt.Sprintf("%d shows", n), err
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// reconcileEvery is how often the ops Worker has Postgres and KV compared, as in edge/ops/wrangler.toml.
const reconcileEvery = 5 * time.Minute

func (s *stack) startEdge(ctx context.Context, _ *board.Step) (string, error) {
	data, err := s.dir.Sub("edge")
	if err != nil {
		return "", err
	}
	_, err = s.start(ctx, "The edge", stageEdge, func(ctx context.Context) (keep.Part, error) {
		return part.StartEdge(ctx, local.Config{
			Root: s.Root, Port: s.Ports.Edge, APIPort: s.Ports.KV, DataDir: data, Wasm: s.wasm,
			HopKey: s.keys.hop, RoomKeys: s.config().Edge.RoomKeys, APIToken: s.keys.cloudflare, Traces: s.config().Traces, Log: s.logger,
			Ops: &local.Ops{Port: s.Ports.Ops, Dir: s.ops, Token: s.keys.ops, OriginURL: s.config().Edge.OriginURL, Cron: reconcileEvery},
		})
	})
	return "", err
}

func (s *stack) publish(ctx context.Context, b *board.Step) (string, error) {
	// All of them: the database may be older than the edge's own folder, or have moved here from another machine.
	report, err := s.open.Publisher.Publish(ctx, edgeconfig.Options{All: true, Progress: func(done, total int) { b.Note("%d of %d", done, total) }})
	return fmt.Sprintf("%d hostnames", report.Written), err
}

// noter shows the last line of what a build writes.
type noter struct{ step *board.Step }

func (n noter) Write(p []byte) (int, error) {
	if line := lastLine(p); line != "" {
		n.step.Note("%s", line)
	}
	return len(p), nil
}
