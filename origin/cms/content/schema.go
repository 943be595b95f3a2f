package content

import (
	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/show"
)

var (
	toBrand      = []cms.Kind{cms.Brand}
	toVenue      = []cms.Kind{cms.Venue}
	toPlan       = []cms.Kind{cms.SeatingPlan}
	toPerson     = []cms.Kind{cms.Person}
	toProduction = []cms.Kind{cms.Production}
)

// Genres are what a production may be.
func Genres() []string {
	return []string{"Comedy", "Concert", "Dance", "Drama", "Family", "Farce", "History", "Musical", "Opera", "Operetta", "Romance", "Tragedy"}
}

func brandType() Type {
	return Type{Kind: cms.Brand, Name: "Brand", Title: "name",
		About: "Who sells: a theatre's own site. Its address and looks come from here. Unpublishing or deleting a brand closes no site: people who look after the sites do that, with a maintenance window.",
		Fields: []Field{
			{Name: "slug", Label: "Site", Form: Slug, Required: true, Min: 2, Max: 40, Sample: "lyceum", Help: "The first part of the site's address, as in lyceum.example. It never changes afterwards."},
			{Name: "name", Label: "Name", Form: Text, Required: true, Localized: true, Min: 1, Max: 80, Sample: "Lyceum Theatre"},
			{Name: "country", Label: "Country", Form: Choice, Required: true, Choices: []string{"GB", "US"}, Sample: "GB"},
			{Name: "locale", Label: "Language of the site", Form: Choice, Required: true, Choices: []string{"en-GB", "en-US"}, Sample: "en-GB"},
			{Name: "currency", Label: "Currency", Form: Choice, Required: true, Choices: []string{"GBP", "USD"}, Sample: "GBP", Help: "It can't change once there are prices."},
			{Name: "timeZone", Label: "Time zone", Form: Text, Required: true, Max: 60, Sample: "Europe/London", Help: "An IANA name: Europe/London, America/New_York."},
			{Name: "theme", Label: "Colours and headings", Form: JSON, Required: true,
				Help:   "Six colours (#rrggbb), each readable on its background, and a style of heading: roman, display, italic, grotesk or caps.",
				Sample: `{"background": "#fff4f3", "ink": "#2c1a18", "accent": "#9e2225", "dark_background": "#1d100f", "dark_ink": "#f5e8e6", "dark_accent": "#fea199", "heading": "display"}`},
		}}
}

func venueType() Type {
	return Type{Kind: cms.Venue, Name: "Venue", Title: "name",
		About: "A theatre: a building with one auditorium. Unpublishing or deleting it closes nothing; what plays there goes on.",
		Fields: []Field{
			{Name: "slug", Label: "Short name", Form: Slug, Required: true, Min: 2, Max: 60, Sample: "lyceum", Help: "No two venues have the same."},
			{Name: "name", Label: "Name", Form: Text, Required: true, Localized: true, Min: 1, Max: 120, Sample: "Lyceum Theatre"},
			{Name: "brand", Label: "Brand", Form: Link, Required: true, LinksTo: toBrand},
			{Name: "address", Label: "Street and number", Form: Text, Required: true, Min: 1, Max: 200, Sample: "21 Wellington Street"},
			{Name: "city", Label: "City", Form: Text, Required: true, Min: 1, Max: 80, Sample: "London"},
			{Name: "postcode", Label: "Postcode", Form: Text, Max: 20, Sample: "WC2E 7RQ", Help: "In the US with the state: NY 10036."},
			{Name: "country", Label: "Country", Form: Choice, Required: true, Choices: []string{"GB", "US"}, Sample: "GB"},
			{Name: "location", Label: "Where it is", Form: Location, Required: true, Sample: `{"lat": 51.5117, "lon": -0.1199}`},
			{Name: "timeZone", Label: "Time zone", Form: Text, Required: true, Max: 60, Sample: "Europe/London", Help: "It can't change once there are performances: their times are told in it."},
			{Name: "capacity", Label: "Places", Form: Integer, Required: true, Min: 1, Max: 100_000, Sample: "2100"},
			{Name: "openedYear", Label: "Opened in", Form: Integer, Required: true, Min: 1500, Max: 2200, Sample: "1834"},
			{Name: "architect", Label: "Architect", Form: Text, Max: 120, Sample: "Samuel Beazley"},
			{Name: "about", Label: "About the house", Form: LongText, Localized: true, Max: 2000},
		}}
}

