package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Stream says how the events are kept in JetStream. The relay creates the stream, or brings it to these terms.
type Stream struct {
	Name     string        // "": STAGEDOOR
	Subjects []string      // nil: stagedoor.>
	Replicas int           // 0: 1; a cluster wants 3
	MaxAge   time.Duration // how long an event is kept for new consumers. 0: 30 days
	MaxBytes int64         // the oldest events make room beyond this. 0: no limit
	// DuplicateWindow is how long JetStream remembers event IDs by itself. Longer outages are covered by the relay,
	// which compares the end of the stream with the outbox before it goes on, and by the inbox. 0: 5 minutes
	DuplicateWindow time.Duration
}

func (s Stream) withDefaults() Stream {
	if s.Name == "" {
		s.Name = "STAGEDOOR"
	}
	if s.Subjects == nil {
		s.Subjects = []string{"stagedoor.>"}
	}
	if s.Replicas == 0 {
		s.Replicas = 1
	}
	if s.MaxAge == 0 {
		s.MaxAge = 30 * 24 * time.Hour
	}
	if s.MaxBytes == 0 {
		s.MaxBytes = -1
	}
	if s.DuplicateWindow == 0 {
		s.DuplicateWindow = 5 * time.Minute
	}
	return s
}

// Ensure creates the stream, or updates it where it is another than it should be.
func (s Stream) Ensure(ctx context.Context, js jetstream.JetStream) (jetstream.Stream, error) {
	s = s.withDefaults()
	stream, err := js.Stream(ctx, s.Name)
	if err == nil && s.is(stream.CachedInfo().Config) {
		return stream, nil
	}
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("bus: look at stream %s: %w", s.Name, err)
	}
	stream, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        s.Name,
		Description: "facts relayed from the outbox",
		Subjects:    s.Subjects,
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		Replicas:    s.Replicas,
		MaxAge:      s.MaxAge,
		MaxBytes:    s.MaxBytes,
		Duplicates:  s.DuplicateWindow,
		AllowDirect: true,
	})
	if err != nil {
		return nil, fmt.Errorf("bus: set up stream %s: %w", s.Name, err)
	}
	return stream, nil
}

// is says that a stream is already as it should be.
func (s Stream) is(c jetstream.StreamConfig) bool {
	return slices.Equal(c.Subjects, s.Subjects) && c.Storage == jetstream.FileStorage && c.Retention == jetstream.LimitsPolicy &&
		c.Discard == jetstream.DiscardOld && c.Replicas == s.Replicas && c.MaxAge == s.MaxAge && c.MaxBytes == s.MaxBytes &&
		c.Duplicates == s.DuplicateWindow && c.AllowDirect
}

// Connect opens a connection that suits the bus: it reconnects for ever, also when the server is not there yet,
// and refuses to publish while it is away, so that no message is sent late and out of turn. The caller closes it.
func Connect(url, client string, logger *slog.Logger) (*nats.Conn, error) {
	conn, err := nats.Connect(url,
		nats.Name(client),
		nats.MaxReconnects(-1),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(250*time.Millisecond),
		nats.ReconnectJitter(250*time.Millisecond, time.Second),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(10*time.Second),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				logger.Warn("NATS went away; events wait in the outbox", "error", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { logger.Info("NATS is back", "url", c.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			logger.Warn("NATS reported an error", "error", err, "subject", subject)
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("bus: connect to NATS: %w", err)
	}
	return conn, nil
}

// Ready reports why events can't leave just now, or nil.
func Ready(conn *nats.Conn) error {
	if !conn.IsConnected() {
		return errors.New("NATS is not connected")
	}
	return nil
}
