package up

import (
	"context"
	"log/slog"
	"sync"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
	"github.com/stagedoor/stagedoor/origin/up/board"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
	"github.com/stagedoor/stagedoor/origin/up/keep"
)

// stack is a house being opened, open, or being closed.
type stack struct {
	Config
	dir    *datadir.Dir
	board  *board.Board
	logger *slog.Logger
	keys   keys
	pg     pgserver.Binaries

	mu    sync.Mutex
	house house.Config // filled in as parts come up
	open  *house.House
	parts []kept // in the order in which they came up
	wasm  string
	ops   string // folder of the ops Worker
}

// kept is a part and when it is stopped: the lowest stage first.
type kept struct {
	name  string
	stage int
	stop  func(ctx context.Context) error
}

// The stages of closing: first nobody comes in, then what is under way ends, then what it was kept in.
const (
	stageEdge = iota
	stageOrigin
	stageWork
	stageHouse
	stageStores
)

// with changes what is shared between the tasks.
func (s *stack) with(change func(*stack)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// config is what is known of the house by now.
func (s *stack) config() house.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.house
}

func (s *stack) keep(name string, stage int, stop func(ctx context.Context) error) {
	s.with(func(s *stack) { s.parts = append(s.parts, kept{name, stage, stop}) })
}

// start starts a part that is kept running: when it dies it is started again, and that is said.
func (s *stack) start(ctx context.Context, name string, stage int, start func(ctx context.Context) (keep.Part, error)) (keep.Part, error) {
	k, err := keep.Start(ctx, keep.Config{Name: name, Start: start, Say: func(format string, a ...any) {
		s.board.Say("  ! "+format, a...)
	}})
	if err != nil {
		return nil, err
	}
	s.keep(name, stage, k.Stop)
	return k.Current(), nil
}

// step shows a task on the board while it runs.
func (s *stack) step(name string, run func(ctx context.Context, b *board.Step) (remark string, err error)) func(context.Context) error {
	return func(ctx context.Context) error {
		b := s.board.Begin(name)
		remark, err := run(ctx, b)
		switch {
		case err != nil && ctx.Err() != nil:
			b.Drop()
		case err != nil:
			b.Fail()
		default:
			b.Done(remark)
		}
		return err
	}
}
