package storefront

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// myCookie holds a buyer's visit to their own orders.
const myCookie = "sd_my"

// client is who asks, as far as requests can be told apart: the address that the edge saw.
func (v *visit) client() string {
	first, _, _ := strings.Cut(v.r.Header.Get("X-Forwarded-For"), ",")
	if first = strings.TrimSpace(first); first != "" {
		return first
	}
	host, _, _ := net.SplitHostPort(v.r.RemoteAddr)
	return host
}

// mine is who is signed in; "" when nobody is.
func (s *Store) mine(v *visit) (string, error) {
	cookie, err := v.r.Cookie(myCookie)
	if err != nil {
		return "", nil
	}
	email, err := s.Customers.Who(v.ctx, v.brand.ID, cookie.Value)
	if errors.Is(err, customer.ErrSignedOut) {
		return "", nil
	}
	return email, err
}

func (v *visit) myVisit(visit string) {
	cookie := &http.Cookie{Name: myCookie, Value: visit, Path: "/my", MaxAge: int(customer.VisitLasts.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.secure()}
	if visit == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(v.w, cookie)
}

func (v *visit) myFrame(title string) page.Frame {
	f := v.frame()
	f.Title, f.NoIndex, f.NoReferrer, f.Sheets = title, true, true, []string{"css/buy.css"}
	v.secret()
	return f
}

// my is all orders of whoever is signed in, or the way to sign in.
func (s *Store) my(v *visit) error {
	email, err := s.mine(v)
	if err != nil {
		return err
	}
	if email == "" {
		return v.show(http.StatusOK, page.SignInPage(page.SignIn{Frame: v.myFrame("Your orders")}))
	}
	entries, err := s.Customers.OrdersOf(v.ctx, v.brand.ID, email)
	if err != nil {
		return err
	}
	p := page.MyOrders{Frame: v.myFrame("Your orders"), Email: email, Cut: len(entries) == customer.MostOrders, Group: v.brand.Group}
	for _, e := range entries {
		o := page.MyOrder{
			URL: v.base(e.Order.BrandID) + s.orderURL(e.Order), Number: e.Order.Number, Title: e.Detail.Production.Title,
			When: v.words.When(e.Detail.StartsAt.In(e.Detail.Venue.Location())), Where: e.Detail.Venue.Name, State: orderWord(e.Order.State),
			Total: wording.Money(e.Order.Total, e.Order.Currency),
		}
		if v.now.Before(e.Detail.StartsAt) && !e.Order.State.Over() {
			p.Coming = append(p.Coming, o)
		} else {
			p.Past = append(p.Past, o)
		}
	}
	for _, kept := range customer.Policy() {
		p.Kept = append(p.Kept, page.OrderLine{Text: kept.What, Price: kept.Why})
	}
	return v.show(http.StatusOK, page.MyOrdersPage(p))
}

// orderWord is how an order stands, in a word or two.
func orderWord(state booking.State) string {
	switch state {
	case booking.Paid:
		return "paid"
	case booking.AwaitingPayment:
		return "waiting for payment"
	case booking.Expired, booking.Cancelled:
		return "came to nothing"
	case booking.Offered:
		return "other seats are on offer"
	case booking.Exchanged:
		return "exchanged"
	case booking.RefundDue:
		return "money on its way back"
	case booking.Refunded:
		return "refunded"
	}
	return string(state)
}

// askLink sends a link, and says the same whatever comes of it.
func (s *Store) askLink(v *visit) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 4096)
	email := v.r.PostFormValue("email")
	err := s.Customers.AskForLink(v.ctx, v.brand.ID, email, v.client())
	again := func(status int, problem string) error {
		return v.show(status, page.SignInPage(page.SignIn{Frame: v.myFrame("Your orders"), Problem: problem, Email: email}))
	}
	switch {
	case errors.Is(err, customer.ErrAddress):
		return again(http.StatusUnprocessableEntity, "Please enter an e-mail address such as name@example.org.")
	case errors.Is(err, customer.ErrTooOften):
		v.w.Header().Set("Retry-After", "3600")
		return again(http.StatusTooManyRequests, "You have asked for many links within the hour. Please wait a little before you ask for another.")
	case err != nil:
		return err
	}
	return v.show(http.StatusOK, page.LinkSentPage(v.myFrame("Look into your mailbox")))
}

