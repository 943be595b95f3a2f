package storefront

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// defaultCount is how many seats most people want.
const defaultCount = 2

func (s *Store) performance(v *visit) error {
	detail, elsewhere, err := s.detail(v)
	if err != nil {
		return err
	}
	if elsewhere {
		return v.redirect(s.BrandOrigin(v.ctx, detail.Brand.ID) + v.r.URL.Path)
	}
	return s.seatMap(v, detail, page.BestForm{Count: defaultCount}, http.StatusOK)
}

// detail reads the performance of the address. elsewhere says that it is another theatre's and this is the group's
// site: the visitor belongs on that theatre's.
func (s *Store) detail(v *visit) (detail show.Detail, elsewhere bool, err error) {
	id, err := parseID(v.r.PathValue("id"))
	if err != nil {
		return detail, false, err
	}
	detail, err = s.Shows.Performance(v.ctx, id)
	switch {
	case err != nil:
		return detail, false, err
	case detail.Brand.ID == v.brand.ID:
		return detail, false, nil
	case v.brand.Group:
		return detail, true, nil
	}
	return detail, false, errNoPage
}

// seatMap shows the page where seats are chosen, or why none can be.
func (s *Store) seatMap(v *visit, d show.Detail, best page.BestForm, status int) error {
	at := d.Venue.Location()
	p := page.Performance{
		Frame: v.frame(), Detail: d, ShowURL: "/shows/" + d.Production.Slug, Poster: v.posterURL(d.Brand.ID, d.Production.Slug),
		When: v.words.When(d.StartsAt.In(at)), Zone: d.Venue.City + " time",
	}
	p.Title = d.Production.Title + ", " + v.words.ShortDate(d.StartsAt.In(at)) + " " + v.words.Clock(d.StartsAt.In(at))
	p.Description = "Choose your seats for " + d.Production.Title + " at " + d.Venue.Name + "."
	p.Path, p.Image, p.NavShort = "/performances/"+d.ID.String(), v.origin+p.Poster+"?shape=wide", true
	p.Sheets = []string{"css/seats.css"}
	for _, a := range v.words.AccessOf(d.Access) {
		p.Access = append(p.Access, a.Name)
	}
	if status = closed(&p, v, at, status); p.Closed == "" {
		p.Scripts = append(p.Scripts, "js/seatmap/page.js")
		if err := s.openMap(v, &p, best); err != nil {
			return err
		}
	}
	p.Exchange = v.exchangeNote(d)
	v.w.Header().Set("Cache-Control", "private, no-store") // the visitor's own hold may be on it
	return v.show(status, page.PerformancePage(p))
}

// closed says why no seat can be chosen, if so.
func closed(p *page.Performance, v *visit, at *time.Location, status int) int {
	d := p.Detail
	switch {
	case d.Status == show.Cancelled:
		p.Closed, p.NoIndex = "This performance is cancelled", true
		return http.StatusGone
	case !v.now.Before(d.StartsAt):
		p.Closed, p.NoIndex = "This performance has begun", true
		return http.StatusGone
	case d.Status == show.Scheduled:
		p.Closed = "This performance is not on sale yet"
	case v.now.Before(d.OnSaleAt):
		p.Closed, p.OpensAt = "This performance is not on sale yet", v.words.When(d.OnSaleAt.In(at))
	}
	return status
}

func (s *Store) openMap(v *visit, p *page.Performance, best page.BestForm) error {
	plan, err := s.Shows.Plan(v.ctx, p.Detail.PlanID)
	if err != nil {
		return err
	}
	for _, section := range plan.Sections {
		if section.General == nil {
			best.Sections = append(best.Sections, page.SectionName{ID: section.ID, Name: section.Name})
		} else if amount, sold := p.Detail.Prices.Amount(section.General.Band, show.Adult); sold {
			name := section.Name + ", no numbers, " + wording.Money(amount, p.Detail.Prices.Currency)
			best.Areas = append(best.Areas, page.SectionName{ID: section.ID, Name: name})
		}
	}
	d, api := p.Detail, "/api/v1/performances/"+p.Detail.ID.String()
	for _, band := range d.Prices.Bands {
		if amount, sold := d.Prices.Amount(band, show.Adult); sold {
			p.Bands = append(p.Bands, page.BandPrice{Band: band, Price: wording.Money(amount, d.Prices.Currency)})
		}
	}
	p.Best = best
	p.Best.Action = p.Path + "/best"
	for n := 1; n <= s.MaxSeats; n++ {
		p.Best.Counts = append(p.Best.Counts, n)
	}
	p.Data = page.SeatData{
		PerformanceID: d.ID.String(), PlanURL: api + "/plan?v=" + d.PlanID.String(), EventsURL: api + "/events", SeatsURL: api + "/seats",
		HoldsURL: "/api/v1/holds", CheckoutURL: "/checkout/", Currency: d.Prices.Currency, Locale: v.words.Tag(), MaxSeats: s.MaxSeats,
		Prices: map[string]map[string]int64{},
	}
	for _, kind := range d.Prices.Types {
		p.Data.Types = append(p.Data.Types, page.TypeData{ID: kind.ID, Name: kind.Name, Note: kind.Note})
		for _, band := range d.Prices.Bands {
			if amount, sold := d.Prices.Amount(band, kind.ID); sold {
				if p.Data.Prices[band] == nil {
					p.Data.Prices[band] = map[string]int64{}
				}
				p.Data.Prices[band][kind.ID] = amount
			}
		}
	}
	p.Mine = s.ownHold(v, d)
	p.Data.Hold = p.Mine
	return nil
}

