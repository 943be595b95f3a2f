package apidoc

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// view is what the template shows.
type view struct {
	Title    string
	Version  string
	Intro    string
	Base     string
	Tags     []tag
	Schemas  []schema
	Problems []Problem
	Links    Links
}

type tag struct {
	Name        string
	Anchor      string
	Description string
	Operations  []operation
}

type operation struct {
	ID          string
	Anchor      string
	Method      string
	Path        string
	Summary     string
	Description string
	Parameters  []field
	Body        *content
	Responses   []response
}

// place is where the document writes the operation.
func (o operation) place(written []byte) int {
	return bytes.Index(written, []byte("operationId: "+o.ID+"\n"))
}

// field is a parameter or a property.
type field struct {
	Name        string
	In          string // of a parameter: path, query, header
	Type        kind
	Required    bool
	Description string
	Example     string
	Values      []string // when only these will do
	Bounds      string
}

// kind is the type of a field, with the schema it links to, if that has a name.
type kind struct {
	Text  string
	Link  string
	Array bool
}

type content struct {
	Media   string
	Type    kind
	Example string
}

type response struct {
	Status      string
	Good        bool
	Description string
	Headers     []field
	Content     *content
}

type schema struct {
	Name        string
	Description string
	Fields      []field
	Values      []string
}

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

func newView(doc *openapi3.T, written []byte) (*view, error) {
	v := &view{Title: doc.Info.Title, Version: doc.Info.Version, Intro: doc.Info.Description}
	if len(doc.Servers) > 0 {
		v.Base = doc.Servers[0].URL
	}
	for _, t := range doc.Tags {
		v.Tags = append(v.Tags, tag{Name: t.Name, Anchor: "tag-" + strings.ToLower(t.Name), Description: t.Description})
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		operations := doc.Paths.Value(path).Operations()
		for _, method := range methods {
			o := operations[method]
			if o == nil {
				continue
			}
			drawn, err := newOperation(method, v.Base+path, o)
			if err != nil {
				return nil, err
			}
			for i := range v.Tags {
				if slices.Contains(o.Tags, v.Tags[i].Name) {
					v.Tags[i].Operations = append(v.Tags[i].Operations, drawn)
				}
			}
		}
	}
	for _, t := range v.Tags {
		slices.SortStableFunc(t.Operations, func(a, b operation) int { return a.place(written) - b.place(written) })
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		v.Schemas = append(v.Schemas, newSchema(name, doc.Components.Schemas[name].Value))
	}
	return v, nil
}

func newOperation(method, path string, o *openapi3.Operation) (operation, error) {
	drawn := operation{
		ID: o.OperationID, Anchor: strings.ToLower(o.OperationID), Method: method, Path: path, Summary: o.Summary, Description: o.Description,
	}
	for _, ref := range o.Parameters {
		p := ref.Value
		f := newField(p.Name, p.Schema, p.Required)
		f.In, f.Description = p.In, cmp.Or(p.Description, f.Description)
		if p.Example != nil {
			f.Example = inline(p.Example)
		}
		drawn.Parameters = append(drawn.Parameters, f)
	}
	if o.RequestBody != nil {
		body, err := newContent(o.RequestBody.Value.Content)
		if err != nil {
			return drawn, err
		}
		drawn.Body = body
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses.Map())) {
		r := o.Responses.Value(status).Value
		one := response{Status: status, Good: status < "400"}
		if r.Description != nil {
			one.Description = *r.Description
		}
		for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
			h := r.Headers[name].Value
			f := newField(name, h.Schema, false)
			f.Description = h.Description
			one.Headers = append(one.Headers, f)
		}
		var err error
		if one.Content, err = newContent(r.Content); err != nil {
			return drawn, err
		}
		drawn.Responses = append(drawn.Responses, one)
	}
	return drawn, nil
}

// newContent takes the first media type: the document never offers two.
func newContent(all openapi3.Content) (*content, error) {
	for _, media := range slices.Sorted(maps.Keys(all)) {
		m := all[media]
		c := &content{Media: media, Type: kindOf(m.Schema)}
		text, err := exampleText(m)
		c.Example = text
		return c, err
	}
	return nil, nil
}

func newSchema(name string, s *openapi3.Schema) schema {
	drawn := schema{Name: name, Description: s.Description, Values: values(s)}
	for _, part := range append([]*openapi3.SchemaRef{{Value: s}}, s.AllOf...) {
		for _, property := range slices.Sorted(maps.Keys(part.Value.Properties)) {
			required := slices.Contains(part.Value.Required, property)
			drawn.Fields = append(drawn.Fields, newField(property, part.Value.Properties[property], required))
		}
	}
	slices.SortStableFunc(drawn.Fields, func(a, b field) int { // what is always there comes first
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return drawn
}

func newField(name string, ref *openapi3.SchemaRef, required bool) field {
	f := field{Name: name, Required: required, Type: kindOf(ref)}
	if ref == nil || ref.Value == nil {
		return f
	}
	f.Bounds = bounds(ref.Value)
	if ref.Ref == "" {
		f.Description, f.Values = ref.Value.Description, values(ref.Value)
		if ref.Value.Example != nil && !ref.Value.Type.Is("object") {
			f.Example = inline(ref.Value.Example)
		}
	}
	return f
}
