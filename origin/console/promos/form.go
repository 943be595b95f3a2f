package promos

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/promo"
)

// form is a code as it is typed.
type form struct {
	Code, About, Production, Kind, Off, Currency string
	Starts, Ends, MostUses, MostPerEmail         string
	Stackable                                    bool
	Was                                          string // how the code stood when the form was opened; "" for a new one
}

// minute is how browsers write a moment in a form.
const minute = "2006-01-02T15:04"

// read reads the form. faults are what can't be read at all.
func (p *Pages) read(v *frame.Visit) (f form, c promo.Code, faults map[string]string, err error) {
	values, err := v.Form()
	if err != nil {
		return f, c, nil, err
	}
	get := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	f = form{
		Code: get("code"), About: get("about"), Production: get("production"), Kind: get("kind"), Off: get("off"), Currency: get("currency"),
		Starts: get("starts"), Ends: get("ends"), MostUses: get("most_uses"), MostPerEmail: get("most_per_email"), Stackable: get("stackable") == "yes",
		Was: get("was"),
	}
	faults = map[string]string{}
	c = promo.Code{Code: promo.Normalise(f.Code), About: f.About, Stackable: f.Stackable}
	if f.Kind == "amount" {
		c.Currency = f.Currency
		if c.Amount, err = hundredths(f.Off, 2); err != nil {
			faults["off"] = "must be an amount such as 5.00"
		}
	} else if c.Rate, err = hundredths(f.Off, 4); err != nil {
		faults["off"] = "must be a percentage such as 20 or 12.5"
	}
	if f.Production != "" {
		if c.ProductionID, err = uuid.Parse(f.Production); err != nil {
			faults["production"] = "is not one of the site's"
		}
	}
	for name, at := range map[string]struct {
		text string
		to   *time.Time
	}{"starts_at": {f.Starts, &c.StartsAt}, "ends_at": {f.Ends, &c.EndsAt}} {
		if at.text == "" {
			continue
		}
		if *at.to, err = moment(at.text, v.Brand().Location()); err != nil {
			faults[name] = "must be a date and a time"
		}
	}
	for name, n := range map[string]struct {
		text string
		to   *int
	}{"most_uses": {f.MostUses, &c.MostUses}, "most_per_email": {f.MostPerEmail, &c.MostPerEmail}} {
		if n.text == "" {
			continue
		}
		if *n.to, err = strconv.Atoi(n.text); err != nil || *n.to < 1 {
			faults[name] = "must be a whole number, or empty for no limit"
		}
	}
	return f, c, faults, nil
}

// moment reads what a browser's form holds, or an exact instant.
func moment(text string, at *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), nil
	}
	t, err := time.ParseInLocation(minute, text, at)
	return t.UTC(), err
}

var errNumber = errors.New("promos: no number")

// hundredths reads a decimal number as an integer with so many places.
func hundredths(text string, places int) (int64, error) {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > places || whole == "" || len(whole) > 9 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, errNumber
	}
	return strconv.ParseInt(whole+part+strings.Repeat("0", places-len(part)), 10, 64)
}

// typed is a code as its form holds it, in the site's time.
func typed(v *frame.Visit, c promo.Code) form {
	at := v.Brand().Location()
	f := form{
		Code: c.Code, About: c.About, Kind: "percent", Off: decimal(c.Rate, 4), Currency: currencyOf(v.Brand()), Starts: c.StartsAt.In(at).Format(minute), Stackable: c.Stackable,
	}
	if c.Amount > 0 {
		f.Kind, f.Off, f.Currency = "amount", decimal(c.Amount, 2), c.Currency
	}
	if c.ProductionID != uuid.Nil {
		f.Production = c.ProductionID.String()
	}
	if !c.EndsAt.IsZero() {
		f.Ends = c.EndsAt.In(at).Format(minute)
	}
	if c.MostUses > 0 {
		f.MostUses = strconv.Itoa(c.MostUses)
	}
	if c.MostPerEmail > 0 {
		f.MostPerEmail = strconv.Itoa(c.MostPerEmail)
	}
	return f
}

// typedExactly is the same to the microsecond, to put a code back to what it was.
func typedExactly(c promo.Code) map[string]string {
	fields := map[string]string{"about": c.About, "kind": "percent", "off": decimal(c.Rate, 4), "starts": c.StartsAt.Format(time.RFC3339Nano)}
	if c.Amount > 0 {
		fields["kind"], fields["off"], fields["currency"] = "amount", decimal(c.Amount, 2), c.Currency
	}
	if c.ProductionID != uuid.Nil {
		fields["production"] = c.ProductionID.String()
	}
	if !c.EndsAt.IsZero() {
		fields["ends"] = c.EndsAt.Format(time.RFC3339Nano)
	}
	if c.MostUses > 0 {
		fields["most_uses"] = strconv.Itoa(c.MostUses)
	}
	if c.MostPerEmail > 0 {
		fields["most_per_email"] = strconv.Itoa(c.MostPerEmail)
	}
	if c.Stackable {
		fields["stackable"] = "yes"
	}
	return fields
}

// decimal writes an integer with so many places as people do: 12.5, 5.00.
func decimal(n int64, places int) string {
	text := strconv.FormatInt(n, 10)
	text = strings.Repeat("0", max(0, places+1-len(text))) + text
	whole, part := text[:len(text)-places], text[len(text)-places:]
	if places > 2 {
		part = strings.TrimRight(part, "0")
	}
	if part == "" {
		return whole
	}
	return whole + "." + part
}

// fingerprint is a short name of all that a form can change of a code.
func fingerprint(c promo.Code) string {
	values := url.Values{"paused": {strconv.FormatBool(c.Paused)}}
	for name, value := range typedExactly(c) {
		values.Set(name, value)
	}
	sum := sha256.Sum256([]byte(values.Encode()))
	return hex.EncodeToString(sum[:8])
}
