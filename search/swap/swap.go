package swap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
)

// Source is where the shows come from: what the index should hold.
type Source interface {
	// Count is about how many documents there are.
	Count(ctx context.Context) (int, error)
	// Documents yields those whose id is greater than after, in the order of their ids as text. It yields an error at
	// most once, last. Each document is read no earlier than the call.
	Documents(ctx context.Context, after string) iter.Seq2[index.Show, error]
	// ByID returns those that belong in the index now.
	ByID(ctx context.Context, ids []string) ([]index.Show, error)
}

// Golden is a query that the new collection must answer as well as the old one.
type Golden struct {
	Name   string
	Params *api.SearchCollectionParams
}

// Config is what a Swap needs.
type Config struct {
	Client *typesense.Client
	// Raw carries the metadata of collections, which Client does not know; nil: it is not carried.
	Raw    api.ClientInterface
	Store  Store
	Source Source
	Now    func() time.Time
	Logger *slog.Logger

	Alias string // "" is index.Alias
	// Schema makes the wanted schema; nil is index.Schema.
	Schema func(name string) *api.CollectionSchema
	// Name is what the new collection is called if nothing else is; "" is index.CollectionName().
	Name string
	// Golden are asked of both collections; those made from documents of the source come on top.
	Golden []Golden

	// Moved is told when another collection is searched than before, at least once each time; nil is nobody.
	Moved func(ctx context.Context) error

	// Waiting says which of these shows differ only because a change of theirs is still on its way to the writers: they are
	// waited for. nil: nobody knows, and Settle is all the time there is.
	Waiting func(ctx context.Context, ids []string) ([]string, error)
	// CatchUp is how long those are waited for while they become no fewer; 0 is 5 minutes.
	CatchUp time.Duration

	// Pause waits between two looks at what is being written; nil is a timer.
	Pause func(ctx context.Context, d time.Duration) error
	// Settle is how long a document may differ while nothing happens to it, before it counts as wrong: longer than
	// writers take to bring a change into the index. 0 is 30 s.
	Settle time.Duration
	// Doubts are how many documents may differ and still be looked at one by one; 0 is 5,000.
	Doubts int
	// Batch is how many documents travel at once; 0 is 1,000.
	Batch int
}

// Swap changes the index. It is safe for concurrent use: one change is under way at a time.
type Swap struct {
	Config
}

// New returns a Swap. It sends nothing.
func New(c Config) *Swap {
	if c.Alias == "" {
		c.Alias = index.Alias
	}
	if c.Schema == nil {
		c.Schema = index.Schema
	}
	if c.Name == "" {
		c.Name = index.CollectionName()
	}
	if c.Moved == nil {
		c.Moved = func(context.Context) error { return nil }
	}
	if c.Pause == nil {
		c.Pause = pause
	}
	if c.Settle == 0 {
		c.Settle = 30 * time.Second
	}
	if c.CatchUp == 0 {
		c.CatchUp = 5 * time.Minute
	}
	if c.Doubts == 0 {
		c.Doubts = manyDoubts
	}
	if c.Batch == 0 {
		c.Batch = 1000
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Swap{c}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// live is the collection behind the alias; nil when there is none.
func (s *Swap) live(ctx context.Context) (*api.CollectionResponse, error) {
	alias, err := s.Client.Alias(s.Alias).Retrieve(ctx)
	if isStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("swap: look up the alias: %w", err)
	}
	c, err := s.collection(ctx, alias.CollectionName)
	if err != nil || c == nil {
		return nil, err
	}
	return c, nil
}

// collection returns a collection, nil when there is none of that name.
func (s *Swap) collection(ctx context.Context, name string) (*api.CollectionResponse, error) {
	c, err := s.Client.Collection(name).Retrieve(ctx)
	if isStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("swap: look up collection %s: %w", name, err)
	}
	return c, nil
}

// freeName is a name for a new collection that nothing has.
func (s *Swap) freeName(ctx context.Context) (string, error) {
	for n := 1; ; n++ {
		name := s.Name
		if n > 1 {
			name = fmt.Sprintf("%s_%d", s.Name, n)
		}
		c, err := s.collection(ctx, name)
		if err != nil || c == nil {
			return name, err
		}
	}
}

func isStatus(err error, status int) bool {
	var answer *typesense.HTTPError
	return errors.As(err, &answer) && answer.Status == status
}

// reason is what the server said, short.
func reason(err error) string {
	var answer *typesense.HTTPError
	if errors.As(err, &answer) {
		return fmt.Sprintf("%d %s", answer.Status, strings.TrimSpace(string(answer.Body[:min(len(answer.Body), 300)])))
	}
	return err.Error()
}

func count(c *api.CollectionResponse) int {
	if c == nil || c.NumDocuments == nil {
		return 0
	}
	return int(*c.NumDocuments)
}

func ptr[T any](v T) *T { return &v }

// closeAll reads what is left, so that the connection can be used again, and closes it.
func closeAll(r io.ReadCloser) {
	_, _ = io.Copy(io.Discard, io.LimitReader(r, 1<<20)) // a longer rest costs more than a connection
	_ = r.Close()
}
