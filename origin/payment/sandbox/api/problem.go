package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// Problem is an error as Stripe reports it.
type Problem struct {
	Status  int
	Type    string
	Code    string
	Param   string
	Message string
	// Card is set when a card was refused; it has the type, code and message then.
	Card *ledger.CardError
	// Intent as it is after the attempt, if the problem is about one.
	Intent *ledger.Intent
}

func invalid(code, param, format string, args ...any) *Problem {
	return &Problem{Status: http.StatusBadRequest, Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(format, args...)}
}

func missing(kind, id, param string) *Problem {
	p := invalid("resource_missing", param, "No such %s: '%s'", kind, clip(id))
	p.Status = http.StatusNotFound
	return p
}

func notFound(r *http.Request) *Problem {
	p := invalid("", "", "Unrecognized request URL (%s: %s). The sandbox answers fewer URLs than Stripe does.", r.Method, clip(r.URL.Path))
	p.Status = http.StatusNotFound
	return p
}

// refused is the answer to a card that was not charged.
func refused(e *ledger.CardError, i *ledger.Intent) *Problem {
	return &Problem{Status: http.StatusPaymentRequired, Card: e, Intent: i}
}

// cardInput is the answer to card details that can't be right.
func cardInput(code, param, message string) *Problem {
	return refused(&ledger.CardError{Type: "card_error", Code: code, Param: param, Message: message}, nil)
}

// unexpectedState is the answer to a step that an intent's status doesn't allow.
func unexpectedState(verb string, i *ledger.Intent, allowed ...string) *Problem {
	p := invalid("payment_intent_unexpected_state", "", "You cannot %s this PaymentIntent because it has a status of %s. "+
		"Only a PaymentIntent with one of the following statuses may be %s: %s.", verb, i.Status, pastTense[verb], strings.Join(allowed, ", "))
	if verb == "confirm" && i.Status == "succeeded" {
		p.Message = "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
	}
	p.Intent = i
	return p
}

var pastTense = map[string]string{"confirm": "confirmed", "cancel": "canceled", "capture": "captured", "update": "updated"}

// write puts the problem in Stripe's envelope. A browser sees less of the intent.
func (p *Problem) write(w wire.Writer, requestID string, browser bool) wire.Object {
	o := wire.Object{"type": p.Type, "message": p.Message}
	if p.Card != nil {
		o = w.CardError(p.Card)
	}
	if p.Code != "" {
		o["code"], o["doc_url"] = p.Code, "https://stripe.com/docs/error-codes/"+strings.ReplaceAll(p.Code, "_", "-")
	}
	if p.Param != "" {
		o["param"] = p.Param
	}
	if p.Intent != nil {
		o["payment_intent"] = w.Intent(p.Intent)
		if browser {
			o["payment_intent"] = w.IntentForBrowser(p.Intent)
		}
	}
	o["request_log_url"] = "https://dashboard.stripe.com/test/logs/" + requestID
	return wire.Object{"error": o}
}
