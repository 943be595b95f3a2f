package content

import "github.com/stagedoor/stagedoor/origin/cms"

// Form is how a field's value looks, in an editor's form and in a Change.
type Form string

// The forms. A value of any of them may be absent or null where the field is not required.
const (
	Text     Form = "text"     // a string on one line
	LongText Form = "longtext" // a string with line breaks
	RichText Form = "richtext" // Contentful's Rich Text document (an object), or HTML (a string, or Umbraco's {"markup": ...})
	Integer  Form = "integer"  // a whole number
	Money    Form = "money"    // a whole number of minor units: 9500 is £95.00
	Number   Form = "number"   // any number
	Boolean  Form = "boolean"  // true or false
	Date     Form = "date"     // "2026-12-01", at the venue
	Instant  Form = "instant"  // RFC 3339, with its offset: "2026-12-01T10:00:00Z"
	Choice   Form = "choice"   // a string that is one of Choices
	Tags     Form = "tags"     // an array of strings, each one of Choices if there are any
	Link     Form = "link"     // a cms.Ref
	Links    Form = "links"    // an array of cms.Ref
	JSON     Form = "json"     // any JSON, or a string that holds it; Help says of what shape
	Slug     Form = "slug"     // lower-case letters and digits with single hyphens between, as in addresses
	Location Form = "location" // {"lat": 51.5117, "lon": -0.1199}, WGS 84
)

// Field is one field of a kind of entry.
type Field struct {
	Name  string // in a Change: Contentful's field ID, Umbraco's property alias
	Label string // for editors
	Help  string // for editors: what it is for, and its shape if Form does not say
	Form  Form

	Required  bool
	Localized bool // may differ by locale; otherwise it stands in the entry's default locale alone
	Choices   []string
	LinksTo   []cms.Kind // of Link, Links, and the references within JSON
	// Min and Max bound a number, the characters of a text and the elements of Tags and Links; both 0: no bounds.
	Min, Max float64
	// Sample is a value that is valid and helps whoever fills in the first one; of JSON, its shape. "": none.
	Sample string
}

// Type is a kind of entry.
type Type struct {
	Kind   cms.Kind
	Name   string // for editors, singular: "Price list"
	About  string // for editors: what it is, and what the public sees of it
	Title  string // name of the field by which an entry is listed
	Fields []Field
}

// Field finds a field by its name.
func (t Type) Field(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// TypeOf finds the type of a kind.
func TypeOf(kind cms.Kind) (Type, bool) {
	for _, t := range Types() {
		if t.Kind == kind {
			return t, true
		}
	}
	return Type{}, false
}

// Types are all nine, in the order of cms.Kinds: each after those it refers to. The caller may change what it gets.
func Types() []Type {
	return []Type{
		brandType(), venueType(), seatingPlanType(), personType(), productionType(),
		priceListType(), performanceScheduleType(), articleType(), promotionType(),
	}
}