// lookLink is what a link opens: a page with a button.
func (s *Store) lookLink(v *visit) error {
	word := v.r.PathValue("word")
	if err := s.Customers.Good(v.ctx, v.brand.ID, word); err != nil {
		return linkOver(err)
	}
	return v.show(http.StatusOK, page.OpenLinkPage(page.OpenLink{Frame: v.myFrame("Your orders"), Action: "/my/open/" + url.PathEscape(word)}))
}

func (s *Store) openLink(v *visit) error {
	visit, err := s.Customers.Open(v.ctx, v.brand.ID, v.r.PathValue("word"))
	if err != nil {
		return linkOver(err)
	}
	v.myVisit(visit)
	return v.redirect("/my")
}

func linkOver(err error) error {
	if !errors.Is(err, customer.ErrLink) {
		return err
	}
	return &refusal{
		status: http.StatusGone, heading: "This link is no longer good", text: "It is good for half an hour, once, and on the site it was asked for on. Ask for another: that takes a moment.",
		actions: []page.Link{{URL: "/my", Text: "Ask for another link"}}, testID: "link-over",
	}
}

func (s *Store) signOut(v *visit) error {
	if cookie, err := v.r.Cookie(myCookie); err == nil {
		if err := s.Customers.SignOut(v.ctx, v.brand.ID, cookie.Value); err != nil {
			return err
		}
	}
	v.myVisit("")
	return v.redirect("/my")
}

// signedIn runs an answer for whoever is signed in, and leads everybody else to the way to sign in.
func (s *Store) signedIn(answer func(v *visit, email string) error) func(*visit) error {
	return func(v *visit) error {
		email, err := s.mine(v)
		if err != nil {
			return err
		}
		if email == "" {
			return v.redirect("/my")
		}
		return answer(v, email)
	}
}

// forget asks before it erases.
func (s *Store) forget(v *visit, email string) error { return s.showForget(v, email, "") }

func (s *Store) showForget(v *visit, email, problem string) error {
	business, err := s.Customers.BusinessOf(v.ctx, email)
	if err != nil {
		return err
	}
	n, err := s.Customers.Count(v.ctx, email)
	if err != nil {
		return err
	}
	p := page.Forget{Frame: v.myFrame("Have your data erased"), Email: email, Orders: n, Unfinished: business.Unfinished, Coming: business.Coming, Problem: problem}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusConflict
	}
	return v.show(status, page.ForgetPage(p))
}

func (s *Store) forgetMe(v *visit, email string) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 4096)
	n, err := s.Customers.Erase(v.ctx, v.brand.ID, email, v.r.PostFormValue("confirmed") == "yes")
	var unfinished *customer.UnfinishedError
	var coming *customer.ComingError
	switch {
	case errors.As(err, &unfinished):
		return s.showForget(v, email, "Nothing was erased: there is still money under way.")
	case errors.As(err, &coming):
		return s.showForget(v, email, "Nothing was erased. Please say that you have the tickets for the performances to come.")
	case err != nil:
		return err
	}
	v.myVisit("")
	f := v.myFrame("You are forgotten")
	return v.show(http.StatusOK, page.NoticePage(page.Notice{
		Frame: f, Heading: "Your data is erased", TestID: "forgotten",
		Text:    "Your name and address have left " + wording.Plural(n, "order", "orders") + ". One last e-mail confirms it.",
		Actions: []page.Link{{URL: "/", Text: "See what’s on"}},
	}))
}
