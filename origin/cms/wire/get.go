package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// MostAnswer is the longest answer of an API that is read, in bytes.
const MostAnswer = 32 << 20

// ErrTooLong says that an answer is longer than anybody reads. Asking for less at a time helps.
var ErrTooLong = errors.New("the content system's answer is too long")

// ErrNotFound says that an API knows no such thing.
var ErrNotFound = errors.New("the content system has no such entry")

// BusyError says that an API wants to be left alone for a while.
type BusyError struct {
	Status int
	After  time.Duration // 0: it did not say
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("the content system answers %d, try again after %s", e.Status, e.After)
}

// StatusError is any other answer than what was asked for.
type StatusError struct {
	Status int
	About  string // the beginning of its body
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the content system answers %d: %s", e.Status, e.About)
}

// Get reads JSON from url into value.
func Get(ctx context.Context, client *http.Client, url string, header http.Header, value any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("ask the content system: %w", err)
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the content system: %w", err)
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return &BusyError{Status: status, After: after(response.Header)}
	case status != http.StatusOK:
		about, _ := io.ReadAll(io.LimitReader(response.Body, 300))
		return &StatusError{Status: status, About: string(about)}
	}
	if response.ContentLength > MostAnswer { // why read it
		return fmt.Errorf("%w: %d bytes, %d are the most", ErrTooLong, response.ContentLength, MostAnswer)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, MostAnswer+1))
	if err != nil {
		return fmt.Errorf("read what the content system answers: %w", err)
	}
	if len(body) > MostAnswer {
		return fmt.Errorf("%w: more than %d bytes", ErrTooLong, MostAnswer)
	}
	if err := json.Unmarshal(body, value); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// after reads how long to wait: Retry-After, or Contentful's X-Contentful-RateLimit-Reset, both in seconds.
func after(header http.Header) time.Duration {
	for _, name := range []string{"Retry-After", "X-Contentful-RateLimit-Reset"} {
		if seconds, err := strconv.Atoi(header.Get(name)); err == nil && seconds > 0 {
			return min(time.Duration(seconds)*time.Second, 10*time.Minute)
		}
	}
	return 0
}
