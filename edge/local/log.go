package local

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"sort"
	"sync"
)

// relay passes the process's JSON log lines on to a slog.Logger.
type relay struct {
	log *slog.Logger

	mu   sync.Mutex
	last string // the last error's message
}

func (r *relay) run(stderr io.Reader) {
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		r.pass(lines.Bytes())
	}
	_, _ = io.Copy(io.Discard, stderr) // a line too long: keep the pipe flowing
}

func (r *relay) pass(line []byte) {
	fields := map[string]any{}
	if err := json.Unmarshal(line, &fields); err != nil {
		r.log.Warn("node", "output", string(line))
		return
	}
	msg, _ := fields["msg"].(string)
	level := slog.LevelInfo
	if text, ok := fields["level"].(string); ok {
		_ = level.UnmarshalText([]byte(text))
	}
	if level >= slog.LevelError {
		r.mu.Lock()
		if r.last = msg; fields["error"] != nil {
			r.last += ": " + fmtAny(fields["error"])
		}
		r.mu.Unlock()
	}
	for _, known := range []string{"time", "level", "msg"} {
		delete(fields, known)
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	attrs := make([]slog.Attr, 0, len(names))
	for _, name := range names {
		attrs = append(attrs, slog.Any(name, fields[name]))
	}
	r.log.LogAttrs(context.Background(), level, msg, attrs...)
}

func (r *relay) lastError() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func fmtAny(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, _ := json.Marshal(v)
	return string(text)
}
