package importing_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
)

func TestFaultsNameTheLineAndTheColumn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const header = "site,match,source,target,status,starts_at,enabled\n"
	for _, tc := range []struct{ name, file, want string }{
		{"empty", "", "0:0 the file is empty"},
		{"header alone", header, "1:0 the file has a header and no rules"},
		{"no header", "/a,/b\n/c,/d\n", "1:0 the first line must name the columns"},
		{"unknown column", "site,source,target,colour\nlyceum,/a,/b,red\n", "1:4 is no column of ours"},
		{"column twice", "site,source,target,source\nlyceum,/a,/b,/c\n", "1:4 source stands there twice"},
		{"column missing", "site,source\nlyceum,/a\n", "1:0 target is missing from the header"},
		{"no site", "source,target\n/a,/b\n", "1:0 site is missing"},
		{"unknown site", header + "globe,,/a,/b,,,\n", "2:1 site is no site of ours"},
		{"another's site", header + "shubert,,/a#not-yours,/b,,,\n", "2:1 site is not yours"},
		{"too few fields", header + "lyceum,,/a,/b,,,\nlyceum,/c\n", "3:0 the line has 2 fields, the header 7"},
		{"status", header + "lyceum,,/a,/b,200,,\n", "2:5 status must be 301"},
		{"status in words", header + "lyceum,,/a,/b,moved,,\n", "2:5 status must be 301"},
		{"match", header + "lyceum,fuzzy,/a,/b,,,\n", "2:2 match must be"},
		{"moment", header + "lyceum,,/a,/b,,tomorrow,\n", "2:6 starts_at must be like"},
		{"yes or no", header + "lyceum,,/a,/b,,,perhaps\n", "2:7 enabled must be true or false"},
		{"protected path", header + "lyceum,,/a,/b,,,\nlyceum,,/checkout,/b,,,\n", "3:3 source /checkout is protected"},
		{"off host", header + "lyceum,,/a,https://evil.example/,,,\n", "2:4 target evil.example is not among the hosts"},
		{"twice", header + "lyceum,,/a,/b,,,\nlyceum,,/c,/b,,,\nlyceum,,/a,/d,,,\n", "4:3 source stands in line 2 already"},
		{"open quotation", header + "lyceum,,/a,/b,,,\nlyceum,,\"/c,/d,,,\n", "3:0 has a quotation mark that is never closed"},
		{"bare quotation", header + "lyceum,,/a\"b,/d,,,\n", "2:0 has a quotation mark within a field"},
		{"not UTF-8", header + "lyceum,,/a,/b\xff,,,\n", "2:4 target is not text in UTF-8"},
		{"UTF-16", "\xff\xfes\x00i\x00", "0:0 the file is in UTF-16"},
		{"spreadsheet", "PK\x03\x04", "0:0 the file is a spreadsheet"},
		{"after a field of several lines", "site,source,target,note\nlyceum,/a,/b,\"one\ntwo\"\nlyceum,/checkout,/b,\n", "4:2 source /checkout is protected"},
	} {
		j := d.upload(t, importing.Merge, tc.file)
		if j.State != importing.Faulty || j.FaultCount != 1 {
			t.Errorf("%s: state %s, %d faults %+v, problem %q", tc.name, j.State, j.FaultCount, j.Faults, j.Problem)
			continue
		}
		f := j.Faults[0]
		if got := strings.ReplaceAll(fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Name, f.Says), "  ", " "); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	if n := d.count(t, "select count(*) from redirects"); n > 0 {
		t.Errorf("%d rules came in", n)
	}
	if n := d.count(t, "select count(*) from redirect_import_rows"); n > 0 {
		t.Errorf("%d lines are left", n)
	}
}

func TestManyFaultsAreCountedAndTheFirstKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	j := d.upload(t, importing.Merge, "site,source,target\n"+strings.Repeat("lyceum,/checkout,/b\n", 1000))
	if j.FaultCount != 1000 || len(j.Faults) != 200 {
		t.Errorf("%d faults, %d kept", j.FaultCount, len(j.Faults))
	}
}

func TestASpreadsheetsOwnWays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := "\xef\xbb\xbfSite;Source;Target;Starts_At;Enabled\r\nlyceum;/panto;/shows/cinderella;2026-12-01 10:00;yes\r\n\r\nshubert;/old/*;/shows/$1;2026-12-01 10:00;NO\r\n"
	j := d.apply(t, d.upload(t, importing.Merge, file))
	if j.State != importing.Applied || j.Rows != 2 || len(j.Made) != 2 {
		t.Fatalf("%+v", j)
	}
	rules, err := d.editor.Redirects(t.Context(), "all")
	if err != nil || len(rules) != 2 {
		t.Fatalf("%+v, %v", rules, err)
	}
	if l, s := rules[0], rules[1]; l.Match != "exact" || l.StartsAt.Hour() != 10 || l.Disabled || l.Status != 302 || !l.PreserveQuery ||
		s.Match != "pattern" || s.StartsAt.Hour() != 15 || !s.Disabled {
		t.Errorf("%+v\n%+v", l, s)
	}
}
