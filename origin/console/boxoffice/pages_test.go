package boxoffice_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
)

const at = "/sites/lyceum/box-office"

// keep chooses seats of the performance next month and returns the page of the sale.
func (s *stage) keep(seats ...string) page {
	s.t.Helper()
	p := s.post(at+"/sell/"+s.next.String(), url.Values{"do": {"seats"}, "seat": seats})
	s.says(p, "Seats and prices", "To pay")
	return p
}

func (s *stage) sell(p page, form url.Values) page {
	s.t.Helper()
	form.Set("do", "sell")
	path, _, _ := strings.Cut(p.at, "?")
	return s.post(path, form)
}

func TestTheBoxOfficeSells(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	sale := s.keep("stalls-A-1", "stalls-A-2")
	s.says(sale, "£100")
	concession := s.get(sale.at + "?type.stalls-A-1=concession")
	s.says(concession, "£85")
	s.says(s.sell(sale, url.Values{"name": {"Ada Bracknell"}}), "Nothing was changed", "Say how it is paid")
	s.says(s.sell(sale, url.Values{"tender": {"comp"}}), "Nothing was changed", "Say why")
	order := s.sell(sale, url.Values{"name": {"Ada Bracknell"}, "tender": {"cash"}, "type.stalls-A-1": {"concession"}})
	s.says(order, "Sold: order LYC-", "£85", "Paid", "Stalls, row A, seat 1", "concession")
	s.says(s.sell(sale, url.Values{"name": {"Ada Bracknell"}, "tender": {"cash"}, "type.stalls-A-1": {"concession"}}), "not kept any more") // sent twice
	if n := s.count(`select count(*) from orders where channel = 'box_office'`); n != 1 {
		t.Errorf("%d orders", n)
	}
	s.says(s.get(at+"?q=bracknell"), "Ada Bracknell", "LYC-")
	pdf := s.get(order.at + "/tickets.pdf")
	if pdf.status != http.StatusOK || !strings.HasPrefix(pdf.text, "%PDF-") {
		t.Errorf("printed: %d %.200s", pdf.status, pdf.text)
	}
	free := s.sell(s.keep("stalls-A-9"), url.Values{"tender": {"comp"}, "reason": {"press night"}})
	s.says(free, "Sold: order LYC-", "£0")
	if n := s.count(`select count(*) from staff_audit where action in ('boxoffice.sell', 'boxoffice.print')`); n != 3 {
		t.Errorf("%d acts audited", n)
	}
}

func TestTheBoxOfficeRefundsAndIssuesAnew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	order := s.sell(s.keep("stalls-A-1", "stalls-A-2", "stalls-A-3"), url.Values{"name": {"Ada"}, "tender": {"terminal"}, "reference": {"slip 7"}})
	s.says(order, "Sold")
	s.says(s.get(order.at+"/refund"), "Tick the seats")
	ask := s.get(order.at + "/refund?seat=stalls-A-2&fee=none")
	s.says(ask, "£50", "Give it back")
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(ask.text)
	form := url.Values{"seat": {"stalls-A-2"}, "fee": {"none"}, "key": {key[1]}}
	s.says(s.post(order.at+"/refund", form), "needs a reason")
	form.Set("reason", "ill")
	for range 2 { // sent twice, it is given back once
		s.says(s.post(order.at+"/refund", form), "£50 goes back for 1 seat", "refunded")
	}
	if n := s.count(`select count(*) from refunds`); n != 1 {
		t.Errorf("%d refunds", n)
	}
	ticket := regexp.MustCompile(`<option value="([0-9a-f-]{36})">Stalls, row A, seat 1<`).FindStringSubmatch(order.text)
	s.says(s.post(order.at+"/reissue", url.Values{"ticket": {ticket[1]}, "reason": {"lost"}}), "A new ticket stands in its place")
	s.says(s.post(order.at+"/reissue", url.Values{"ticket": {ticket[1]}, "reason": {"lost"}}), "Nothing was changed")
	s.says(s.post(order.at+"/reissue", url.Values{"ticket": {uuid.NewString()}}), "not of this order")
	if n := s.count(`select count(*) from tickets where state = 'valid'`); n != 2 {
		t.Errorf("%d tickets admit", n)
	}
	if n := s.count(`select count(*) from staff_audit where action in ('boxoffice.refund', 'ticket.reissue')`); n != 3 {
		t.Errorf("%d acts audited", n)
	}
}

