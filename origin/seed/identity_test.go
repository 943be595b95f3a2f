package seed

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// IDs are in people's links and orders: deriving them another way would orphan both.
func TestIdentifyIsStable(t *testing.T) {
	at := time.Date(2026, 11, 16, 19, 30, 0, 0, time.UTC)
	id := identify(at, "performance", "lyceum", "hamlet")
	if id.Version() != 7 || id.Variant() != uuid.RFC4122 {
		t.Errorf("%s is not laid out as a UUIDv7", id)
	}
	if got, want := id.String(), "01a1e5d6-76c0-7cb7-a487-36974ce66822"; got != want {
		t.Errorf("identify = %s, want %s", got, want)
	}
	if seconds, _ := id.Time().UnixTime(); seconds != at.Unix() {
		t.Errorf("the ID tells %d, want %d", seconds, at.Unix())
	}
	others := map[uuid.UUID]bool{
		id: true, identify(at.Add(time.Second), "performance", "lyceum", "hamlet"): true, identify(at, "plan", "lyceum", "hamlet"): true,
		identify(at, "performance", "lyceumhamlet"): true, identify(at, "performance", "lyceum", "hamlet", ""): true,
	}
	if len(others) != 5 {
		t.Error("different things share an ID")
	}
}
