package intake

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
)

// TestASlowSystemHoldsUpNobodyElse: while every question to Umbraco waits for its answer, what Contentful tells is applied.
func TestASlowSystemHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	asked, answer := make(chan struct{}, 100), make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-answer:
		case <-r.Context().Done():
		}
		http.Error(w, "too late", http.StatusBadGateway)
	}))
	defer api.Close()
	s.umbraco.Asked = &umbraco.API{URL: api.URL, Locales: []string{"en-GB"}, HTTP: api.Client()}
	for i := range 4 * s.cfg.Workers {
		s.tell("Umbraco.ContentPublish", only(fmt.Sprintf("c1922956-7855-4fa0-8f2c-%012d", i)))
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer func() { stop(); close(answer); running.Wait() }()
	running.Go(func() { _ = s.Run(ctx) })
	const patience = 2 * time.Minute
	for range s.cfg.Workers + 1 { // the sweep asks, too
		select {
		case <-asked:
		case <-time.After(patience):
			t.Fatal("Umbraco is not asked")
		}
	}
	if status := s.send("publish", entry("lear", "production", "Lear", at(1), 1, "")); status != http.StatusAccepted {
		t.Fatalf("answered %d", status)
	}
	for deadline := time.Now().Add(patience); s.public("lear") != "Lear (1)"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("Contentful waits for Umbraco: %v", s.states())
		}
	}
}
