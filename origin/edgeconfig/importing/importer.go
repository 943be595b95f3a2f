package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

const (
	beat = 400 * time.Millisecond // between two notes of how far a job has come
	// silence is how long a job may say nothing before it is taken for dead.
	silence = 30 * time.Second
)

// Importer runs jobs. Make one with New; Close ends those that run.
type Importer struct {
	Config
	life context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup
}

// Config is what an Importer works with.
type Config struct {
	DB     *pgxpool.Pool
	Editor *edgeconfig.Editor
	// Publish brings what was imported to the edge.
	Publish func(ctx context.Context) error
	Now     func() time.Time
	Logger  *slog.Logger
}

// New makes an Importer.
func New(c Config) *Importer {
	m := &Importer{Config: c}
	m.life, m.end = context.WithCancel(context.Background())
	return m
}

// Close ends the jobs that run in this process, which changes nothing, and waits for them.
func (m *Importer) Close(context.Context) error {
	m.end()
	m.work.Wait()
	return nil
}

// Upload is a file to import.
type Upload struct {
	Actor, Name string
	Mode        string    // Merge or Replace
	DefaultSite string    // of lines that name none; "": they must
	File        io.Reader // at most MaxFile bytes
	// May says whether the actor may change a site's rules.
	May func(site string) bool
}

// Start takes a file and begins to read and analyse it. It returns once the file is here.
func (m *Importer) Start(ctx context.Context, u Upload) (uuid.UUID, error) {
	if u.Mode != Merge && u.Mode != Replace {
		return uuid.Nil, edgeconfig.Refused{Reason: "say whether the file adds to the rules or replaces them"}
	}
	if len(u.Name) > 200 || !utf8.ValidString(u.Name) {
		u.Name = "file.csv"
	}
	file, size, err := keep(u.File)
	if err != nil {
		return uuid.Nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		file.Close()
		return uuid.Nil, fmt.Errorf("import: %w", err)
	}
	err = dbsqlc.New(m.DB).CreateRedirectImport(ctx, dbsqlc.CreateRedirectImportParams{
		ID: id, Actor: u.Actor, FileName: u.Name, Mode: u.Mode, DefaultSite: u.DefaultSite, Total: size, CreatedAt: m.Now().UTC(),
	})
	if err != nil {
		file.Close()
		return uuid.Nil, fmt.Errorf("import: %w", err)
	}
	m.run(ctx, id, func(ctx context.Context, p *progress) error {
		defer file.Close()
		return m.read(ctx, id, u, file, p)
	})
	return id, nil
}

