package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// screen writes lines, and below them, on a terminal, one status that is written over.
type screen struct {
	out      *os.File
	terminal bool
	shown    bool
	drawn    time.Time
}

func newScreen(out *os.File) *screen {
	info, err := out.Stat()
	return &screen{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"}
}

func (s *screen) line(format string, a ...any) {
	s.clear()
	fmt.Fprintf(s.out, format+"\n", a...)
}

func (s *screen) status(text string) {
	if !s.terminal {
		fmt.Fprintln(s.out, "… "+text)
		return
	}
	s.draw(text)
}

// progress redraws at most ten times a second, and only on a terminal: elsewhere each package has its line.
func (s *screen) progress(done, total int, text string) {
	if s.terminal && time.Since(s.drawn) > 100*time.Millisecond {
		s.draw(fmt.Sprintf("[%d/%d] %s", done, total, text))
	}
}

func (s *screen) draw(text string) {
	if len(text) > 100 {
		text = text[:100]
	}
	fmt.Fprintf(s.out, "\r\033[K%s", text)
	s.shown, s.drawn = true, time.Now()
}

func (s *screen) clear() {
	if s.shown {
		fmt.Fprint(s.out, "\r\033[K")
		s.shown = false
	}
}

func (s *screen) packageEnded(done, total int, p Package) {
	mark := map[string]string{"pass": "✓", "fail": "✗", "skip": "-"}[p.Result]
	s.line("%s [%d/%d] %s: %s, %s", mark, done, total, short(p.Name), plural(p.Tests, "test"), p.Took.Round(100*time.Millisecond))
}

func (s *screen) summary(t *Tally, took time.Duration) {
	slowest := slices.Clone(t.Packages)
	slices.SortFunc(slowest, func(a, b Package) int { return int(b.Took - a.Took) })
	s.line("\n%s in %s. The slowest:", plural(len(t.Packages), "package"), took.Round(time.Second))
	for _, p := range slowest[:min(5, len(slowest))] {
		s.line("    %6.1f s  %s", p.Took.Seconds(), short(p.Name))
	}
	if len(t.Skips) > 0 {
		s.line("\nNot run:")
		for _, skip := range t.Skips {
			s.line("    %s: %s", short(skip.Name), skip.Reason)
		}
	}
	if len(t.Failures) > 0 {
		s.line("\nFailed (their whole output is above):")
		for _, line := range extracts(t.Failures) {
			s.line("    %s", line)
		}
	}
	s.line("")
}

// closing is the run's last line.
func (s *screen) closing(t *Tally) {
	s.line("%s", strings.TrimSpace(fmt.Sprintf("%d passed, %d failed, %d skipped", t.Passed, len(t.Failures), len(t.Skips))))
}
