package holdredis

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/hold"
)

var (
	//go:embed lua/prelude.lua
	prelude string
	//go:embed lua/acquire.lua
	acquireLua string
	//go:embed lua/best.lua
	bestLua string
	//go:embed lua/pledge.lua
	pledgeLua string
	//go:embed lua/unpledge.lua
	unpledgeLua string
	//go:embed lua/withhold.lua
	withholdLua string
	//go:embed lua/get.lua
	getLua string
	//go:embed lua/extend.lua
	extendLua string
	//go:embed lua/release.lua
	releaseLua string
	//go:embed lua/sold.lua
	soldLua string
	//go:embed lua/free.lua
	freeLua string
	//go:embed lua/load_begin.lua
	loadBeginLua string
	//go:embed lua/load_end.lua
	loadEndLua string
	//go:embed lua/snapshot.lua
	snapshotLua string
	//go:embed lua/sweep.lua
	sweepLua string
	//go:embed lua/index_note.lua
	indexNoteLua string
	//go:embed lua/index_due.lua
	indexDueLua string
	//go:embed lua/index_settle.lua
	indexSettleLua string
)

// script is a Lua script with the name it has in traces and metrics.
type script struct {
	name string
	*redis.Script
}

func operation(name, body string) script { return script{name, redis.NewScript(prelude + body)} }

var (
	acquireScript     = operation("acquire", acquireLua)
	bestScript        = operation("best", bestLua)
	pledgeScript      = operation("pledge", pledgeLua)
	unpledgeScript    = operation("unpledge", unpledgeLua)
	withholdScript    = operation("withhold", withholdLua)
	getScript         = operation("get", getLua)
	extendScript      = operation("extend", extendLua)
	releaseScript     = operation("release", releaseLua)
	soldScript        = operation("sold", soldLua)
	freeScript        = operation("free", freeLua)
	loadBeginScript   = operation("load_begin", loadBeginLua)
	loadEndScript     = operation("load_end", loadEndLua)
	snapshotScript    = operation("snapshot", snapshotLua)
	sweepScript       = operation("sweep", sweepLua)
	indexNoteScript   = script{"index_note", redis.NewScript(indexNoteLua)}
	indexDueScript    = script{"index_due", redis.NewScript(indexDueLua)}
	indexSettleScript = script{"index_settle", redis.NewScript(indexSettleLua)}
)

// run runs a script on a performance and returns its answer, the first word of which is the status. Failures are
// hold.ErrUnavailable.
func (s *Store) run(ctx context.Context, sc script, performanceID uuid.UUID, more []string, args ...any) ([]string, error) {
	args = append([]any{channel(performanceID), s.now()}, args...)
	var answer []string
	err := s.observe(ctx, sc, performanceID, func(ctx context.Context) (err error) {
		answer, err = sc.Run(ctx, s.cfg.Client, keys(performanceID, more...), args...).StringSlice()
		return err
	})
	return answer, err
}

// runTogether is run for a short script that many may want at the same time.
func (s *Store) runTogether(ctx context.Context, sc script, performanceID uuid.UUID, more []string, args ...any) ([]string, error) {
	e := evaluation{script: sc, keys: keys(performanceID, more...), args: append([]any{channel(performanceID), s.now()}, args...)}
	var answer []string
	err := s.observe(ctx, sc, performanceID, func(ctx context.Context) (err error) {
		answer, err = s.evaluate(ctx, e)
		return err
	})
	return answer, err
}

// observe gives a call its span and figures, and turns its failure into hold.ErrUnavailable.
func (s *Store) observe(ctx context.Context, sc script, performanceID uuid.UUID, call func(context.Context) error) error {
	ctx, span := s.tracer.Start(ctx, "hold "+sc.name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "redis"),
		attribute.String("stagedoor.performance_id", performanceID.String()),
	))
	defer span.End()
	began := time.Now()
	err := call(ctx)
	s.cfg.Metrics.scripts.WithLabelValues(sc.name).Observe(time.Since(began).Seconds())
	if err == nil {
		return nil
	}
	span.SetStatus(codes.Error, err.Error())
	s.cfg.Metrics.failures.WithLabelValues(sc.name).Inc()
	return fmt.Errorf("%w: %s: %w", hold.ErrUnavailable, sc.name, err)
}