// keep writes an upload to a file that has no name: it goes when this process does.
func keep(from io.Reader) (*os.File, int64, error) {
	file, err := os.CreateTemp("", "import")
	if err != nil {
		return nil, 0, fmt.Errorf("import: %w", err)
	}
	err = os.Remove(file.Name())
	var size int64
	if err == nil {
		size, err = io.Copy(file, io.LimitReader(from, MaxFile+1))
	}
	if err == nil && size > MaxFile {
		err = edgeconfig.Refused{Reason: fmt.Sprintf("the file has more than %d MB; split it", MaxFile>>20)}
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, size, nil
}

// Recheck analyses a job again, for rules that were changed since.
func (m *Importer) Recheck(ctx context.Context, id uuid.UUID) error {
	ok, err := m.move(ctx, id, Analysing, 0, "", Ready)
	if err != nil {
		return err
	}
	if !ok {
		return edgeconfig.Refused{Reason: "this import is not waiting to be applied"}
	}
	m.run(ctx, id, func(ctx context.Context, p *progress) error { return m.analyse(ctx, id, p, "") })
	return nil
}

// Apply begins to apply a job that is ready and that nothing blocks. actor is who says so.
func (m *Importer) Apply(ctx context.Context, actor string, id uuid.UUID) error {
	j, err := m.Job(ctx, id)
	if err != nil {
		return err
	}
	if j.Report.Blocking > 0 {
		return edgeconfig.Refused{Reason: "this import cannot be applied: see what is wrong with it"}
	}
	ok, err := m.move(ctx, id, Applying, int64(j.Rows), "", Ready)
	if err != nil {
		return err
	}
	if !ok {
		return edgeconfig.Refused{Reason: "this import is not waiting to be applied"}
	}
	m.run(ctx, id, func(ctx context.Context, p *progress) error { return m.apply(ctx, actor, id, p) })
	return nil
}

// Cancel stops a job, wherever it runs. One that has been applied, or is being published, stays so: roll it back.
func (m *Importer) Cancel(ctx context.Context, id uuid.UUID) error {
	q := dbsqlc.New(m.DB)
	ok, err := m.move(ctx, id, Cancelled, 0, "", Ready)
	if err != nil {
		return err
	}
	if ok {
		return q.DropImportRows(ctx, id)
	}
	if err := q.CancelRedirectImport(ctx, id); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// errCancelled ends the work on a job that somebody cancelled.
var errCancelled = errors.New("cancelled")

// progress is how far a job has come.
type progress struct{ done, total atomic.Int64 }

// run does a step of a job beside the caller, notes how far it has come, and ends it when it is cancelled or the
// process is about to end.
func (m *Importer) run(from context.Context, id uuid.UUID, step func(context.Context, *progress) error) {
	// Who asked goes with it; that they leave does not end it.
	ctx, cancel := context.WithCancelCause(record.With(m.life, record.From(from)))
	p := &progress{}
	m.work.Add(1)
	go func() {
		defer m.work.Done()
		defer cancel(nil)
		watched := make(chan struct{})
		go func() { defer close(watched); m.watch(ctx, id, p, cancel) }()
		err := step(ctx, p)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		cancel(nil)
		<-watched
		if err != nil {
			m.stop(id, err)
		}
	}()
}

// watch notes how far a job has come until ctx ends.
func (m *Importer) watch(ctx context.Context, id uuid.UUID, p *progress, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	q := dbsqlc.New(m.DB)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		cancelled, err := q.ProgressRedirectImport(ctx, dbsqlc.ProgressRedirectImportParams{
			ID: id, Done: p.done.Load(), Total: p.total.Load(), UpdatedAt: m.Now().UTC(),
		})
		if err != nil && ctx.Err() == nil {
			m.Logger.WarnContext(ctx, "an import's progress is not noted", "import", id, "error", err)
		}
		if cancelled {
			cancel(errCancelled)
			return
		}
	}
}

// stop notes why the work on a job ended.
func (m *Importer) stop(id uuid.UUID, cause error) {
	// The job's own context may have ended, and with Close even the importer's.
	ctx, end := context.WithTimeout(context.Background(), 10*time.Second)
	defer end()
	state, problem := Failed, "A part of the house does not answer. Nothing was changed; please try again."
	var refused edgeconfig.Refused
	switch {
	case errors.Is(cause, errCancelled):
		state, problem = Cancelled, ""
	case errors.As(cause, &refused):
		problem = refused.Reason
	case errors.Is(cause, context.Canceled):
		problem = interrupted
	default:
		m.Logger.ErrorContext(ctx, "an import failed", "import", id, "error", cause)
	}
	// What was changed stays so, though it may be some time before it is published.
	err1 := dbsqlc.New(m.DB).DropImportRows(ctx, id)
	_, err2 := m.move(ctx, id, Applied, 0, notPublished, Publishing)
	_, err3 := m.move(ctx, id, state, 0, problem, Reading, Analysing, Applying)
	if err := errors.Join(err1, err2, err3); err != nil {
		m.Logger.ErrorContext(ctx, "an import's end is not noted", "import", id, "error", err)
	}
}

const (
	interrupted  = "It was interrupted because the program ended. Nothing was changed."
	notPublished = "The rules are saved but not yet in force everywhere; the house goes on publishing them."
)

// Sweep notes jobs whose process has ended without a word. Call it now and then, in any process.
func (m *Importer) Sweep(ctx context.Context) error {
	q := dbsqlc.New(m.DB)
	stale, err := q.ListStaleRedirectImports(ctx, m.Now().UTC().Add(-silence))
	if err != nil {
		return fmt.Errorf("imports: %w", err)
	}
	for _, id := range stale {
		err1 := q.DropImportRows(ctx, id)
		_, err2 := m.move(ctx, id, Applied, 0, notPublished, Publishing)
		_, err3 := m.move(ctx, id, Failed, 0, interrupted, Reading, Analysing, Applying)
		if err := errors.Join(err1, err2, err3); err != nil {
			return fmt.Errorf("imports: %w", err)
		}
	}
	return nil
}
