package content

import (
	"slices"
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms"
)

func TestTypesAreWhole(t *testing.T) {
	t.Parallel()
	types := Types()
	var kinds []cms.Kind
	for _, one := range types {
		kinds = append(kinds, one.Kind)
		if one.Name == "" || one.About == "" {
			t.Errorf("%s has no name or says nothing about itself", one.Kind)
		}
		if f, found := one.Field(one.Title); !found || f.Form != Text || !f.Required {
			t.Errorf("entries of %s can't be listed by %q", one.Kind, one.Title)
		}
		seen := map[string]bool{}
		for _, f := range one.Fields {
			at := string(one.Kind) + "." + f.Name
			if f.Name == "" || f.Label == "" || f.Form == "" || seen[f.Name] {
				t.Errorf("%s lacks a name, a label or a form, or is there twice", at)
			}
			seen[f.Name] = true
			if (f.Form == Choice) != (len(f.Choices) > 0) && f.Form != Tags {
				t.Errorf("%s: choices don't go with %s", at, f.Form)
			}
			if (f.Form == Link || f.Form == Links) && len(f.LinksTo) == 0 {
				t.Errorf("%s leads nowhere", at)
			}
			for _, to := range f.LinksTo {
				if slices.Index(cms.Kinds(), to) >= slices.Index(cms.Kinds(), one.Kind) {
					t.Errorf("%s refers to %s, which cms.Kinds puts after it", at, to)
				}
			}
			if f.Form == JSON && (f.Help == "" || f.Sample == "") {
				t.Errorf("%s: nobody can guess its shape", at)
			}
			if f.Min > f.Max && f.Max != 0 {
				t.Errorf("%s: from %g to %g", at, f.Min, f.Max)
			}
		}
	}
	if !slices.Equal(kinds, cms.Kinds()) {
		t.Errorf("types are %v, want the order of cms.Kinds, %v", kinds, cms.Kinds())
	}
}
