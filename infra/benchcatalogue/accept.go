package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
)

const (
	// webhooksPerSecond arrive at even distances, whatever becomes of those
	// before: a release of some thousand entries at once, as Contentful sends it.
	webhooksPerSecond = 200
	webhooks          = 4000
	webhookSecret     = "00000000000000000000000000000000000000000000000000000000000000aa"
)

// accept posts webhooks, signed as Contentful signs them, to a listener over
// HTTP, which stores each on disk before it answers, while its worker hands
// what it stored to the handlers. Times are taken from the moment at which a
// webhook was due, so that waiting for a busy listener counts.
func (p plan) accept(ctx context.Context, n bench.Numbers) error {
	s, err := openServers(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	system := &contentful.System{Secrets: []string{webhookSecret}, Reader: contentful.Reader{Locale: "en-US"}}
	in, err := intake.New(intake.Config{
		DB: s.db, Systems: []intake.System{system}, Applier: &content.Catalogue{}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: in.Listener(system), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	working, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = in.Run(working) }()
	defer func() { stop(); <-done }()

	took, failed, err := sendWebhooks(ctx, "http://"+listener.Addr().String()+"/webhooks/contentful")
	if err != nil {
		return err
	}
	slices.Sort(took)
	n["webhook_accept_p50_ms"] = milliseconds(took[len(took)/2])
	n["webhook_accept_p99_ms"] = milliseconds(took[len(took)*99/100])
	n["webhook_accept_failed"] = float64(failed)
	return s.applied(ctx, n)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// sendWebhooks posts all of them when they are due, and returns how long each
// took to be answered, and how many were not taken.
func sendWebhooks(ctx context.Context, url string) (took []time.Duration, failed int, err error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var errs []error
	var all sync.WaitGroup
	began := time.Now()
	for i := range webhooks {
		due := began.Add(time.Duration(i) * time.Second / webhooksPerSecond)
		select {
		case <-ctx.Done():
			all.Wait()
			return nil, 0, ctx.Err()
		case <-time.After(time.Until(due)):
		}
		all.Go(func() {
			status, err := sendWebhook(ctx, client, url, i)
			answered := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, answered)
			if err != nil {
				errs = append(errs, err)
			} else if status != http.StatusAccepted {
				failed++
			}
		})
	}
	all.Wait()
	return took, failed, errors.Join(errs...)
}

// sendWebhook has Contentful publish a person, of four kilobytes.
func sendWebhook(ctx context.Context, client *http.Client, url string, number int) (status int, err error) {
	body := fmt.Appendf(nil, `{"metadata":{"tags":[]},"sys":{"type":"Entry","id":"person%d","space":{"sys":{"type":"Link","linkType":"Space","id":"bench"}},`+
		`"environment":{"sys":{"id":"master","type":"Link","linkType":"Environment"}},"contentType":{"sys":{"type":"Link","linkType":"ContentType","id":"person"}},`+
		`"revision":1,"createdAt":"2026-11-21T10:00:00.000Z","updatedAt":"2026-11-21T10:00:00.000Z","publishedVersion":3},`+
		`"fields":{"name":{"en-US":"Person %d"},"biography":{"en-US":"<p>%s</p>"}}}`, number, number, strings.Repeat("They have been on stage all their life. ", 90))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	const names = "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic"
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	r.Header.Set(contentful.HeaderTopic, "ContentManagement.Entry.publish")
	r.Header.Set(contentful.HeaderTimestamp, stamp)
	r.Header.Set(contentful.HeaderSignedHeaders, names)
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	fmt.Fprintf(mac, "POST\n%s\nx-contentful-signed-headers:%s;x-contentful-timestamp:%s;x-contentful-topic:ContentManagement.Entry.publish\n%s", r.URL.Path, names, stamp, body)
	r.Header.Set(contentful.HeaderSignature, hex.EncodeToString(mac.Sum(nil)))
	answer, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// applied waits until every webhook was acted upon, and says how long after
// its arrival that was.
func (s *servers) applied(ctx context.Context, n bench.Numbers) error {
	for {
		var open int
		if err := s.db.QueryRow(ctx, "select count(*) from cms_deliveries where state <> 'done'").Scan(&open); err != nil {
			return err
		}
		if open == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d webhooks were not acted upon: %w", open, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	var p50, p99 float64
	var applied int
	err := s.db.QueryRow(ctx, `select percentile_cont(0.5) within group (order by finished_at - received_at),
		percentile_cont(0.99) within group (order by finished_at - received_at), count(*) filter (where outcome = 'applied') from
		(select extract(epoch from finished_at)::float8 * 1000 as finished_at, extract(epoch from received_at)::float8 * 1000 as received_at, outcome from cms_deliveries) d`).Scan(&p50, &p99, &applied)
	n["webhook_applied_p50_ms"], n["webhook_applied_p99_ms"] = p50, p99
	n["webhook_applied_missing"] = float64(webhooks - applied)
	return err
}
