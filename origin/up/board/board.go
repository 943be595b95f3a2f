// Package board shows what is going on while the house opens and closes: on a terminal a line per step at work, with
// how long it has been, and a tick when it is done; elsewhere plain lines.
package board

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Board writes to one place. Its methods may be called from several goroutines.
type Board struct {
	out    io.Writer
	live   bool // a terminal: lines at work are drawn over
	colour bool
	width  func() int
	now    func() time.Time

	mu      sync.Mutex
	working []*Step
	drawn   int // lines below which the cursor stands
	frame   int
	stop    chan struct{}
	stopped sync.WaitGroup
}

// Step is one thing at work.
type Step struct {
	board *Board
	name  string
	note  string
	since time.Time
}

// New writes to out. What it looks like depends on whether that is a terminal, and on NO_COLOR and TERM=dumb.
func New(out *os.File) *Board {
	b := &Board{out: out, now: time.Now, stop: make(chan struct{})}
	size := func() (*unix.Winsize, error) { return unix.IoctlGetWinsize(int(out.Fd()), unix.TIOCGWINSZ) }
	if _, err := size(); err == nil && os.Getenv("TERM") != "dumb" {
		b.live = true
		b.colour = os.Getenv("NO_COLOR") == ""
		b.width = func() int {
			if ws, err := size(); err == nil && ws.Col > 20 {
				return int(ws.Col)
			}
			return 80
		}
		b.stopped.Go(b.animate)
	}
	return b
}

// Plain writes lines to out, as if it were no terminal.
func Plain(out io.Writer) *Board { return &Board{out: out, now: time.Now, stop: make(chan struct{})} }

// Close draws for the last time.
func (b *Board) Close() {
	close(b.stop)
	b.stopped.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wipe()
	b.working = nil
}

// Begin shows that a step is at work.
func (b *Board) Begin(name string) *Step {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &Step{board: b, name: name, since: b.now()}
	b.working = append(b.working, s)
	if b.live {
		b.draw()
	} else {
		fmt.Fprintf(b.out, "  … %s\n", name)
	}
	return s
}

// Say writes a line that stays, above the steps at work.
func (b *Board) Say(format string, a ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wipe()
	fmt.Fprintf(b.out, format+"\n", a...)
	b.draw()
}

// Note shows how far the step is: "31 of 46". Plain boards leave it out.
func (s *Step) Note(format string, a ...any) {
	s.board.mu.Lock()
	defer s.board.mu.Unlock()
	s.note = fmt.Sprintf(format, a...)
}

// Done ticks the step off. remark may add what came of it.
func (s *Step) Done(remark string) { s.end(s.board.paint(green, "✓"), remark) }

// Fail marks the step as failed. The error is shown by whoever asked for the step.
func (s *Step) Fail() { s.end(s.board.paint(red, "✗"), "") }

// Drop takes the step off the board without a word: it was not what failed.
func (s *Step) Drop() {
	b := s.board
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(s)
	b.draw()
}

func (s *Step) end(mark, remark string) {
	b := s.board
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(s)
	line := "  " + mark + " " + s.name
	if remark != "" {
		line += ": " + remark
	}
	fmt.Fprintf(b.out, "%s %s\n", line, b.paint(faint, "("+spent(b.now().Sub(s.since))+")"))
	b.draw()
}

// remove wipes the live lines; the caller draws them again.
func (b *Board) remove(s *Step) {
	b.wipe()
	for i, w := range b.working {
		if w == s {
			b.working = append(b.working[:i], b.working[i+1:]...)
			return
		}
	}
}

func (b *Board) animate() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
			b.mu.Lock()
			b.frame++
			b.draw()
			b.mu.Unlock()
		}
	}
}

const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

// draw writes the steps at work over those drawn before.
func (b *Board) draw() {
	if !b.live {
		return
	}
	b.wipe()
	turn := string([]rune(spinner)[b.frame%10])
	for _, s := range b.working {
		text := s.name
		if s.note != "" {
			text += " (" + s.note + ")"
		}
		if d := b.now().Sub(s.since); d >= 3*time.Second {
			text += " " + spent(d)
		}
		if r := []rune(text); len(r) > b.width()-5 {
			text = string(r[:b.width()-5])
		}
		fmt.Fprintf(b.out, "  %s %s\n", b.paint(accent, turn), text)
	}
	b.drawn = len(b.working)
}

// wipe removes what was drawn, so that a line that stays can take its place.
func (b *Board) wipe() {
	if b.drawn > 0 {
		fmt.Fprint(b.out, strings.Repeat("\x1b[1A\x1b[2K", b.drawn), "\r")
		b.drawn = 0
	}
}

func spent(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}
