package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"
	"golang.org/x/sync/errgroup"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
	"github.com/stagedoor/stagedoor/search/index"
)

const (
	publications   = 200 // are measured
	publishEvery   = 100 * time.Millisecond
	publishedAbout = 10 // productions, in turn
)

// pipe measures the whole way from an editor's button to a search result: a
// webhook signed as Contentful signs it, the listener, the handler, the outbox,
// NATS, the catalogue and the index, on one machine.
func (p plan) pipe(ctx context.Context, n bench.Numbers) error {
	g, err := openGround(ctx)
	if err != nil {
		return err
	}
	return errors.Join((&pipe{ground: g, plan: p}).run(ctx, n), g.close())
}

type pipe struct {
	*ground
	plan     plan
	url      string
	client   *http.Client
	revision int
}

func (p *pipe) run(ctx context.Context, n bench.Numbers) error {
	if _, err := p.db.Exec(ctx, "insert into price_types (id, name, sort_order) values ('adult', 'Adult', 0)"); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	bell := bus.NewDoorbell(p.db, p.logger)
	system := &contentful.System{Secrets: []string{webhookSecret}, Reader: contentful.Reader{Locale: "en-US"}}
	in, err := intake.New(intake.Config{DB: p.db, Systems: []intake.System{system}, Applier: &content.Catalogue{}, Applied: bell.Ring, Logger: p.logger})
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
	p.url, p.client = "http://"+listener.Addr().String()+"/webhooks/contentful", &http.Client{Timeout: time.Minute}
	feed := catalogue.New(catalogue.Config{DB: p.db, Index: index.NewIndexer(p.ground.client), Domain: "localhost", Logger: p.logger})
	relay := bus.NewRelay(bus.RelayConfig{DB: p.db, NATS: p.conn, Logger: p.logger})
	consumer := bus.NewConsumer(bus.ConsumerConfig{
		Name: "catalogue", Subjects: []string{catalogue.SubjectShowChanged}, Handle: feed.Handle, DB: p.db, NATS: p.conn, Logger: p.logger, Workers: 8,
	})
	if _, _, err := feed.Fill(ctx); err != nil {
		return err
	}
	for _, run := range []func(context.Context){relay.Run, consumer.Run, bell.Run, feed.Run, func(ctx context.Context) { _ = in.Run(ctx) }} {
		working.Go(func() { run(running) })
	}
	if err := p.premiere(ctx); err != nil {
		return err
	}
	return p.measure(ctx, n)
}

// entry is one as Contentful sends it.
type entry struct {
	kind, id string
	fields   map[string]any
}

func link(id string) any {
	return map[string]any{"sys": map[string]any{"type": "Link", "linkType": "Entry", "id": id}}
}