// ownHold is the hold this visitor has for the performance, as the cookie of its checkout tells; nil when there is
// none, also when it can't be asked for just now.
func (s *Store) ownHold(v *visit, d show.Detail) *page.MyHold {
	cookie, err := v.r.Cookie(checkoutCookie)
	if err != nil {
		return nil
	}
	if id, err := hold.PerformanceOf(cookie.Value); err != nil || id != d.ID {
		return nil
	}
	h, err := s.Holds.Get(v.ctx, cookie.Value)
	if err != nil || h.Session != v.session() {
		return nil
	}
	return &page.MyHold{ID: h.ID, Seats: h.Seats, ExpiresIn: v.left(h.ExpiresAt), URL: "/checkout/" + h.ID}
}

// left is how many whole seconds there are until an instant, at least 0.
func (v *visit) left(until time.Time) int {
	return max(int(until.Sub(v.now)/time.Second), 0)
}

// bestSeats holds the best seats there are and leads to the checkout: choosing without a map, and without scripts.
func (s *Store) bestSeats(v *visit) error {
	detail, elsewhere, err := s.detail(v)
	if err != nil {
		return err
	}
	if elsewhere {
		return errNoPage
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 4096)
	form := page.BestForm{Band: v.r.FormValue("band"), Section: v.r.FormValue("section")}
	if text := v.r.FormValue("wheelchairs"); text != "" {
		if form.Wheelchairs, err = strconv.Atoi(text); err != nil || form.Wheelchairs < 0 || form.Wheelchairs > s.MaxSeats {
			form.Count, form.Wheelchairs, form.Problem = defaultCount, 0, "Please say how many of you use a wheelchair."
			return s.seatMap(v, detail, form, http.StatusUnprocessableEntity)
		}
	}
	form.Count, err = strconv.Atoi(v.r.FormValue("count"))
	if err != nil || form.Count < 1 || form.Count > s.MaxSeats {
		form.Count, form.Problem = defaultCount, fmt.Sprintf("Please ask for 1 to %d seats.", s.MaxSeats)
		return s.seatMap(v, detail, form, http.StatusUnprocessableEntity)
	}
	if !detail.Bookable(v.now) {
		return s.seatMap(v, detail, form, http.StatusConflict)
	}
	h, err := s.holdFor(v, detail, form)
	var refused *hold.InvalidError
	var full *hold.FullError
	switch {
	case errors.As(err, &refused):
		form.Problem = "That did not work: " + refused.Reason + "."
		return s.seatMap(v, detail, form, http.StatusUnprocessableEntity)
	case errors.As(err, &full):
		form.Problem = areaFull(full.Left)
		return s.seatMap(v, detail, form, http.StatusConflict)
	case errors.Is(err, hold.ErrNoneFree):
		form.Problem = noneLeft(form)
		return s.seatMap(v, detail, form, http.StatusConflict)
	case err != nil:
		return err
	}
	return v.redirect("/checkout/" + h.ID)
}

// noneLeft says what there is none of, and what to try.
func noneLeft(form page.BestForm) string {
	problem := fmt.Sprintf("There are not %d seats side by side left", form.Count)
	switch {
	case form.Wheelchairs > 0:
		problem = "There are no such places for wheelchair users left"
	case form.Count == 1:
		problem = "There is no seat left"
	}
	if form.Band != "" {
		problem += " at that price"
	}
	if form.Section != "" {
		problem += " in that part of the house"
	}
	return problem + ". Please try fewer, or let us look in all of the house."
}

// areaFull says how many places an area has left.
func areaFull(left int) string {
	if left == 0 {
		return "There is no place left there. Please try another part of the house."
	}
	return "There is room for " + wording.Plural(left, "more person", "more people") + " there. Please ask for fewer, or try another part of the house."
}

// holdFor takes the best seats there are, or places of an area without numbers; hold.ErrNoneFree or *hold.FullError when
// there are none.
func (s *Store) holdFor(v *visit, d show.Detail, form page.BestForm) (hold.Hold, error) {
	plan, err := s.Shows.Plan(v.ctx, d.PlanID)
	if err != nil {
		return hold.Hold{}, err
	}
	var h hold.Hold
	area := slices.ContainsFunc(plan.Sections, func(part venue.Section) bool { return part.ID == form.Section && part.General != nil })
	switch {
	case area && form.Wheelchairs > 0:
		return h, &hold.InvalidError{Field: "wheelchairs", Reason: "places for wheelchair users are among the numbered seats"}
	case area:
		h, err = s.Holds.Acquire(v.ctx, hold.Request{PerformanceID: d.ID, Session: v.session(), General: []hold.AnyOf{{Section: form.Section, Count: form.Count}}})
	default:
		wish := seating.Wish{Count: form.Count, Band: form.Band, Section: form.Section, Spaces: form.Wheelchairs}
		h, err = s.Holds.Best(v.ctx, hold.BestRequest{PerformanceID: d.ID, Session: v.session(), Wish: wish})
	}
	if err != nil {
		return h, err
	}
	// The new hold took the place of an earlier one. If this fails the order does it again, before it is placed.
	if err := s.Orders.Superseded(v.ctx, d.ID, v.session(), h.ID); err != nil {
		s.Logger.WarnContext(v.ctx, "an earlier order was not ended", "performance_id", d.ID, "error", err.Error())
	}
	return h, nil
}
