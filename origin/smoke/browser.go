package smoke

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// mostBytes bounds an answer: a seating plan of a large house is under 1 MB.
const mostBytes = 8 << 20

// browser keeps cookies and reaches every *.localhost name on the loopback, as browsers do.
type browser struct {
	site   *url.URL
	client *http.Client
}

func newBrowser(site *url.URL) *browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &browser{site: site, client: &http.Client{
		Jar: jar,
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err == nil && strings.HasSuffix(host, ".localhost") {
				address = net.JoinHostPort("127.0.0.1", port)
			}
			return dialer.DialContext(ctx, network, address)
		}},
	}}
}

// refusal is an answer that is not a success, with the code of its problem document where it has one.
type refusal struct {
	Status int
	Code   string   `json:"code"`
	Detail string   `json:"detail"`
	Seats  []string `json:"seats"`
	// Error is how the payment provider says it.
	Provider struct {
		Message string `json:"message"`
	} `json:"error"`
}

func (r *refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("answered %d %s %s%s", r.Status, r.Code, r.Detail, r.Provider.Message))
}

// refusedWith reports whether err is an answer with the given problem code.
func refusedWith(err error, code string) bool {
	var answer *refusal
	return errors.As(err, &answer) && answer.Code == code
}

// page fetches a page of the site and returns its text.
func (b *browser) page(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.resolve(path), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Accept", "text/html")
	body, err := b.send(request)
	return string(body), err
}

// get reads JSON into answer.
func (b *browser) get(ctx context.Context, path string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.resolve(path), nil)
	if err != nil {
		return err
	}
	return b.exchange(request, answer)
}

// post sends JSON and reads JSON into answer, nil for none.
func (b *browser) post(ctx context.Context, path string, question any, header http.Header, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.resolve(path), bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	return b.exchange(request, answer)
}

func (b *browser) exchange(request *http.Request, answer any) error {
	request.Header.Set("Accept", "application/json")
	body, err := b.send(request)
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err)
	}
	return nil
}

func (b *browser) send(request *http.Request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(request.Context(), 30*time.Second)
	defer cancel()
	response, err := b.client.Do(request.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostBytes))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err)
	}
	if response.StatusCode/100 != 2 {
		answer := &refusal{}
		_ = json.Unmarshal(body, answer) // not every refusal is JSON; the status says enough then
		answer.Status = response.StatusCode
		return nil, fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, answer)
	}
	return body, nil
}

func (b *browser) resolve(path string) string {
	if strings.Contains(path, "://") {
		return path
	}
	return b.site.Scheme + "://" + b.site.Host + path
}
