package content

import (
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms"
)

func TestPerson(t *testing.T) {
	t.Parallel()
	checkFaults(t, Check(with(aPerson(), fields{"name": " ", "website": "javascript:alert(1)", "biography": tr{"en-US": []any{}}})),
		"name: must be filled in", "website: must be an https address", "biography (en-US): can't be read")
	s := newStage(t)
	s.must(house()...)
	s.facts()
	s.must(later(with(aPerson(), fields{"name": "Ada M.", "biography": tr{"en-GB": `<p onclick="x()">Hello<script>alert(1)</script></p>`}}), 2))
	if got := s.text("select name || biography::text from people"); got != `Ada M.{"en-gb": "<p>Hello</p>"}` {
		t.Errorf("got %s", got)
	}
	if told := about(s.facts(), "show.changed"); len(told) != 1 {
		t.Errorf("told %q, want the show they play in", told)
	}
	s.must(gone(cms.Delete, cms.Person, "h-ada", 3))
	if n := s.count("select count(*) from people"); n != 0 {
		t.Error("what was told of somebody is kept after they were deleted")
	}
	if n := s.count("select count(*) from cms_entries where fields::text like '%everywhere%' or fields::text like '%Ada%'"); n != 0 {
		t.Error("the entry of somebody who was deleted is kept")
	}
	if told := about(s.facts(), "show.changed"); len(told) != 1 {
		t.Errorf("told %q", told)
	}
	s.must(later(aProduction(), 2)) // still names them: nobody waits for who is gone
	s.must(later(aPerson(), 4))
	if n := s.count("select count(*) from production_people join people using (source, entry_id)"); n != 1 {
		t.Error("who comes back is not in the cast")
	}
}
