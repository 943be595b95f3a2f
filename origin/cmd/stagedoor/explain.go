package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/explain"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/up"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
)

func explainCommand() *command {
	return &command{
		name: "explain", args: "URL", about: "say what the edge does with a request, and why",
		more: `It reads what the edge's KV really holds, runs the edge's own code over it and shows all 17 filters: verdict, reason, where
a fault of it would lead, and time. Nothing is sent to the site. --at may be in the future: 14:00, 2026-11-22 14:00 (the
venue's time), +2h, or RFC 3339. --as is anonymous, staff:NAME, crawler, api-key (one that the site knows) or api-key:VALUE.
Cloudflare is asked when CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_KV_NAMESPACE_ID and STAGEDOOR_HOP_KEY are set.`,
		examples: []string{
			"stagedoor explain http://lyceum.localhost:8787/",
			"stagedoor explain http://lyceum.localhost:8787/panto --at '2026-11-22 14:00' --as staff:ana",
			"stagedoor explain https://lyceum.example/ --country GB --header 'Accept: application/json' --json | jq .outcome",
		},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			var q explain.Question
			q.Header = http.Header{}
			flags.StringVar(&q.As, "as", explain.Anonymous, "`who` asks: anonymous, staff:NAME, crawler, api-key")
			at := flags.String("at", "now", "`when`, also in the future")
			flags.StringVar(&q.IP, "ip", explain.DefaultIP, "the visitor's `address`")
			flags.StringVar(&q.Network.Country, "country", "", "the visitor's country, such as `GB` (default: not known)")
			flags.IntVar(&q.Network.ASN, "asn", 0, "the `number` of the visitor's network operator")
			flags.IntVar(&q.Network.BotScore, "bot-score", 0, "Cloudflare's bot `score`, 1 (a bot) to 99 (a person)")
			flags.StringVar(&q.Network.Region, "region", "", "the `region` of the data centre that answers, such as eu-west")
			flags.StringVar(&q.Method, "method", http.MethodGet, "the request's `method`")
			flags.Func("header", "a `header` of the request, such as 'Accept: application/json'; may be repeated", func(text string) error {
				name, value, ok := strings.Cut(text, ":")
				if !ok || strings.TrimSpace(name) == "" {
					return errors.New("it must be like 'Accept: application/json'")
				}
				q.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
				return nil
			})
			flags.StringVar(&q.DownPools, "down", "", "origin `pools` to suppose down, by comma")
			asJSON := flags.Bool("json", false, "write the answer as JSON")
			times := flags.Bool("times", true, "measure how long each filter takes")
			return func(ctx context.Context, t terminal, args []string) error {
				// The URL reads best first, so flags may follow it.
				if len(args) > 1 {
					if err := flags.Parse(args[1:]); err != nil {
						return usageError(err.Error())
					}
					args = append(args[:1:1], flags.Args()...)
				}
				if len(args) != 1 {
					return usageError("it takes one argument, a URL such as http://lyceum.localhost:8787/")
				}
				q.URL = args[0]
				kv, key, err := w.edge(t)
				if err != nil {
					return err
				}
				e := explain.Explainer{HopKey: []byte(key), Source: kv}
				if *times {
					e.Clock = time.Now
				}
				return explainTo(ctx, t, kv, e, q, *at, *asJSON)
			}
		},
	}
}

// edge is what the edge reads, and its key: of the house that runs in a data folder, or what the environment names.
func (w *where) edge(t terminal) (edgeconfig.Cloudflare, string, error) {
	var running up.Running
	err := datadir.Running(w.data, &running)
	if err != nil && !errors.Is(err, datadir.ErrNotRunning) {
		return edgeconfig.Cloudflare{}, "", err
	}
	cfg := house.FromEnvironment(running.House, t.lookup)
	kv := edgeconfig.Cloudflare{BaseURL: cfg.Edge.KV.URL, Token: cfg.Edge.KV.Token, Account: cfg.Edge.KV.Account, Namespace: cfg.Edge.KV.Namespace}
	switch {
	case kv.Token == "" && kv.Account == "" && kv.Namespace == "":
		return kv, "", fmt.Errorf("no house is running in %s, and CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_KV_NAMESPACE_ID are not set: start a house with `make up`, or name another with --data or by environment variables", w.data)
	case kv.Validate() != nil:
		return kv, "", kv.Validate()
	case len(cfg.Edge.HopKey) < hop.MinKeyBytes:
		return kv, "", fmt.Errorf("STAGEDOOR_HOP_KEY must have at least %d characters: the edge's, so that cookies count as they do there", hop.MinKeyBytes)
	}
	return kv, cfg.Edge.HopKey, nil
}

func explainTo(ctx context.Context, t terminal, kv edgeconfig.Cloudflare, e explain.Explainer, q explain.Question, at string, asJSON bool) error {
	// The document first: "14:00" means 14:00 at the venue.
	hostname, err := explain.Hostname(q.URL)
	if err != nil {
		return asUsage(err)
	}
	zone, err := venueZone(ctx, kv, hostname)
	if err != nil {
		return err
	}
	if q.At, err = edgeconfig.ParseWhen(at, time.Now(), zone); err != nil {
		return usageError(err.Error())
	}
	answer, err := e.Explain(ctx, q)
	if err != nil {
		return asUsage(err)
	}
	if asJSON {
		out := json.NewEncoder(t.out)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		err = out.Encode(answer)
	} else {
		err = answer.Write(t.out, explain.Style{Colour: colourful(t)})
	}
	if err != nil || answer.Site != nil {
		return err
	}
	return unknownHost(ctx, t, kv, hostname)
}

// asUsage takes a fault of the question for a wrong use of the command.
func asUsage(err error) error {
	var wrong explain.QuestionError
	if errors.As(err, &wrong) {
		return usageError(wrong.Problem)
	}
	return err
}

// venueZone is the time zone of the hostname's venue, UTC when there is none.
func venueZone(ctx context.Context, kv edgeconfig.Cloudflare, hostname string) (*time.Location, error) {
	document, found, err := kv.Get(ctx, site.Key(hostname))
	if err != nil {
		return nil, fmt.Errorf("%w\nis the house still running, and may the token read this namespace?", err)
	}
	if !found {
		return time.UTC, nil
	}
	s, err := site.Decode(document)
	if err != nil {
		return time.UTC, nil // the explanation says what is wrong with it
	}
	return time.LoadLocation(s.TimeZone)
}

// unknownHost says which hostnames there are.
func unknownHost(ctx context.Context, t terminal, kv edgeconfig.Cloudflare, hostname string) error {
	keys, err := kv.Keys(ctx, site.KeyPrefix)
	if err != nil {
		return err
	}
	const most = 8
	var like []string
	brand, _, _ := strings.Cut(hostname, ".")
	for _, key := range keys {
		known := strings.TrimPrefix(key, site.KeyPrefix)
		if start := min(len(brand), 3); strings.HasPrefix(known, brand[:start]) && len(like) < most {
			like = append(like, known)
		}
	}
	hint := fmt.Sprintf("%d hostnames are", len(keys))
	if len(like) > 0 {
		hint += "; like it: " + strings.Join(like, ", ")
	}
	fmt.Fprintf(t.err, "\nstagedoor explain: no site is published for %s. %s.\n", hostname, hint)
	return errQuiet
}

// colourful reports whether a person reads the output on a terminal that shows colours.
func colourful(t terminal) bool {
	if none, ok := t.lookup("NO_COLOR"); ok && none != "" {
		return false
	}
	info, err := t.out.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

var _ explain.Source = edgeconfig.Cloudflare{}
