package part

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/origin/up/keep"
)

// Web is an HTTP server in this process.
type Web struct {
	server *http.Server
	close  func() error
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

var _ keep.Part = (*Web)(nil)

// StartWeb serves handler on an address (host:port) and returns once it does. closing, when given, is called after the
// last request, when the server stops.
func StartWeb(name, address string, handler http.Handler, logger *slog.Logger, closing func() error) (*Web, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	base, cancel := context.WithCancel(context.Background())
	w := &Web{close: closing, cancel: cancel, done: make(chan struct{})}
	w.server = &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		// No WriteTimeout: seat maps are live, and their stream has no end.
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return base },
	}
	go func() {
		defer close(w.done)
		if err := w.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			w.err = err
		}
	}()
	return w, nil
}

// Local is the address of a port on this machine alone.
func Local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Done implements keep.Part.
func (w *Web) Done() <-chan struct{} { return w.done }

// Err implements keep.Part.
func (w *Web) Err() error { return w.err }

// Stop takes no more requests and gives those at work until ctx ends, at most ten seconds. Streams are told at once
// that it is over: their requests' contexts end.
func (w *Web) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	quiet := time.AfterFunc(time.Second, w.cancel) // ordinary requests end within the second
	defer quiet.Stop()
	err := w.server.Shutdown(ctx)
	w.cancel()
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were still at work: %w", err), w.server.Close())
	}
	<-w.done
	if w.close != nil {
		err = errors.Join(err, w.close())
	}
	return err
}
