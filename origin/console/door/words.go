package door

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/staffpass"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

const passCookie = staffpass.CookieName

func roleName(r staff.Role) string {
	for _, info := range staff.Roles() {
		if info.Role == r {
			return info.Name
		}
	}
	return string(r)
}

func roleAbout(r staff.Role) string {
	for _, info := range staff.Roles() {
		if info.Role == r {
			return info.About
		}
	}
	return ""
}

func where(v *frame.Visit, brand string) string {
	if brand == staff.Group {
		return "all sites"
	}
	for _, b := range v.BrandsAnywhere(staff.SeeHome) {
		if b.ID == brand {
			return b.Name
		}
	}
	return brand
}

// browserName is what people call the program behind a User-Agent; good enough to recognise one's own.
func browserName(agent string) string {
	name, system := "A browser", ""
	for _, known := range []struct{ sign, name string }{
		{"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"Go-http-client", "A program"},
	} {
		if strings.Contains(agent, known.sign) {
			name = known.name
			break
		}
	}
	for _, known := range []struct{ sign, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, known.sign) {
			system = " on " + known.name
			break
		}
	}
	return name + system
}
