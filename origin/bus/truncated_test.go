package bus

import "testing"

// The machine fell and took the end of the stream's last file with it, long after consumers had acted on it. What was
// lost is sent again and takes no effect again; what is told now, and gets the place of something lost, does.
func TestLastFileOfTheStreamTruncated(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	stop := s.start(s.relay().Run)
	quit := s.start(s.consumer().Run)
	slow, err := s.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		if err := Add(t.Context(), slow, Event{Subject: testSubject, Key: "safety curtain", Payload: fact{"safety curtain", n}}); err != nil {
			t.Fatal(err)
		}
	}
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
	// What a transaction told that began before all of that, and ends now, is sent first.
	if err := slow.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.start(s.relay().Run)
	s.start(s.consumer().Run)
	s.untilRelayed()
	s.untilEffects(65)
	s.checkEffects(65)
	if n := len(s.stored()); n != 65 {
		t.Errorf("the stream holds %d messages, want 65", n)
	}
	t.Log("users saw: nothing: what was lost had taken effect, and was sent again")
	t.Logf("found: %d facts in the stream, %d effects, none twice", len(s.stored()), s.count("select count(*) from effects"))
}
