package bus

import "testing"

// The machine fell and took the end of the stream's last file with it, long after consumers had acted on it. What was
// lost is sent again and takes no effect again; what is told now, and gets the place of something lost, does.
func TestLastFileOfTheStreamTruncated(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	stop := s.start(s.relay().Run)
	quit := s.start(s.consumer().Run)
	s.exec("alter table outbox alter column id restart with 1000")
	s.tell("curtain", 0, 60)
	s.untilRelayed()
	s.untilEffects(60)
	quit()
	stop()
	s.nats.Stop()
	s.nats.Truncate(5000)
	s.nats.Restart()
	s.until("NATS is back", s.conn.IsConnected)
	left := len(s.stored())
	if left == 0 || left >= 60 {
		t.Fatalf("%d of 60 are left in the stream: nothing of use was cut off", left)
	}
	t.Logf("injected: the stream's last file ends %d messages early", 60-left)
	// Five more are told while nobody relays, by transactions that began before those of what was lost: they are sent first.
	s.exec(`insert into outbox (id, event_id, subject, key, payload) overriding system value
		select n, gen_random_uuid(), $1, 'safety curtain', jsonb_build_object('thing', 'safety curtain', 'n', n) from generate_series(1, 5) n`, testSubject)
	s.start(s.relay().Run)
	s.start(s.consumer().Run)
	s.untilRelayed()
	s.untilEffects(65)
	s.checkEffects(65)
	if n := len(s.stored()); n != 65 {
		t.Errorf("the stream holds %d messages, want 65", n)
	}
	t.Log("audit: clean: every fact is in the stream, and took effect once")
}
