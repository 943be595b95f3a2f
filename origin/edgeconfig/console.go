package edgeconfig

import (
	"errors"

	"github.com/stagedoor/stagedoor/edge/site"
)

// ConsoleSite is the ID of the console's own site, and the first label of its hostname. No brand may have it.
const ConsoleSite = "console"

// groupAlias is the first label of the hostname by which the group's own site is known as well, in every house.
const groupAlias = "www"

// Reserved reports whether a name is the first label of a hostname that is not a brand's: no brand may have it as its ID.
func Reserved(id string) bool { return id == ConsoleSite || id == groupAlias }

// consoleRobots keeps search engines away from staff's pages.
const consoleRobots = "User-agent: *\nDisallow: /\n"

// console makes the Site document of the staff console. It is made from the settings alone: no maintenance window,
// redirect or limit that staff set can shut them out of the place where they take it back.
func (s Settings) console() (Document, error) {
	doc := site.Site{
		ID: ConsoleSite, Name: "Stagedoor console", Hostname: ConsoleSite + "." + s.Domain, HTTPS: s.HTTPS,
		Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		WellKnown: site.WellKnown{RobotsTxt: consoleRobots},
		Origin:    site.Origin{Pools: s.Origins}, Headers: site.Headers{HSTSMaxAge: s.Headers.HSTSMaxAge},
	}
	value, err := site.Encode(doc)
	if err != nil {
		return Document{}, err
	}
	return Document{Site: doc, Value: value}, nil
}

// errConsoleBrand says that a brand has the console's name; it would be served at the console's address.
var errConsoleBrand = errors.New(`the name "` + ConsoleSite + `" belongs to the staff console`)
