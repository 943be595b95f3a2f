package content

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Catalogue applies changes. It has no state of its own and is safe for concurrent use.
type Catalogue struct {
	Now func() time.Time // nil: time.Now
}

// entry is a decoded entry of one kind.
type entry interface {
	// write makes the rows that the entry speaks for and returns what they are known by: the domain ID. shown is false
	// for an entry that was taken back already when its publishing became known.
	write(ctx context.Context, w *work, shown bool) (domainID string, err error)
}

// kind is how entries of a kind are handled.
type kind struct {
	decode func(*reader) entry
	// retract is what happens when an entry that was published is taken back. Of a kind that keeps its rows others may
	// still speak, so it stays known with its fields; of another nothing is left but the note that it is gone.
	retract func(ctx context.Context, w *work, domainID string) error
	keeps   bool
}

func kindOf(k cms.Kind) (kind, bool) {
	switch k {
	case cms.Brand:
		return kind{decodeBrand, staysOpen, true}, true
	case cms.Venue:
		return kind{decodeVenue, staysOpen, true}, true
	case cms.SeatingPlan:
		return kind{decodeSeatingPlan, staysOpen, true}, true
	case cms.Production:
		return kind{decodeProduction, hideProduction, true}, true
	case cms.Person:
		return kind{decodePerson, dropPerson, false}, true
	case cms.PriceList:
		return kind{decodePriceList, dropPriceList, false}, true
	case cms.PerformanceSchedule:
		return kind{decodeSchedule, dropSchedule, false}, true
	case cms.Article:
		return kind{decodeArticle, dropArticle, false}, true
	case cms.Promotion:
		return kind{decodePromotion, dropPromotion, false}, true
	}
	return kind{}, false
}

// staysOpen: an editor who takes the entry of a brand, a venue or a seating plan back closes nothing. Sites are closed by
// the people who look after them, and what was announced there is played.
func staysOpen(context.Context, *work, string) error { return nil }

// Check reports every fault that can be seen in the fields of a change alone, as an *InvalidError. Apply may find more
// once it sees what the fields refer to.
func Check(change cms.Change) error {
	_, err := decode(change)
	return err
}

func decode(change cms.Change) (entry, error) {
	r := newReader(change)
	known, found := kindOf(change.Kind)
	if !found || change.Action != cms.Publish {
		return nil, r.err()
	}
	e := known.decode(r)
	return e, r.err()
}

// Apply makes a change part of the house, within tx. Any change may come again or late: one that is not newer than what
// is known of its entry has no effect. *InvalidError and *WaitingError are answers about the entry, every other error is
// a failure that trying again may mend; whatever the error, nothing has changed and tx can still be used.
func (c *Catalogue) Apply(ctx context.Context, tx pgx.Tx, change cms.Change) error {
	change.Stamp = stored(change.Stamp)
	known, found := kindOf(change.Kind)
	if !found || change.ID == "" || len(change.ID) > 200 || !utf8.ValidString(change.ID) || strings.ContainsRune(change.ID, 0) || !isLocale(change.DefaultLocale) || change.Source != cms.Contentful && change.Source != cms.Umbraco {
		r := newReader(change)
		if found {
			r.fault("", "", "an entry has an ID and a language, and comes from one of the content systems")
		}
		return r.err()
	}
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		w := &work{change: change, tx: tx, q: dbsqlc.New(tx), now: c.now()}
		return w.apply(ctx, known)
	})
	var invalid *InvalidError
	var waiting *WaitingError
	if err == nil || errors.As(err, &invalid) || errors.As(err, &waiting) {
		return err
	}
	return fmt.Errorf("content: apply %s %s: %w", change.Kind, change.ID, err)
}

func (c *Catalogue) now() time.Time {
	if c.Now != nil {
		return c.Now().UTC()
	}
	return time.Now().UTC()
}

// stored is a stamp as the database can hold it.
func stored(s cms.Stamp) cms.Stamp {
	return cms.Stamp{At: s.At.UTC().Truncate(time.Microsecond), Revision: s.Revision}
}

// work is one change being applied.
type work struct {
	change cms.Change
	tx     pgx.Tx
	q      *dbsqlc.Queries
	now    time.Time
	facts  facts
	alive  map[uuid.UUID]int // orders that somebody may still come with, by performance; set by reschedule
}

