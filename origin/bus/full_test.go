package bus

import (
	"strings"
	"testing"
)

// The disk of the stream is full: the facts wait in the outbox, nothing is lost and nothing is told twice, and they leave
// when there is room again.
func TestDiskFullOnTheStream(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.nats.Stop()
	s.nats.Disk(64 << 10)
	s.nats.Restart()
	stop := s.start(s.relay().Run)
	// More than fits, each with a name of some length.
	long := strings.Repeat("curtain ", 60)
	s.tell(long, 0, 300)
	s.until("some have left and the rest can't", func() bool {
		left := s.count("select count(*) from outbox_relayed")
		return left > 0 && left < 300 && len(s.stored()) >= left
	})
	stop()
	waiting := s.count("select count(*) from outbox_waiting")
	if waiting == 0 {
		t.Fatal("everything fitted")
	}
	t.Logf("injected: JetStream may store 64 KB; %d of 300 facts wait in the outbox", waiting)
	s.nats.Stop()
	s.nats.Disk(0)
	s.nats.Restart()
	s.start(s.relay().Run)
	s.start(s.consumer().Run)
	s.untilRelayed()
	s.untilEffects(300)
	s.checkStored()
	t.Log("users saw: tickets at once, the e-mail when there was room")
	t.Logf("found: %d facts in the stream once and in order, %d effects", len(s.stored()), s.count("select count(*) from effects"))
}
