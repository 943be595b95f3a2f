package scanner

import (
	"testing"

	"github.com/google/uuid"
)

func TestStreamsAreBounded(t *testing.T) {
	var s streams
	one := uuid.New()
	for n := range streamsOfOne {
		if !s.open(one) {
			t.Fatalf("number %d was refused", n+1)
		}
	}
	if s.open(one) {
		t.Error("one sign-in has more than its share")
	}
	s.close(one)
	if !s.open(one) {
		t.Error("a place that was given back is lost")
	}
	for s.all < mostStreams {
		if !s.open(uuid.New()) {
			t.Fatalf("refused with %d open", s.all)
		}
	}
	if s.open(uuid.New()) {
		t.Error("more than the house can feed")
	}
}
