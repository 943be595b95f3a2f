package content

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms/richtext"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

type person struct {
	name, website string
	biography     words[richtext.Text]
	main          string
}

func decodePerson(r *reader) entry {
	p := person{name: one(each(r, "name", text)), website: one(each(r, "website", text)), biography: each(r, "biography", rich), main: r.main}
	if p.website != "" {
		if at, err := url.Parse(p.website); err != nil || at.Scheme != "https" || at.Host == "" {
			r.fault("website", "", "must be an https address, such as https://example.com/")
		}
	}
	return p
}

// write makes the person, or changes them. A person belongs to no brand: biographies are kept in every locale, and each
// site shows its own.
func (p person) write(ctx context.Context, w *work, _ bool) (string, error) {
	texts := map[string]string{}
	for locale, text := range p.biography.all() {
		texts[locale] = text.HTML
	}
	biography, err := json.Marshal(texts)
	if err != nil {
		return "", err
	}
	id := identify(w.change.Source, w.change.ID, "person")
	if err := w.q.PutPerson(ctx, dbsqlc.PutPersonParams{
		ID: id, Source: string(w.change.Source), EntryID: w.change.ID, Name: p.name, Biography: biography, DefaultLocale: p.main, Website: p.website,
	}); err != nil {
		return "", err
	}
	return id.String(), w.touchCredited(ctx)
}

// touchCredited notes the shows whose programme names the person.
func (w *work) touchCredited(ctx context.Context) error {
	productions, err := w.q.ListProductionsOfPerson(ctx, dbsqlc.ListProductionsOfPersonParams{Source: string(w.change.Source), EntryID: w.change.ID})
	for _, id := range productions {
		w.facts.touch(id)
	}
	return err
}

// dropPerson erases what was told of a person. Credits still name the entry, and nobody is shown there.
func dropPerson(ctx context.Context, w *work, domainID string) error {
	id, err := uuid.Parse(domainID)
	if err != nil {
		return err
	}
	if err := w.q.DropPerson(ctx, id); err != nil {
		return err
	}
	return w.touchCredited(ctx)
}
