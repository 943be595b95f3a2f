package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/search/index"
)

// retrySoon is what Retry-After says when a part is down.
const retrySoon = 2 * time.Second

// translate is the one place where errors become answers. What it does not know is our fault.
func translate(err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	for _, translator := range []func(error) *problem{sentinels, details, downtime} {
		if p := translator(err); p != nil {
			p.cause = err
			return p
		}
	}
	return &problem{code: codeInternal, cause: err}
}

// sentinels maps the errors that say everything by themselves.
func sentinels(err error) *problem {
	for _, known := range []struct {
		err  error
		code code
	}{
		{booking.ErrNotFound, codeNotFound},
		{booking.ErrNotSoldHere, codeNotFound},
		{show.ErrNotFound, codeNotFound},
		{hold.ErrUnknownPerformance, codeNotFound},
		{booking.ErrHoldGone, codeHoldGone},
		{hold.ErrGone, codeHoldGone},
		{booking.ErrNotYours, codeNotYourHold},
		{hold.ErrNotYours, codeNotYourHold},
		{booking.ErrCalledOff, codeCalledOff}, // before ErrNotOnSale, which it is, too
		{booking.ErrNotOnSale, codeNotOnSale},
		{booking.ErrPaid, codeOrderPaid},
		{booking.ErrReplaced, codeOrderReplaced},
		{booking.ErrPricesChanged, codePricesChanged},
		{booking.ErrNothingToPay, codeNothingToPay},
		{booking.ErrKeyMissing, codeKeyMissing},
		{idempotency.ErrReused, codeKeyReused},
		{hold.ErrExtended, codeHoldExtended},
		{hold.ErrNoneFree, codeNoneLeft},
	} {
		if errors.Is(err, known.err) {
			return &problem{code: known.code}
		}
	}
	return nil
}

// details maps the errors that name fields, seats or times.
func details(err error) *problem {
	var invalid *booking.InvalidError
	var wrongHold *hold.InvalidError
	var lost *booking.SeatsLostError
	var taken *hold.TakenError
	var alone *hold.AloneError
	var full *hold.FullError
	var busy *idempotency.InProgressError
	var room *hold.RoomError
	var reached *limit.ReachedError
	switch {
	case errors.As(err, &room):
		return &problem{code: codeWaitingRoom, detail: "There is a waiting room for " + room.Name + ". Please take your place in it first.", url: room.URL}
	case errors.As(err, &reached):
		return &problem{code: codeLimitReached, detail: reached.Words()}
	case errors.As(err, &invalid):
		p := &problem{code: codeInvalid}
		for _, f := range invalid.Fields {
			p.fields = append(p.fields, apigen.FieldError{Field: f.Field, Reason: f.Reason})
		}
		return p
	case errors.As(err, &wrongHold):
		return badField(codeInvalid, wrongHold.Field, "%s", wrongHold.Reason)
	case errors.As(err, &lost):
		return &problem{code: codeSeatsTaken, seats: lost.Seats}
	case errors.As(err, &taken):
		return &problem{code: codeSeatsTaken, seats: taken.Seats}
	case errors.As(err, &alone):
		return &problem{code: codeSeatLeftAlone, detail: alone.Reason, seats: alone.Seats, instead: alone.Instead}
	case errors.As(err, &full) && full.Left > 0:
		return &problem{code: codeNoneLeft, detail: fmt.Sprintf("There are only %d places left there. Please ask for fewer.", full.Left)}
	case errors.As(err, &full):
		return &problem{code: codeNoneLeft, detail: "There are no places left there. Please try another part of the house."}
	case errors.As(err, &busy):
		return &problem{code: codeRequestInProgress, retryAfter: busy.RetryAfter}
	}
	return nil
}

// downtime maps the errors of parts that don't answer.
func downtime(err error) *problem {
	var connect *pgconn.ConnectError
	var network net.Error
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, booking.ErrPaymentUnavailable):
		return &problem{code: codePaymentUnavailable, retryAfter: retrySoon}
	case errors.Is(err, index.ErrUnavailable), errors.Is(err, index.ErrNoIndex):
		return &problem{code: codeSearchUnavailable, retryAfter: 5 * retrySoon}
	case errors.Is(err, hold.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.As(err, &connect), errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		// Postgres out of connections, shutting down or starting up.
		errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "08")):
		return &problem{code: codeUnavailable, retryAfter: retrySoon}
	}
	return nil
}

// unreadable maps what keeps a request from being read: its address, its headers, its body.
func unreadable(err error) *problem {
	var tooLarge *http.MaxBytesError
	var wrongType *json.UnmarshalTypeError
	var format *apigen.InvalidParamFormatError
	var missing *apigen.RequiredParamError
	var header *apigen.RequiredHeaderError
	var many *apigen.TooManyValuesForParamError
	p := &problem{code: codeBadRequest}
	switch {
	case errors.As(err, &tooLarge):
		p = &problem{code: codeBodyTooLarge}
	case errors.As(err, &wrongType):
		p = badField(codeMalformedJSON, wrongType.Field, "must be %s, not %s", jsonType(wrongType.Type.String()), wrongType.Value)
	case errors.As(err, &format):
		p = badField(codeBadRequest, format.ParamName, "is not in the right form")
	case errors.As(err, &missing):
		p = badField(codeBadRequest, missing.ParamName, "is missing")
	case errors.As(err, &header) && header.ParamName == "Idempotency-Key":
		p = &problem{code: codeKeyMissing}
	case errors.As(err, &header):
		p = badField(codeBadRequest, header.ParamName, "is missing")
	case errors.As(err, &many):
		p = badField(codeBadRequest, many.ParamName, "was sent %d times", many.Count)
	case strings.Contains(err.Error(), "JSON body"):
		p = &problem{code: codeMalformedJSON}
	}
	p.cause = fmt.Errorf("unreadable request: %w", err)
	return p
}

// jsonType names a Go type as JSON does.
func jsonType(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "an array"
	case strings.HasPrefix(goType, "string"):
		return "a string"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "float"):
		return "a number"
	case strings.HasPrefix(goType, "bool"):
		return "true or false"
	}
	return "an object"
}