// apply decides what is to be done: see the package's comment for the rule. Two stamps are kept of an entry: that of its
// newest change, and that of its newest fields. They differ where the publishing that came before an unpublishing was
// late: then the rows are made and stay hidden, so that whatever refers to them does not wait for ever.
func (w *work) apply(ctx context.Context, k kind) error {
	source, id := string(w.change.Source), w.change.ID
	if err := w.q.LockContentEntry(ctx, dbsqlc.LockContentEntryParams{Source: source, EntryID: id}); err != nil {
		return err
	}
	row, err := w.q.GetContentEntry(ctx, dbsqlc.GetContentEntryParams{Source: source, EntryID: id})
	fresh := errors.Is(err, pgx.ErrNoRows)
	if err != nil && !fresh {
		return err
	}
	if fresh {
		row = dbsqlc.CmsEntry{Source: source, EntryID: id, Kind: string(w.change.Kind)}
	} else if row.Kind != string(w.change.Kind) {
		return w.invalid(Fault{Why: fmt.Sprintf("this entry was a %s and can't become a %s: make a new one", row.Kind, w.change.Kind)})
	}
	newer := fresh || w.change.Stamp.After(cms.Stamp{At: row.StampAt, Revision: row.StampRevision})
	publish := w.change.Action == cms.Publish
	switch {
	case newer && publish:
		err = w.publish(ctx, &row, true)
	case newer:
		err = w.retract(ctx, k, &row)
	case publish && k.keeps && row.Action != string(cms.Publish) && w.newerFields(row):
		// A late publishing: nobody sees it, and nobody is told.
		if err := w.publish(ctx, &row, false); err != nil {
			return err
		}
		return w.put(ctx, row)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	row.Action, row.StampAt, row.StampRevision = string(w.change.Action), w.change.Stamp.At, w.change.Stamp.Revision
	if err := w.put(ctx, row); err != nil {
		return err
	}
	return w.tell(ctx)
}

func (w *work) newerFields(row dbsqlc.CmsEntry) bool {
	return row.FieldsAt == nil || w.change.Stamp.After(cms.Stamp{At: *row.FieldsAt, Revision: *row.FieldsRevision})
}

func (w *work) publish(ctx context.Context, row *dbsqlc.CmsEntry, shown bool) error {
	e, err := decode(w.change)
	if err != nil {
		return err
	}
	if row.DomainID != nil {
		w.facts.domainID = *row.DomainID
	}
	domainID, err := e.write(ctx, w, shown)
	if err != nil {
		return err
	}
	kept, _ := clean(w.change) // its faults were told by decode
	fields, err := json.Marshal(kept.Fields)
	if err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	row.DomainID, row.Fields, row.DefaultLocale = &domainID, fields, w.change.DefaultLocale
	row.FieldsAt, row.FieldsRevision = &w.change.Stamp.At, &w.change.Stamp.Revision
	return nil
}

func (w *work) retract(ctx context.Context, k kind, row *dbsqlc.CmsEntry) error {
	if row.DomainID != nil {
		if err := k.retract(ctx, w, *row.DomainID); err != nil {
			return err
		}
	}
	if !k.keeps {
		row.DomainID, row.Fields, row.FieldsAt, row.FieldsRevision = nil, nil, nil, nil
	}
	return nil
}

func (w *work) put(ctx context.Context, row dbsqlc.CmsEntry) error {
	return w.q.PutContentEntry(ctx, dbsqlc.PutContentEntryParams{
		Source: row.Source, EntryID: row.EntryID, Kind: row.Kind, Action: row.Action, StampAt: row.StampAt, StampRevision: row.StampRevision,
		Fields: row.Fields, FieldsAt: row.FieldsAt, FieldsRevision: row.FieldsRevision, DefaultLocale: row.DefaultLocale,
		DomainID: row.DomainID, AppliedAt: w.now,
	})
}

func (w *work) invalid(faults ...Fault) error {
	return &InvalidError{Kind: w.change.Kind, ID: w.change.ID, Faults: faults}
}

// refer finds what a link leads to: its domain ID. Entries that were taken back count, as long as they keep their rows.
func (w *work) refer(ctx context.Context, field string, ref cms.Ref, kinds ...cms.Kind) (string, error) {
	row, err := w.entry(ctx, ref)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", w.waiting(field, ref)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", field, err)
	}
	for _, k := range kinds {
		if row.Kind == string(k) {
			if row.DomainID == nil {
				return "", w.waiting(field, ref)
			}
			return *row.DomainID, nil
		}
	}
	return "", w.invalid(Fault{Field: field, Why: fmt.Sprintf("links to a %s; it must be a %s", row.Kind, joined(kinds))})
}

// entry is what is known of an entry that this one refers to; it stays so while this one is applied. Kinds refer to those
// before them in cms.Kinds alone, so that nobody waits for each other. pgx.ErrNoRows.
func (w *work) entry(ctx context.Context, ref cms.Ref) (dbsqlc.CmsEntry, error) {
	source := string(w.change.Source)
	if err := w.q.LockContentRef(ctx, dbsqlc.LockContentRefParams{Source: source, EntryID: ref.ID}); err != nil {
		return dbsqlc.CmsEntry{}, err
	}
	return w.q.GetContentEntry(ctx, dbsqlc.GetContentEntryParams{Source: source, EntryID: ref.ID})
}

func (w *work) waiting(field string, ref cms.Ref) error {
	return &WaitingError{Source: w.change.Source, Kind: w.change.Kind, ID: w.change.ID, Field: field, Ref: ref}
}

// referRow is refer where domain IDs are UUIDs.
func (w *work) referRow(ctx context.Context, field string, ref cms.Ref, kinds ...cms.Kind) (uuid.UUID, error) {
	id, err := w.refer(ctx, field, ref, kinds...)
	if err != nil {
		return uuid.Nil, err
	}
	return uuid.Parse(id)
}

func joined(kinds []cms.Kind) string {
	texts := make([]string, len(kinds))
	for i, k := range kinds {
		texts[i] = string(k)
	}
	return strings.Join(texts, " or a ")
}

// alone refuses a second entry that speaks for the same thing.
func (w *work) alone(ctx context.Context, field, domainID, what string) error {
	other, err := w.q.OtherContentEntry(ctx, dbsqlc.OtherContentEntryParams{
		Kind: string(w.change.Kind), DomainID: &domainID, Source: string(w.change.Source), EntryID: w.change.ID,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.invalid(Fault{Field: field, Why: fmt.Sprintf("%s belongs to the entry %s of %s: change that one, or delete it first", what, other.EntryID, other.Source)})
}
