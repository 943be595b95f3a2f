package staff

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// TestEveryActionIsListed reads the source: a constant of type Action that the table lacks is denied to everybody,
// which whoever added it did not mean.
func TestEveryActionIsListed(t *testing.T) {
	t.Parallel()
	tree, err := parser.ParseFile(token.NewFileSet(), "permission.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[Action]bool{}
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Action" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared[Action(text)] = true
		}
		return true
	})
	if len(declared) < 10 {
		t.Fatalf("only %d actions found in the source", len(declared))
	}
	for a := range declared {
		if len(permissions[a]) == 0 {
			t.Errorf("%s is not in the table", a)
		}
	}
	for a, roles := range permissions {
		if !declared[a] {
			t.Errorf("%s is in the table and nowhere else", a)
		}
		admin := false
		for _, r := range roles {
			if !r.Known() {
				t.Errorf("%s: %q is no role", a, r)
			}
			admin = admin || r == Admin
		}
		if !admin {
			t.Errorf("an admin may not %s", a)
		}
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	at := func(role Role, brand string) []Grant { return []Grant{{Role: role, Brand: brand}} }
	for _, tc := range []struct {
		name   string
		grants []Grant
		action Action
		brand  string
		want   bool
	}{
		{"nobody may anything", nil, SeeHome, "lyceum", false},
		{"venue staff close their theatre", at(VenueStaff, "lyceum"), ChangeMaintenance, "lyceum", true},
		{"but not another", at(VenueStaff, "lyceum"), ChangeMaintenance, "shubert", false},
		{"nor all at once", at(VenueStaff, "lyceum"), ChangeMaintenance, Group, false},
		{"of the group they close each", at(VenueStaff, Group), ChangeMaintenance, "shubert", true},
		{"and all", at(VenueStaff, Group), ChangeMaintenance, Group, true},
		{"a marketer closes nothing", at(Marketer, Group), ChangeMaintenance, "lyceum", false},
		{"the box office looks", at(BoxOffice, "lyceum"), SeeMaintenance, "lyceum", true},
		{"an unknown action is denied", at(Admin, Group), "tickets.give-away", "lyceum", false},
		{"an unknown role may nothing", at("owner", Group), SeeHome, "lyceum", false},
		{"no brand is no brand", at(Admin, ""), SeeHome, "", false},
		{"grants do not mix", []Grant{{Role: VenueStaff, Brand: "lyceum"}, {Role: Marketer, Brand: "shubert"}}, ChangeRedirects, "lyceum", false},
	} {
		if got := (Person{Grants: tc.grants}).May(tc.action, tc.brand); got != tc.want {
			t.Errorf("%s: May(%s, %q) = %v", tc.name, tc.action, tc.brand, got)
		}
	}
}