func seatingPlanType() Type {
	return Type{Kind: cms.SeatingPlan, Name: "Seating plan", Title: "name",
		About: "Where the seats are. Once a performance uses it, another layout is a new version: performances with sold seats keep the one they were sold from, the others change over.",
		Fields: []Field{
			{Name: "name", Label: "Name", Form: Text, Required: true, Min: 1, Max: 120, Sample: "Lyceum Theatre"},
			{Name: "venue", Label: "Venue", Form: Link, Required: true, LinksTo: toVenue},
			{Name: "layout", Label: "Layout", Form: JSON, Required: true,
				Help:   "The plan in units of about a centimetre, x to the right as the audience sees it, y away from the stage: width, height, stage, and sections with rows of seats or with a general area. A seat's id is unique and never changes: section-row-number.",
				Sample: `{"width": 1000, "height": 900, "stage": {"x": 300, "y": 20, "width": 400, "height": 120}, "sections": [{"id": "stalls", "name": "Stalls", "rows": [{"label": "A", "seats": [{"id": "stalls-A-1", "label": "1", "x": 480, "y": 240, "band": "A", "kind": "standard"}]}]}]}`},
		}}
}

func personType() Type {
	return Type{Kind: cms.Person, Name: "Person", Title: "name",
		About: "Somebody on stage or behind it. A production says who plays what; this says who they are. Unpublished or deleted, they leave the cast lists and what is told of them is erased.",
		Fields: []Field{
			{Name: "name", Label: "Name", Form: Text, Required: true, Min: 1, Max: 120, Sample: "Ada Marlowe"},
			{Name: "biography", Label: "Biography", Form: RichText, Localized: true, Max: 10_000},
			{Name: "website", Label: "Website", Form: Text, Max: 300, Sample: "https://example.com/", Help: "An https address."},
		}}
}

func productionType() Type {
	const credits = "A list in the order of the programme, each with a person and what they do. Their entries must be published."
	return Type{Kind: cms.Production, Name: "Production", Title: "title",
		About: "A staging of a work at one theatre. Unpublished or deleted, its page is gone and nothing of it is for sale; tickets that were sold stay good.",
		Fields: []Field{
			{Name: "title", Label: "Title", Form: Text, Required: true, Localized: true, Min: 1, Max: 120, Sample: "Hamlet"},
			{Name: "slug", Label: "Address", Form: Slug, Required: true, Min: 1, Max: 80, Sample: "hamlet", Help: "The last part of the page's address, one of a kind on its site."},
			{Name: "brand", Label: "Brand", Form: Link, Required: true, LinksTo: toBrand},
			{Name: "venue", Label: "Venue", Form: Link, Required: true, LinksTo: toVenue},
			{Name: "author", Label: "Author", Form: Text, Max: 120, Sample: "William Shakespeare"},
			{Name: "genre", Label: "Genre", Form: Choice, Required: true, Choices: Genres(), Sample: "Tragedy"},
			{Name: "language", Label: "Language on stage", Form: Text, Min: 2, Max: 12, Sample: "en", Help: "BCP 47: en, it, de. Left empty: en."},
			{Name: "summary", Label: "In one sentence", Form: Text, Required: true, Localized: true, Min: 1, Max: 300},
			{Name: "description", Label: "Description", Form: RichText, Required: true, Localized: true, Max: 20_000},
			{Name: "firstStaged", Label: "First staged", Form: Text, Max: 40, Sample: "c. 1600"},
			{Name: "ageGuidance", Label: "Age guidance", Form: Text, Max: 60, Sample: "Ages 12+"},
			{Name: "runningMinutes", Label: "Running time in minutes", Form: Integer, Required: true, Min: 1, Max: 1440, Sample: "150", Help: "Intervals included."},
			{Name: "intervals", Label: "Intervals", Form: Integer, Min: 0, Max: 9, Sample: "1", Help: "Left empty: 1."},
			{Name: "opensOn", Label: "Opens on", Form: Date, Required: true, Sample: "2026-12-01"},
			{Name: "closesOn", Label: "Closes on", Form: Date, Required: true, Sample: "2027-03-27"},
			{Name: "cast", Label: "Cast", Form: JSON, LinksTo: toPerson, Help: credits, Sample: `[{"person": {"$ref": "<ID of a person's entry>"}, "role": "Hamlet"}]`},
			{Name: "creative", Label: "Creative team", Form: JSON, LinksTo: toPerson, Help: credits, Sample: `[{"person": {"$ref": "<ID of a person's entry>"}, "role": "Director"}]`},
		}}
}

func priceListType() Type {
	return Type{Kind: cms.PriceList, Name: "Price list", Title: "name",
		About: "What seats of a production cost. Orders keep the prices they were placed at. Unpublished or deleted, the production goes off sale.",
		Fields: []Field{
			{Name: "name", Label: "Name", Form: Text, Required: true, Min: 1, Max: 120, Sample: "Hamlet at the Lyceum"},
			{Name: "production", Label: "Production", Form: Link, Required: true, LinksTo: toProduction},
			{Name: "currency", Label: "Currency", Form: Choice, Required: true, Choices: []string{"GBP", "USD"}, Sample: "GBP", Help: "The brand's."},
			{Name: "prices", Label: "Prices", Form: JSON, Required: true,
				Help:   "A line for each tier (standard, peak ...), band of the plan (A the dearest) and price type (adult, concession, child, companion), in minor units: 9500 is 95.00. Every band of every tier has an adult price.",
				Sample: `[{"tier": "standard", "band": "A", "type": "adult", "amount": 9500}]`},
		}}
}