func TestTheBoxOfficeReservesAndExchanges(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	sale := s.keep("stalls-A-5", "stalls-A-6")
	for _, hours := range []string{"", "x", "0", "169"} {
		s.says(s.post(sale.at, url.Values{"do": {"reserve"}, "name": {"Cecily"}, "hours": {hours}}), "1 to 168 hours")
	}
	reserved := s.post(sale.at, url.Values{"do": {"reserve"}, "name": {"Cecily Cardew"}, "contact": {"020 7946 0000"}, "hours": {"24"}})
	s.says(reserved, "Reserved until", "Cecily Cardew")
	s.says(s.post(at+"/sell/"+s.next.String(), url.Values{"seat": {"stalls-A-5"}}), "Somebody was quicker")
	again := regexp.MustCompile(`href="(` + at + `/sale/[^"]+)"`).FindStringSubmatch(reserved.text)
	order := s.sell(s.get(again[1]), url.Values{"name": {"Cecily Cardew"}, "tender": {"cash"}})
	s.says(order, "Sold")
	if n := s.count(`select count(*) from desk_reservations`); n != 0 {
		t.Errorf("%d reservations are left, with names", n)
	}
	s.says(s.get(order.at+"/exchange?seat=stalls-A-5&seat=stalls-A-6"), "Choose the performance", "give=stalls-A-5")
	carried := "?" + url.Values{"exchange": {order.at[strings.LastIndexByte(order.at, '/')+1:]}, "give": {"stalls-A-5", "stalls-A-6"}}.Encode()
	swap := s.post(at+"/sell/"+s.next.String()+carried, url.Values{"do": {"seats"}, "seat": {"balcony-A-1", "stalls-A-12"}})
	s.says(swap, "New seats", "Goes back")
	done := s.post(swap.at, url.Values{"do": {"sell"}, "tender": {"cash"}, "fee": {"none"}})
	s.says(done, "Exchanged: the new order is LYC-", "Balcony, row A, seat 1")
	s.says(s.get(order.at), "exchanged")
	released := s.keep("stalls-A-14")
	s.says(s.post(released.at, url.Values{"do": {"release"}}), "free again")
	best := s.post(at+"/sell/"+s.next.String(), url.Values{"do": {"best"}, "count": {"3"}, "band": {"A"}})
	s.says(best, "Seats and prices", "£150")
	s.says(s.post(at+"/sell/"+s.next.String(), url.Values{"do": {"best"}, "count": {"40"}}), "no such seats")
}

func TestWhoMaySell(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	sell := at + "/sell/" + s.next.String()
	for _, c := range []struct {
		who, method, path string
		want              int
	}{
		{"box", "GET", at, 200}, {"box", "GET", sell, 200}, {"admin", "GET", "/sites/all/box-office", 200},
		{"usher", "GET", at, 403}, {"usher", "POST", sell, 403}, {"apollo", "GET", sell, 403},
		{"apollo", "GET", "/sites/apollo/box-office/sell/" + s.next.String(), 404}, {"apollo", "POST", "/sites/apollo/box-office/sell/" + s.next.String(), 404},
		{"box", "GET", at + "/sell/x", 404}, {"box", "GET", at + "/orders/x", 404}, {"box", "GET", at + "/orders/" + uuid.NewString(), 404},
		{"box", "GET", at + "/sale/" + s.next.String() + "/" + uuid.NewString() + "/nothing", 422},
	} {
		if p := s.send(c.who, c.method, c.path, url.Values{}); p.status != c.want {
			t.Errorf("%s %s %s: %d, want %d", c.who, c.method, c.path, p.status, c.want)
		}
	}
}
