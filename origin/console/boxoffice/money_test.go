package boxoffice_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

func TestMoneyToSeeTo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.says(s.get(at+"/money"), "Refunds that failed", "None", "Disputes")
	order := s.sell(s.keep("stalls-A-1", "stalls-A-2"), url.Values{"name": {"Ada Bracknell"}, "tender": {"terminal"}, "reference": {"slip 7"}})
	s.says(order, "Sold")
	ask := s.get(order.at + "/refund?seat=stalls-A-2&fee=none")
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(ask.text)
	s.says(s.post(order.at+"/refund", url.Values{"seat": {"stalls-A-2"}, "fee": {"none"}, "key": {key[1]}, "reason": {"ill"}}), "goes back")
	// The bank sends it back, and questions the rest.
	s.exec(`update refunds set state = 'failed'`)
	s.exec(`insert into payment_disputes (id, intent_id, order_id, amount, currency, reason, status, respond_by, opened_at, updated_at)
		select 'dp_1', payment_intent, id, 5000, 'GBP', 'product_not_received', 'needs_response', now() + interval '2 days', now(), now() from orders`)
	s.says(s.get(at), "There is money to see to: 1 refund failed, 1 payment is questioned.")
	list := s.get(at + "/money")
	s.says(list, "Ada Bracknell", "£50", "needs response", "product not received", "evidence is due", order.at)
	s.says(s.send("apollo", http.MethodGet, "/sites/apollo/box-office/money", nil), "None")
	if got := s.send("usher", http.MethodGet, at+"/money", nil); got.status != http.StatusForbidden {
		t.Errorf("ushers see it: %d", got.status)
	}

	s.says(s.get(order.at), "questions £50", "by ", "Send it once more", "The buyer has the money")
	refund := regexp.MustCompile(`action="([^"]+/refunds/[0-9a-f-]{36})"`).FindStringSubmatch(s.get(order.at).text)
	if refund == nil {
		t.Fatal("the order's page offers no remedy")
	}
	s.says(s.post(refund[1], url.Values{"tries": {"0"}, "do": {"hand"}}), "Write down how the buyer got the money")
	s.says(s.post(refund[1], url.Values{"tries": {"x"}, "do": {"again"}}), "Look at the order again")
	s.says(s.post(refund[1], url.Values{"tries": {"0"}, "do": {"nothing"}}), "Choose what is to be done")
	s.says(s.post(refund[1], url.Values{"tries": {"0"}, "do": {"again"}}), "no money can go back") // the bank may come to keep it
	s.exec(`update payment_disputes set status = 'won'`)
	s.says(s.post(refund[1], url.Values{"tries": {"0"}, "do": {"again"}}), "The money is sent once more.", "settled (won)")
	s.says(s.post(refund[1], url.Values{"tries": {"0"}, "do": {"again"}}), "has been seen to since")
	s.exec(`update refunds set state = 'failed'`)
	s.says(s.post(refund[1], url.Values{"tries": {"1"}, "do": {"hand"}, "how": {"Bank transfer of 3 May"}}), "It is written down that the buyer has the money.", "by hand", "Bank transfer of 3 May")
	s.says(s.get(at+"/money"), "Decided")
	if n := s.count(`select count(*) from staff_audit where action = 'boxoffice.remedy'`); n != 2 {
		t.Errorf("%d acts audited", n)
	}
	if got := s.post(order.at+"/refunds/nobody", url.Values{"tries": {"0"}}); got.status != http.StatusNotFound {
		t.Errorf("no such refund: %d", got.status)
	}
}