// premiere publishes a theatre and its productions, and waits until they are found.
func (p *pipe) premiere(ctx context.Context) error {
	theme := map[string]any{"background": "#fff4f3", "ink": "#2c1a18", "accent": "#9e2225", "dark_background": "#1d100f", "dark_ink": "#f5e8e6", "dark_accent": "#fea199", "heading": "display"}
	seat := map[string]any{"id": "yard-A-1", "label": "1", "x": 100, "y": 200, "band": "A", "kind": "standard"}
	layout := map[string]any{"width": 1000, "height": 900, "stage": map[string]any{"x": 300, "y": 20, "width": 400, "height": 120},
		"sections": []any{map[string]any{"id": "yard", "name": "Yard", "rows": []any{map[string]any{"label": "A", "seats": []any{seat}}}}}}
	first := time.Now().UTC().Add(30 * 24 * time.Hour)
	entries := []entry{
		{"brand", "brand", map[string]any{"slug": "rose", "name": "The Rose", "country": "US", "locale": "en-US", "currency": "USD", "timeZone": "America/New_York", "theme": theme}},
		{"venue", "venue", map[string]any{"slug": "rose", "name": "The Rose", "brand": link("brand"), "address": "1 Broadway", "city": "New York", "country": "US",
			"location": map[string]any{"lat": 40.7, "lon": -74.0}, "timeZone": "America/New_York", "capacity": 1, "openedYear": 1987, "about": "A small house."}},
		{"seatingPlan", "plan", map[string]any{"name": "The Rose", "venue": link("venue"), "layout": layout}},
	}
	for i := range publishedAbout {
		entries = append(entries, p.production(i, "Premiere"),
			entry{"priceList", fmt.Sprintf("prices%d", i), map[string]any{"name": "Prices", "production": link(fmt.Sprintf("production%d", i)), "currency": "USD",
				"prices": []any{map[string]any{"tier": "standard", "band": "A", "type": "adult", "amount": 4500}}}},
			entry{"performanceSchedule", fmt.Sprintf("schedule%d", i), map[string]any{"name": "Schedule", "production": link(fmt.Sprintf("production%d", i)), "plan": link("plan"),
				"onSaleAt":     "2026-01-01T10:00:00Z",
				"performances": []any{map[string]any{"key": "first", "start": first.Format("2006-01-02") + fmt.Sprintf("T%02d:30", 9+i)}}}})
	}
	for _, one := range entries {
		if err := p.publish(ctx, one); err != nil {
			return err
		}
	}
	for i := range publishedAbout {
		if err := p.until(ctx, i, "Premiere"); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipe) production(i int, author string) entry {
	first := time.Now().UTC().Add(20 * 24 * time.Hour)
	return entry{"production", fmt.Sprintf("production%d", i), map[string]any{
		"title": fmt.Sprintf("Show %d", i), "slug": fmt.Sprintf("show-%d", i), "brand": link("brand"), "venue": link("venue"),
		"author": author, "genre": "Tragedy", "summary": "In short.", "description": "<p>At length.</p>", "runningMinutes": 130,
		"opensOn": first.Format(time.DateOnly), "closesOn": first.AddDate(0, 2, 0).Format(time.DateOnly)}}
}

// publish sends the webhook of an entry's publication and wants it taken.
func (p *pipe) publish(ctx context.Context, e entry) error {
	p.revision++
	fields := map[string]any{}
	for name, value := range e.fields {
		fields[name] = map[string]any{"en-US": value}
	}
	at := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{"tags": []any{}}, "fields": fields, "sys": map[string]any{
		"type": "Entry", "id": e.id, "revision": p.revision, "publishedVersion": p.revision, "createdAt": at, "updatedAt": at,
		"space":       map[string]any{"sys": map[string]any{"type": "Link", "linkType": "Space", "id": "bench"}},
		"environment": map[string]any{"sys": map[string]any{"type": "Link", "linkType": "Environment", "id": "master"}},
		"contentType": map[string]any{"sys": map[string]any{"type": "Link", "linkType": "ContentType", "id": e.kind}},
	}})
	if err != nil {
		return err
	}
	status, err := postWebhook(ctx, p.client, p.url, body)
	if err == nil && status != http.StatusAccepted {
		err = fmt.Errorf("the webhook of %s was answered with %d", e.id, status)
	}
	return err
}

// postWebhook posts a publication, signed.
func postWebhook(ctx context.Context, client *http.Client, url string, body []byte) (status int, err error) {
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
	return answer.StatusCode, answer.Body.Close()
}

// until waits until a search finds a production with this author, or a later one.
func (p *pipe) until(ctx context.Context, i int, author string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	all, by, fields := "*", fmt.Sprintf("title:=`Show %d`", i), "author"
	for {
		answer, err := p.ground.client.Collection(index.Alias).Documents().Search(ctx, &api.SearchCollectionParams{Q: &all, FilterBy: &by, IncludeFields: &fields})
		if err != nil {
			return fmt.Errorf("until show %d is found: %w", i, err)
		}
		if answer.Hits != nil && len(*answer.Hits) > 0 {
			if found, _ := (*(*answer.Hits)[0].Document)["author"].(string); found >= author && (author == "Premiere" || found != "Premiere") {
				return nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// measure publishes the productions in turn. Authors are numbers of one length: later ones are greater.
func (p *pipe) measure(ctx context.Context, n bench.Numbers) error {
	var mu sync.Mutex
	var took []time.Duration
	group, ctx := errgroup.WithContext(ctx)
	tick := time.NewTicker(publishEvery)
	defer tick.Stop()
	for i := range publications {
		<-tick.C
		p.plan.say("pipe: %d of %d publications", i, publications)
		author := fmt.Sprintf("%06d", i)
		began := time.Now()
		if err := p.publish(ctx, p.production(i%publishedAbout, author)); err != nil {
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error {
			if err := p.until(ctx, i%publishedAbout, author); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(began))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	percentiles(n, "publish_to_searchable", took)
	return nil
}
