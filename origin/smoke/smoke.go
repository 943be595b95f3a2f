// Package smoke buys a real ticket through a running house, the way two browsers would, and checks what each of
// them must see: it speaks HTTP to the edge only, pays through the payment provider's public interface and
// verifies the tickets without asking anyone.
package smoke

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"
)

// Config says which house to walk through.
type Config struct {
	Site    *url.URL  // a theatre's site, as a browser opens it: http://lyceum.localhost:8787
	Mailbox *url.URL  // the development mailbox; nil: the e-mail is not checked
	Out     io.Writer // a line a step
	// Wait is how long a house that is still starting is waited for.
	Wait time.Duration
}

// Receipt is what was bought.
type Receipt struct {
	Number string
	URL    string
	Total  string
	Seats  []string
}

// visit is the state that the steps share.
type visit struct {
	config  Config
	out     io.Writer
	buyer   *browser
	rival   *browser
	show    showView
	night   performanceView
	plan    planView
	pairs   [][]string // neighbours that were free
	chosen  []string
	hold    holdView
	placed  placedView
	order   orderView
	changes <-chan seatChange
}

type step struct {
	name string
	run  func(v *visit, ctx context.Context) (string, error)
}

// The walk, in the order of the people who take it.
var steps = []step{
	{"open", (*visit).waitUntilOpen},
	{"home", (*visit).home},
	{"search", (*visit).search},
	{"seat map", (*visit).seatMap},
	{"hold", (*visit).holdSeats},
	{"extend", (*visit).extendOnce},
	{"order", (*visit).placeOrder},
	{"declined card", (*visit).declinedCard},
	{"payment", (*visit).pay},
	{"tickets", (*visit).tickets},
	{"e-mail", (*visit).mail},
	{"sold", (*visit).soldToAll},
}

// Run walks through the house and returns what it bought. The error names the step that failed.
func Run(ctx context.Context, config Config) (Receipt, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v := &visit{config: config, out: config.Out, buyer: newBrowser(config.Site), rival: newBrowser(config.Site)}
	for i, s := range steps {
		start := time.Now()
		seen, err := s.run(v, ctx)
		if err != nil {
			fmt.Fprintf(v.out, "%2d  %-14s failed: %v\n", i+1, s.name, err)
			return Receipt{}, fmt.Errorf("smoke: %s: %w", s.name, err)
		}
		fmt.Fprintf(v.out, "%2d  %-14s %s  (%d ms)\n", i+1, s.name, seen, time.Since(start).Milliseconds())
	}
	return Receipt{
		Number: v.order.Number, URL: v.placed.OrderURL, Seats: v.chosen,
		Total: money(v.order.Total, v.order.Currency),
	}, nil
}

func money(minor int64, currency string) string {
	return fmt.Sprintf("%s %d.%02d", currency, minor/100, minor%100)
}
