package board

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func at(b *Board, clock *time.Time) *Board {
	b.now = func() time.Time { return *clock }
	return b
}

func TestPlainLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	clock := time.Unix(0, 0)
	b := at(Plain(&out), &clock)
	pg := b.Begin("Postgres")
	redis := b.Begin("Redis")
	clock = clock.Add(1200 * time.Millisecond)
	pg.Note("starting")
	pg.Done("17.10")
	redis.Fail()
	b.Begin("Edge").Drop()
	b.Say("open at %s", "http://x")
	b.Close()
	want := "  … Postgres\n  … Redis\n  ✓ Postgres: 17.10 (1.2 s)\n  ✗ Redis (1.2 s)\n  … Edge\nopen at http://x\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestATerminalShowsOnlyWhatIsAtWork(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	clock := time.Unix(0, 0)
	b := at(Plain(&out), &clock)
	b.live, b.width = true, func() int { return 30 }
	seed := b.Begin("Seeding the house with everything there is")
	index := b.Begin("Index")
	clock = clock.Add(83 * time.Second)
	index.Note("3 of 4")
	b.Say("Postgres was restarted")
	index.Done("")
	seed.Done("")
	b.Close()
	screen := render(out.String())
	want := []string{"Postgres was restarted", "  ✓ Index (1 min 23 s)", "  ✓ Seeding the house with everything there is (1 min 23 s)"}
	if strings.Join(screen, "\n") != strings.Join(want, "\n") {
		t.Errorf("screen:\n%s", strings.Join(screen, "\n"))
	}
	for _, line := range strings.Split(out.String(), "\n") {
		if strings.Contains(line, "⠋") && len([]rune(line[strings.Index(line, "⠋"):])) > 28 {
			t.Errorf("a live line is wider than the terminal: %q", line)
		}
	}
}

// render plays what was written on a terminal that knows the two controls the board uses.
func render(text string) []string {
	lines := []string{""}
	for len(text) > 0 {
		switch {
		case strings.HasPrefix(text, "\x1b[1A\x1b[2K"):
			lines = lines[:len(lines)-1]
			lines[len(lines)-1] = ""
			text = text[len("\x1b[1A\x1b[2K"):]
		case text[0] == '\n':
			lines = append(lines, "")
			text = text[1:]
		case text[0] == '\r':
			text = text[1:]
		default:
			lines[len(lines)-1] += text[:1]
			text = text[1:]
		}
	}
	return lines[:len(lines)-1]
}
