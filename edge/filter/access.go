package filter

import (
	"errors"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Access lets visitors in, or not, by address, country and network operator.
//
// Being allowed by any list beats being denied by any other. With DenyOthers,
// whoever is on no list is denied. A country or operator that is not known is
// on no list. Staff are not exempt: a pass may be stolen, and a rule such as
// "this rehearsal site from the office only" is meant for them.
//
// Webhooks are refused only by a denied address: payment providers send them
// from clouds abroad, and a country or operator on a list was never meant for
// them. The origin verifies their signatures.
//
// It fails closed: where a rule depends on the address and the address cannot
// be read, nobody goes in.
type Access struct {
	allow, deny accessList
	denyOthers  bool
	isOpen      bool // no rule at all
}

type accessList struct {
	prefixes  address.PrefixSet
	countries map[string]bool
	asns      map[int]bool
}

func (Access) Name() string           { return "access" }
func (Access) Needs() []string        { return []string{"trace", "site", "canonical"} }
func (Access) Fails() chain.Direction { return chain.FailClosed }

const (
	accessOpen       chain.Reason = "access.open"
	accessAllowed    chain.Reason = "access.allowed"
	accessNotDenied  chain.Reason = "access.not-denied"
	accessWebhook    chain.Reason = "access.webhook"
	accessAddress    chain.Reason = "access.denied-address"
	accessCountry    chain.Reason = "access.denied-country"
	accessOperator   chain.Reason = "access.denied-operator"
	accessOthers     chain.Reason = "access.on-no-list"
	accessUnreadable chain.Reason = "access.unreadable-address"
)

func (f Access) Bind(s *site.Site) (chain.Filter, error) {
	a := &s.Access
	var err error
	if f.allow, err = newAccessList(a.AllowPrefixes, a.AllowCountries, a.AllowASNs); err != nil {
		return nil, err
	}
	if f.deny, err = newAccessList(a.DenyPrefixes, a.DenyCountries, a.DenyASNs); err != nil {
		return nil, err
	}
	f.denyOthers = a.DenyOthers
	f.isOpen = !f.denyOthers && f.deny.isEmpty()
	return f, nil
}

func newAccessList(prefixes, countries []string, asns []int) (accessList, error) {
	parsed := make([]address.Prefix, len(prefixes))
	for i, text := range prefixes {
		var err error
		if parsed[i], err = address.ParsePrefix(text); err != nil {
			return accessList{}, errors.New("prefix " + text + " " + err.Error())
		}
	}
	l := accessList{prefixes: address.NewPrefixSet(parsed)}
	if len(countries) > 0 {
		l.countries = make(map[string]bool, len(countries))
		for _, country := range countries {
			l.countries[country] = true
		}
	}
	if len(asns) > 0 {
		l.asns = make(map[int]bool, len(asns))
		for _, asn := range asns {
			l.asns[asn] = true
		}
	}
	return l, nil
}

func (l *accessList) isEmpty() bool {
	return l.prefixes.IsEmpty() && l.countries == nil && l.asns == nil
}

// What is not known is on no list.
func (l *accessList) hasCountry(country string) bool {
	return l.countries != nil && l.countries[country]
}
func (l *accessList) hasOperator(asn int) bool { return l.asns != nil && l.asns[asn] }

func (f Access) Decide(x *chain.Exchange) chain.Verdict {
	if f.isOpen {
		return chain.Continue(accessOpen)
	}
	from := &x.Request.Network
	if f.allow.hasCountry(from.Country) || f.allow.hasOperator(from.ASN) {
		return chain.Continue(accessAllowed)
	}
	if !f.allow.prefixes.IsEmpty() || !f.deny.prefixes.IsEmpty() {
		ip, ok := address.ParseIP(x.Request.RemoteIP)
		switch {
		case !ok:
			return chain.Fail(accessUnreadable)
		case f.allow.prefixes.Contains(ip):
			return chain.Continue(accessAllowed)
		case f.deny.prefixes.Contains(ip):
			return refuseAccess(x, accessAddress)
		}
	}
	switch {
	case x.Class == site.ClassWebhook:
		return chain.Continue(accessWebhook)
	case f.deny.hasCountry(from.Country):
		return refuseAccess(x, accessCountry)
	case f.deny.hasOperator(from.ASN):
		return refuseAccess(x, accessOperator)
	case f.denyOthers:
		return refuseAccess(x, accessOthers)
	default:
		return chain.Continue(accessNotDenied)
	}
}

// refuseAccess says that it is the network and not which rule: that would help
// only those who look for the way around it.
func refuseAccess(x *chain.Exchange, why chain.Reason) chain.Verdict {
	notice(x, &page.Notice{
		Status: 403, Type: "access-denied", Title: "This door is closed to your network",
		Detail: "We do not serve visitors from the network or the country that you are coming from. If you are using a VPN or a proxy, " +
			"try again without it. If you think that this is a mistake, write to us and quote the number below.",
	})
	return chain.Respond(why)
}
