package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// The driver knows an uuid.UUID by its methods for database/sql alone, and would take every one of them through its text
// and back. These tell it that it is sixteen bytes.

// nativeUUIDs is for every connection of a pool.
func nativeUUIDs(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	types.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{encodeUUID}, types.TryWrapEncodePlanFuncs...)
	types.TryWrapScanPlanFuncs = append([]pgtype.TryWrapScanPlanFunc{scanUUID}, types.TryWrapScanPlanFuncs...)
	return nil
}

// bytes16 is an uuid.UUID as pgtype asks for it.
type bytes16 uuid.UUID

// UUIDValue implements pgtype.UUIDValuer.
func (b bytes16) UUIDValue() (pgtype.UUID, error) { return pgtype.UUID{Bytes: b, Valid: true}, nil }

// ScanUUID implements pgtype.UUIDScanner. NULL changes nothing, as with uuid.UUID's own Scan.
func (b *bytes16) ScanUUID(v pgtype.UUID) error {
	if v.Valid {
		*b = v.Bytes
	}
	return nil
}

type encodeUUIDPlan struct{ next pgtype.EncodePlan }

func (p *encodeUUIDPlan) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *encodeUUIDPlan) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(bytes16(value.(uuid.UUID)), buf)
}

func encodeUUID(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
	id, ok := value.(uuid.UUID)
	return &encodeUUIDPlan{}, bytes16(id), ok
}

type scanUUIDPlan struct{ next pgtype.ScanPlan }

func (p *scanUUIDPlan) SetNext(next pgtype.ScanPlan) { p.next = next }

func (p *scanUUIDPlan) Scan(src []byte, into any) error {
	return p.next.Scan(src, (*bytes16)(into.(*uuid.UUID)))
}

func scanUUID(into any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
	id, ok := into.(*uuid.UUID)
	return &scanUUIDPlan{}, (*bytes16)(id), ok
}