func performanceScheduleType() Type {
	return Type{Kind: cms.PerformanceSchedule, Name: "Performance schedule", Title: "name",
		About: "When a production plays. A performance that is taken out of the list, or whose schedule is unpublished or deleted, is gone if nobody ordered tickets; otherwise it stays and goes off sale.",
		Fields: []Field{
			{Name: "name", Label: "Name", Form: Text, Required: true, Min: 1, Max: 120, Sample: "Hamlet, spring season"},
			{Name: "production", Label: "Production", Form: Link, Required: true, LinksTo: toProduction},
			{Name: "plan", Label: "Seating plan", Form: Link, LinksTo: toPlan, Help: "Left empty: the venue's newest."},
			{Name: "onSaleAt", Label: "On sale from", Form: Instant, Required: true, Sample: "2026-11-24T10:00:00Z"},
			{Name: "performances", Label: "Performances", Form: JSON, Required: true,
				Help: "A line for each: start (the time at the venue, 2026-12-01T19:30), and if need be key (a name that stays when the time changes; left out: the start), tier (standard), " +
					"access (captioned, audio_described, relaxed, signed), on_sale_at (RFC 3339, where it differs), status (on_sale, scheduled: announced and not for sale, cancelled).",
				Sample: `[{"key": "first-night", "start": "2026-12-01T19:30", "tier": "peak", "access": ["captioned"], "status": "` + string(show.OnSale) + `"}]`},
		}}
}

func articleType() Type {
	return Type{Kind: cms.Article, Name: "Article", Title: "title",
		About: "A page to read on a brand's site: news, an interview, how to get here. It stands under /read.",
		Fields: []Field{
			{Name: "title", Label: "Title", Form: Text, Required: true, Localized: true, Min: 1, Max: 160},
			{Name: "slug", Label: "Address", Form: Slug, Required: true, Min: 1, Max: 100, Sample: "meet-the-cast", Help: "The last part of its address, one of a kind on its site."},
			{Name: "brand", Label: "Brand", Form: Link, Required: true, LinksTo: toBrand},
			{Name: "summary", Label: "In one sentence", Form: Text, Required: true, Localized: true, Min: 1, Max: 300},
			{Name: "body", Label: "Text", Form: RichText, Required: true, Localized: true, Max: 100_000},
			{Name: "author", Label: "By", Form: Text, Max: 120},
			{Name: "publishedOn", Label: "Dated", Form: Date, Required: true, Sample: "2026-11-21", Help: "Lists begin with the newest."},
			{Name: "productions", Label: "About", Form: Links, LinksTo: toProduction, Max: 20, Help: "Shows whose pages point here."},
		}}
}

func promotionType() Type {
	return Type{Kind: cms.Promotion, Name: "Promotion", Title: "name",
		About: "A banner on a site's pages, a promo code, or both. Unpublished or deleted, the banner is gone and the code is paused; orders that came with it keep their prices.",
		Fields: []Field{
			{Name: "name", Label: "Name", Form: Text, Required: true, Min: 1, Max: 120, Help: "For colleagues."},
			{Name: "brand", Label: "Brand", Form: Link, Required: true, LinksTo: toBrand},
			{Name: "production", Label: "Only for", Form: Link, LinksTo: toProduction, Help: "Left empty: everything of the brand."},
			{Name: "startsAt", Label: "From", Form: Instant, Required: true, Sample: "2026-11-27T00:00:00Z"},
			{Name: "endsAt", Label: "Until", Form: Instant, Sample: "2026-12-01T00:00:00Z", Help: "Left empty: until it is unpublished."},
			{Name: "headline", Label: "Headline of the banner", Form: Text, Localized: true, Max: 120, Help: "Left empty: no banner."},
			{Name: "message", Label: "Text of the banner", Form: Text, Localized: true, Max: 300},
			{Name: "linkText", Label: "Words on its link", Form: Text, Localized: true, Max: 60, Sample: "Book now"},
			{Name: "linkPath", Label: "Where it leads", Form: Text, Max: 300, Sample: "/shows/hamlet", Help: "A path on the site. Left empty: the production's page."},
			{Name: "code", Label: "Promo code", Form: Text, Max: 40, Sample: "WINTER-20", Help: "Left empty: no code. It never changes once somebody used it."},
			{Name: "percentOff", Label: "Per cent off", Form: Number, Min: 0, Max: 100, Sample: "20", Help: "With a code: this or an amount."},
			{Name: "amountOff", Label: "Amount off the order", Form: Money, Min: 0, Max: 10_000_000},
			{Name: "mostUses", Label: "Uses in all", Form: Integer, Min: 0, Max: 1_000_000_000, Help: "0 or empty: no limit."},
			{Name: "mostPerEmail", Label: "Uses for one address", Form: Integer, Min: 0, Max: 1_000_000_000, Help: "0 or empty: no limit."},
			{Name: "stackable", Label: "Goes together with other codes", Form: Boolean},
		}}
}
