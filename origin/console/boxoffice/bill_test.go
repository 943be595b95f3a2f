package boxoffice_test

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/console/boxoffice"
	"github.com/stagedoor/stagedoor/origin/hold"
)

// dying does what it is asked to and is killed before it can say so, as often as left says.
type dying struct {
	boxoffice.Holds
	left int
}

func (d *dying) Acquire(ctx context.Context, r hold.Request) (hold.Hold, error) {
	kept, err := d.Holds.Acquire(ctx, r)
	if d.left > 0 && err == nil {
		d.left--
		return hold.Hold{}, errors.New("killed")
	}
	return kept, err
}

// A form to send a link is sent again after whoever worked on it died: at any step, the buyer gets one link, and it is good.
func TestAFormThatIsSentAgainSendsOneLink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		die  func(s *stage, send func() page)
	}{
		{"it was not killed", func(_ *stage, send func() page) { send() }},
		{"killed before the answer was kept", func(s *stage, send func() page) {
			send()
			s.exec(`delete from idempotency_keys where scope like 'bill-form:%'`)
		}},
		{"killed before any answer was kept", func(s *stage, send func() page) {
			send()
			s.exec(`delete from idempotency_keys`)
		}},
		{"killed when the seats were kept", func(s *stage, send func() page) {
			s.dying.left = 1
			send()
		}},
		{"killed when they were reserved", func(s *stage, send func() page) {
			s.exec(`create function killed() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$`)
			s.exec(`create trigger killed before insert on orders execute function killed()`)
			send()
			s.exec(`drop trigger killed on orders`)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			sale := s.keep("stalls-A-5", "stalls-A-6")
			form := url.Values{
				"do": {"bill"}, "name": {"Cecily Cardew"}, "email": {"cecily@example.org"}, "hours": {"24"},
				"type.stalls-A-5": {"adult"}, "type.stalls-A-6": {"concession"},
			}
			path, _, _ := strings.Cut(sale.at, "?")
			send := func() page { return s.post(path, maps.Clone(form)) }
			c.die(s, send)
			for range 2 {
				s.says(send(), "A link to pay £85 is on its way to cecily@example.org", "Waiting for payment")
			}
			for what, sql := range map[string]string{
				"orders": `select count(*) from orders`, "links": `select count(*) from outbox where subject like '%payment_wanted%'`,
				"reservations": `select count(*) from desk_reservations`, "orders that are open": `select count(*) from orders where state = 'awaiting_payment'`,
			} {
				if n := s.count(sql); n != 1 {
					t.Errorf("%d %s", n, what)
				}
			}
		})
	}
}
