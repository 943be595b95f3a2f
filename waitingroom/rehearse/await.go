package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// ErrNoRoom means that the address is still not guarded.
var ErrNoRoom = errors.New("rehearse: the room is not there")

// Await waits until the edge knows the room: until an answer gives a pass or a
// place, which is then left behind. It is not counted as a visitor, although
// it may take a slot until the pass runs out; so one slot fewer is free, never
// one more.
func Await(ctx context.Context, c Config, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dialer := &net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if c.Connect != "" {
			address = c.Connect
		}
		return dialer.DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	last := "nobody answered"
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Address.String(), nil)
		if err != nil {
			return err
		}
		request.Header.Set("Accept", "application/json")
		answer, err := client.Do(request)
		if err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
			answer.Body.Close()
			last = answer.Status
			for _, cookie := range answer.Cookies() {
				if cookie.Name == placeCookie+c.Room || cookie.Name == passCookie+c.Room {
					return nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s answered %s for %s", ErrNoRoom, c.Address, last, limit)
		case <-time.After(time.Second):
		}
	}
}
