package holdredis

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// linger is how long a performance nobody watches any more stays subscribed to, for those who reload their page.
const linger = 30 * time.Second

// feed receives the deltas of all watched performances, and the expiry events, on one connection and hands them to
// the readers of this process.
type feed struct {
	store  *Store
	wanted chan struct{} // the set of topics changed

	mu     sync.RWMutex
	topics map[uuid.UUID]*topic
	ended  bool
}

func newFeed(store *Store) *feed {
	return &feed{store: store, wanted: make(chan struct{}, 1), topics: make(map[uuid.UUID]*topic)}
}

// Subscribe implements hold.Feed. Readers of a performance share each delta's map and must not change it. A reader
// that is not to miss anything subscribes first and takes a Snapshot then.
func (s *Store) Subscribe(ctx context.Context, performanceID uuid.UUID) (<-chan hold.Delta, error) {
	r, t := s.feed.join(performanceID)
	if t == nil {
		return nil, fmt.Errorf("%w: the process is leaving", hold.ErrUnavailable)
	}
	patience := time.NewTimer(s.cfg.SubscribeWithin)
	defer patience.Stop()
	select {
	case <-t.ready:
	case <-ctx.Done():
		t.leave(r, "")
		return nil, ctx.Err()
	case <-patience.C:
		t.leave(r, "")
		return nil, fmt.Errorf("%w: no subscription within %s", hold.ErrUnavailable, s.cfg.SubscribeWithin)
	}
	context.AfterFunc(ctx, func() { t.leave(r, "") })
	return r.deltas, nil
}

// join adds a reader to the topic of a performance.
func (f *feed) join(performanceID uuid.UUID) (*reader, *topic) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return nil, nil
	}
	t := f.topics[performanceID]
	if t == nil {
		t = newTopic(f.store.cfg.Metrics)
		f.topics[performanceID] = t
		f.store.cfg.Metrics.topics.Inc()
		select {
		case f.wanted <- struct{}{}:
		default:
		}
	}
	return t.join(f.store.cfg.Buffer), t
}

// run keeps the one connection until ctx ends.
func (f *feed) run(ctx context.Context) {
	subscription := f.store.cfg.Client.Subscribe(ctx)
	messages := subscription.ChannelWithSubscriptions(redis.WithChannelSize(1000), redis.WithChannelHealthCheckInterval(3*time.Second))
	var control sync.WaitGroup
	control.Go(func() { f.control(ctx, subscription) })
	defer control.Wait()
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })()
	for message := range messages {
		switch m := message.(type) {
		case *redis.Subscription:
			f.confirmed(ctx, m)
		case *redis.Message:
			f.received(ctx, m)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	for _, t := range f.topics {
		t.closeAll("")
	}
}

// control tells Redis which channels this process wants. It may block while Redis is away; go-redis subscribes again
// to everything by itself when it is back.
func (f *feed) control(ctx context.Context, subscription *redis.PubSub) {
	f.store.sweeper.listen(ctx, subscription)
	subscribed := make(map[uuid.UUID]bool)
	ticker := time.NewTicker(linger / 2)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wanted:
		case <-ticker.C:
		}
		add, remove := f.changes(subscribed)
		if len(remove) > 0 {
			_ = subscription.Unsubscribe(ctx, remove...)
		}
		if len(add) > 0 {
			_ = subscription.Subscribe(ctx, add...)
		}
	}
}

// changes compares the channels subscribed to with those wanted, forgets topics that nobody wants any more, and
// brings the set up to date.
func (f *feed) changes(subscribed map[uuid.UUID]bool) (add, remove []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, t := range f.topics {
		if t.deserted(linger) {
			delete(f.topics, id)
			f.store.cfg.Metrics.topics.Dec()
		} else if !subscribed[id] {
			subscribed[id] = true
			add = append(add, channel(id))
		}
	}
	for id := range subscribed {
		if f.topics[id] == nil {
			delete(subscribed, id)
			remove = append(remove, channel(id))
		}
	}
	return add, remove
}

func (f *feed) topicOf(name string) (uuid.UUID, *topic) {
	id, ok := performanceOfKey(name)
	if !ok {
		return uuid.Nil, nil
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return id, f.topics[id]
}

// confirmed is called when a subscription stands. If it had stood before, Redis was away and deltas may be lost.
func (f *feed) confirmed(ctx context.Context, s *redis.Subscription) {
	if s.Kind != "subscribe" {
		return
	}
	if strings.HasPrefix(s.Channel, expiryChannel) {
		f.store.sweeper.listening(ctx)
		return
	}
	if _, t := f.topicOf(s.Channel); t != nil && !t.stand() {
		f.store.cfg.Metrics.subscribed.Inc()
		t.closeAll("reconnected")
	}
}

func (f *feed) received(ctx context.Context, m *redis.Message) {
	if strings.HasPrefix(m.Channel, expiryChannel) {
		f.store.sweeper.expired(m.Payload)
		return
	}
	id, t := f.topicOf(m.Channel)
	if t == nil {
		return
	}
	delta, err := parseDelta(m.Payload)
	if err != nil {
		f.store.cfg.Logger.ErrorContext(ctx, "a delta can't be read; its readers start again", "performance_id", id, "error", err)
		t.closeAll("gap")
		return
	}
	f.store.cfg.Metrics.deltas.Inc()
	t.deliver(delta)
}

// watched lists the performances that have readers.
func (f *feed) watched() []uuid.UUID {
	f.mu.RLock()
	defer f.mu.RUnlock()
	ids := make([]uuid.UUID, 0, len(f.topics))
	for id, t := range f.topics {
		if !t.deserted(0) {
			ids = append(ids, id)
		}
	}
	return ids
}
