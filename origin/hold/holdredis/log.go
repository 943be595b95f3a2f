package holdredis

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// LogTo makes the Redis client library write to logger, for the whole process; by itself it writes to standard error.
func LogTo(logger *slog.Logger) { redis.SetLogger(printer{logger}) }

type printer struct{ logger *slog.Logger }

// Printf implements the library's logger: it says nothing that an operator must act on at once.
func (p printer) Printf(ctx context.Context, format string, v ...any) {
	p.logger.WarnContext(ctx, "redis client", "said", fmt.Sprintf(format, v...))
}
