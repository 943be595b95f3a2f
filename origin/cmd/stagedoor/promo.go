package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

func promoCreateCommand() *command {
	return &command{
		name: "promo create", args: "CODE", about: "make a promo code",
		more:     "Either --percent or --amount; --site all is good at every theatre.",
		examples: []string{"stagedoor promo create --site lyceum --percent 20 --uses 500 --until 2026-12-24T23:59:00Z SPRING-20", "stagedoor promo create --site all --amount 5.00 --currency GBP --per-email 1 --stackable FIVER"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := flags.String("site", "", "whose tickets: lyceum, or all")
			percent := flags.Float64("percent", 0, "percent off the order")
			amount := flags.String("amount", "", "amount off the order: 5.00")
			currency := flags.String("currency", "", "of the amount: GBP or USD")
			from := flags.String("from", "", "from when on, RFC 3339; now when empty")
			until := flags.String("until", "", "until when, RFC 3339; for ever when empty")
			uses := flags.Int("uses", 0, "how often it may be used in all; 0 is without limit")
			perEmail := flags.Int("per-email", 0, "how often with one e-mail address; 0 is without limit")
			stackable := flags.Bool("stackable", false, "goes together with other stackable codes")
			about := flags.String("about", "", "what it is for, for colleagues and on the bill")
			return func(ctx context.Context, t terminal, args []string) error {
				if len(args) != 1 {
					return errors.New("name one code")
				}
				c := promo.Code{
					Code: args[0], About: *about, BrandID: *site, Rate: int64(*percent*10_000 + 0.5), Currency: *currency,
					MostUses: *uses, MostPerEmail: *perEmail, Stackable: *stackable, StartsAt: time.Now().UTC(),
				}
				if c.BrandID == "all" {
					c.BrandID = groupSite
				}
				var err error
				if c.Amount, err = minorUnits(*amount); err != nil {
					return err
				}
				for _, at := range []struct {
					text string
					to   *time.Time
				}{{*from, &c.StartsAt}, {*until, &c.EndsAt}} {
					if at.text == "" {
						continue
					}
					if *at.to, err = time.Parse(time.RFC3339, at.text); err != nil {
						return fmt.Errorf("%q is not a time such as 2026-12-24T23:59:00Z", at.text)
					}
				}
				return w.house(ctx, t, func(h *house.House) error {
					made, err := h.Promos().Create(ctx, c, actor())
					var wrong *promo.InvalidError
					if errors.As(err, &wrong) {
						for _, field := range slices.Sorted(maps.Keys(wrong.Faults)) {
							fmt.Fprintf(t.err, "%s %s\n", field, wrong.Faults[field])
						}
						return errQuiet
					}
					if err != nil {
						return err
					}
					fmt.Fprintf(t.out, "%s: %s\n", made.Code, off(made))
					return nil
				})
			}
		},
	}
}

// groupSite is the site of codes that are good everywhere.
const groupSite = venue.GroupBrand

// minorUnits reads "5.00"; "" is nothing.
func minorUnits(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	whole, part, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil || len(part) > 2 || n <= 0 {
		return 0, fmt.Errorf("%q is not an amount such as 5.00", text)
	}
	return n, nil
}

// off is what a code takes off, in words.
func off(c promo.Code) string {
	if c.Rate > 0 {
		return strconv.FormatFloat(float64(c.Rate)/10_000, 'f', -1, 64) + "% off"
	}
	return wording.Money(c.Amount, c.Currency) + " off"
}

func promoListCommand() *command {
	return &command{
		name: "promo list", about: "list promo codes and how often they were used", examples: []string{"stagedoor promo list --site lyceum"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := flags.String("site", "", "of one site; all when empty")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				return w.house(ctx, t, func(h *house.House) error {
					codes, err := h.Promos().List(ctx, *site)
					if err != nil {
						return err
					}
					table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
					fmt.Fprintln(table, "CODE\tOFF\tSITE\tFROM\tUNTIL\tUSES\tGIVEN\t")
					for _, c := range codes {
						until, uses, note := "", strconv.Itoa(c.Uses), ""
						if !c.EndsAt.IsZero() {
							until = c.EndsAt.Format(time.RFC3339)
						}
						if c.MostUses > 0 {
							uses += " of " + strconv.Itoa(c.MostUses)
						}
						if c.Paused {
							note = "paused"
						}
						var given []string
						for _, currency := range slices.Sorted(maps.Keys(c.Given)) {
							given = append(given, wording.Money(c.Given[currency], currency))
						}
						fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Code.Code, off(c.Code), c.BrandID, c.StartsAt.Format(time.RFC3339), until, uses, strings.Join(given, ", "), note)
					}
					return table.Flush()
				})
			}
		},
	}
}

func promoPauseCommand() *command {
	return promoPausing("promo pause", "stop a promo code from being used", true)
}

func promoResumeCommand() *command {
	return promoPausing("promo resume", "let a promo code be used again", false)
}

func promoPausing(name, about string, paused bool) *command {
	return &command{
		name: name, args: "CODE", about: about, examples: []string{"stagedoor " + name + " SPRING-20"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			return func(ctx context.Context, t terminal, args []string) error {
				if len(args) != 1 {
					return errors.New("name one code")
				}
				return w.house(ctx, t, func(h *house.House) error { return h.Promos().Pause(ctx, args[0], paused, actor()) })
			}
		},
	}
}
