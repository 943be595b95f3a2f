// Package redirect compiles the marketers' redirect rules into one immutable
// run of bytes, finds in it the one rule that applies to a request, explains
// why, and tells before publishing what is wrong with a set of rules.
//
// A lookup costs a handful of hash probes, however many rules there are: one
// for the whole path, one for each border between its segments at which some
// prefix ends, and one for each shape (the positions of the wildcards) that
// the patterns have. Nothing is scanned and nothing is allocated, and the
// index is read where it lies: opening a million rules reads one header.
//
// The most specific rule wins:
//
//  1. a rule for the request's hostname, or for a domain it is under, before
//     one for every hostname;
//  2. then exact before pattern and prefix, and these before host;
//  3. between pattern and prefix, the one that fixes more segments; with as
//     many, the pattern, which fixes the length as well; between two patterns
//     that fix as many, the one without "**", then the longer one, then the
//     one that fixes an earlier segment;
//  4. with the same path, the hostname itself before a domain it is under,
//     and of two domains the longer;
//  5. between two of the same source, the one that started later, and of
//     those the one given first.
//
// Paths are compared in canonical form (edge/address), case-sensitively, and
// without regard to a trailing slash.
//
// # Compared with Cloudflare's Bulk Redirects
//
// What one can say there can be said here
// (https://developers.cloudflare.com/rules/url-forwarding/bulk-redirects/reference/parameters/):
//
//	source_url             Source, with or without hostname. No scheme: plain http is moved to https before any rule.
//	                       Without a hostname it holds for the site's own. A query is matched by neither.
//	target_url             Target; a path alone stays on the site. Other hosts must be allowed ones, user names are refused.
//	status_code            Status: the same four; not said, it is 302 and not 301, which browsers would keep for ever.
//	include_subdomains     IncludeSubdomains: the hostname and every one under it that the site serves.
//	subpath_matching       Match "prefix". Up to 63 segments; Cloudflare allows 16 slashes.
//	preserve_query_string  PreserveQuery; the target may have a query of its own too, whose parameters win.
//	                       Without it Cloudflare drops the query; here campaign parameters (utm_*, gclid ...) stay.
//	preserve_path_suffix   PreserveSuffix; not said, it is false here and true there.
//	which one wins         The same among rules that name a hostname: the more specific path, then the exact hostname,
//	                       then the longer domain. An exact path wins over a prefix of the same path.
//
// Patterns, rules for every hostname, starts and ends, several rules of one
// source and protected paths have no counterpart there.
package redirect
