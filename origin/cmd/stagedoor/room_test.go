package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
)

const studio = `{"name":"studio","about":"eighty seats","seed":1,"active_limit":20,"arrivals":[{"visitors":200,"from":0,"until":60}],
"patience":{"median":900,"p90":1800},"stay":{"median":60,"p90":120},"poll_every":5,"pass_life":300,"duration":3600,"isolates":4}`

func TestRoomSimulate(t *testing.T) {
	t.Parallel()
	if code, out, problem := try(t, "room", "simulate"); code != 0 || !strings.Contains(out, "burst") {
		t.Errorf("%d, %q, %q", code, out, problem)
	}
	file := filepath.Join(t.TempDir(), "studio.json")
	if err := os.WriteFile(file, []byte(studio), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, problem := try(t, "room", "simulate", file)
	if code != 0 || !strings.Contains(out, "studio: 200 visitors") || !strings.Contains(out, "seed 1.") {
		t.Errorf("%d, %q, %q", code, out, problem)
	}
	if _, out, _ := try(t, "room", "simulate", "--json", file); !strings.Contains(out, `"visitors": 200`) {
		t.Errorf("%q", out)
	}
	if code, _, problem := try(t, "room", "simulate", "matinee"); code == 0 || !strings.Contains(problem, "burst") {
		t.Errorf("%d, %q", code, problem)
	}
}

func TestRoomVerify(t *testing.T) {
	t.Parallel()
	seed := shuffle.Seed{7}
	commitment := shuffle.Commit(seed, "hamlet", "on-sale")
	args := []string{"room", "verify", "--event", "on-sale", "--seed", hex.EncodeToString(seed[:]), "--commitment", hex.EncodeToString(commitment[:]), "--visitor", strings.Repeat("0f", 16)}
	if code, out, problem := try(t, append(args, "--room", "hamlet")...); code != 0 || !strings.Contains(out, "committed to") || !strings.Contains(out, "Draw ") {
		t.Errorf("%d, %q, %q", code, out, problem)
	}
	if code, _, problem := try(t, append(args, "--room", "macbeth")...); code == 0 || !strings.Contains(problem, "not the one") {
		t.Errorf("%d, %q", code, problem)
	}
	if code, _, problem := try(t, "room", "verify", "--seed", "xyz"); code != 2 || !strings.Contains(problem, "hex digits") {
		t.Errorf("%d, %q", code, problem)
	}
}
