// Package console is the staff web site: console.<domain>, a site of its own behind the edge that no maintenance window
// can close. It puts the pages together; package frame is what they all stand in.
//
// # Where things are
//
//	console/frame        the frame: registering pages, who asks, what they may, layout, messages, failures, style sheet, htmx
//	console/door         signing in and out, showing that it is still you, looking at a brand's site as staff
//	console/home         what is going on
//	console/maintenance  closing and opening sites
//	console/redirects    redirects: writing, testing, importing, comparing and going back
//	console/settings     what a site is like at the edge, and its Apple Pay file
//	console/content      what the sites show, in the content system for local use, and its webhooks
//	console/deadletters  what could not be worked on: deliveries of content systems, events
//	console/trail        the audit log
//	console/people       who may do what
//
// Each of the others is a package with a Pages type: its Deps as fields, and a method Pages() []frame.Page. Views are
// templ components beside it (templ and its Go file are both committed), assets common to all are in frame/static.
//
// # How a page registers
//
//	func (p *Pages) Pages() []frame.Page {
//		return []frame.Page{
//			{Route: "GET /sites/{site}/redirects", Action: staff.SeeRedirects, Menu: &frame.Menu{Label: "Redirects", Order: 30}, Serve: p.list},
//			{Route: "POST /sites/{site}/redirects", Action: staff.ChangeRedirects, Serve: p.add},
//		}
//	}
//
// and is named in console.New. A route is a pattern of http.ServeMux; {site} in it is a brand's ID or staff.Group
// ("all"), which the switcher in the header changes. Pages outside /sites/{site} are for everybody who may do Action
// anywhere. Body and time are bounded (Page.MaxBody, Page.Timeout).
//
// # What is asked before Serve runs
//
// Somebody is signed in (else they are led to the sign-in and back), the site exists, they may do Action there (else a
// page says so, 403), and, for anything but GET on "all", they have shown within five minutes that it is still them
// (else they are led to do that; nothing is changed). What depends on more than the address asks itself:
//
//	if !v.May(staff.ChangeSettings, brand) { return frame.ErrForbidden }
//	if !v.Fresh() { return frame.ErrStepUp }   // leads there and back to v.Back()
//
// A new action is a constant and a line of the table in origin/staff/permission.go.
//
// # Changing something
//
//	form, err := v.Form()
//	made, err := p.Editor.Something(v.Context(), v.Actor(), v.Site(), …)
//	var refused edgeconfig.Refused
//	if errors.As(err, &refused) { show the form again, with what was typed and the reason }
//	return v.Done("/sites/"+v.Site()+"/redirects", frame.Good("Saved and published."))
//
// v.Context() carries who asks, so that what record.Add writes to the audit log (the Editor does it) holds the person,
// the session, the address and the request; everything one click changed shares record.From(ctx).Change. Form posts end
// with v.Done: a redirect, so that a reload repeats nothing, and a message shown once. Requests from other sites were
// refused before (http.CrossOriginProtection in origin/house); forms need no token.
//
// # Showing something
//
//	return v.Show("Redirects", redirectsView(…))   // a whole page
//	return v.Part(rowsView(…))                     // a part, for htmx (v.IsPart())
//
// Pages work without scripts; htmx (frame/static/js) swaps parts of them. No inline script, style or handler: the
// Content-Security-Policy allows none, and htmx's eval is off (no hx-on, no hx-vals="js:", no event filters).
// frame has the pieces: PageHead, Empty, Notice, Badge, and classes for tables (.table), forms (.field), cards (.card)
// and buttons (.button, .quiet, .danger).
package console
