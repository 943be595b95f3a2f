// Package storefront is a brand's web site: what is on, a show, the seat map, checkout and the tickets.
//
// Pages are HTML first (package page) and say the same to everyone who asks the same, except for what belongs to the
// visitor's session. Scripts (asset/static/js) enhance them and talk to the API. The brand comes from the request's
// verified hop (package session); a theatre's site shows that theatre, the group's site shows all.
//
// When a part is down the page says so in words: 503 when Postgres or the holds cannot be asked, a page without
// results when search cannot.
package storefront
