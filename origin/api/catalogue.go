package api

import "net/http"

// code names a kind of problem. Codes never change their meaning; clients branch on them.
type code string

const (
	codeBadRequest         code = "bad_request"
	codeMalformedJSON      code = "malformed_json"
	codeKeyMissing         code = "idempotency_key_missing"
	codeNotYourHold        code = "not_your_hold"
	codeCrossOrigin        code = "cross_origin"
	codeWaitingRoom        code = "waiting_room"
	codeEdgeOnly           code = "edge_only" // answered by session.OnlyFromEdge, before us
	codeNotFound           code = "not_found"
	codeMethodNotAllowed   code = "method_not_allowed"
	codeSeatsTaken         code = "seats_taken"
	codeSeatLeftAlone      code = "seat_left_alone"
	codeNoneLeft           code = "none_left"
	codeLimitReached       code = "limit_reached"
	codeNotOnSale          code = "not_on_sale"
	codeCalledOff          code = "performance_cancelled"
	codeHoldExtended       code = "hold_extended"
	codeOrderPaid          code = "order_paid"
	codeOrderReplaced      code = "order_replaced"
	codePricesChanged      code = "prices_changed"
	codeNothingToPay       code = "nothing_to_pay"
	codeRequestInProgress  code = "request_in_progress"
	codeHoldGone           code = "hold_gone"
	codeBodyTooLarge       code = "body_too_large"
	codeUnsupportedMedia   code = "unsupported_media_type"
	codeInvalid            code = "invalid"
	codeKeyReused          code = "idempotency_key_reused"
	codeTooManyStreams     code = "too_many_streams"
	codeInternal           code = "internal"
	codeUnavailable        code = "unavailable"
	codePaymentUnavailable code = "payment_unavailable"
	codeSearchUnavailable  code = "search_unavailable"
)

// kind is what all problems of a code have in common.
type kind struct {
	Code    code
	Status  int
	Title   string
	Meaning string // for the docs: what happened and what a client should do
	Detail  string // for the buyer, when nothing more particular can be said
}

// catalogue lists every problem the API can answer, in the order the docs show them.
var catalogue = []kind{
	{codeBadRequest, http.StatusBadRequest, "The request can't be read", "The address or a header has a mistake in it; errors says where.", "There is a mistake in this address."},
	{codeMalformedJSON, http.StatusBadRequest, "The body is not readable JSON", "The body is cut off, not JSON, or a field has the wrong type; errors says which.", "We could not read that request. Please load the page again."},
	{codeKeyMissing, http.StatusBadRequest, "An Idempotency-Key is needed", "Send the header with 8 to 200 printable characters that you make up for this order, and send the same again when you repeat it.", "We could not read that request. Please load the page again."},
	{codeNotYourHold, http.StatusForbidden, "The hold belongs to another session", "Only the session that holds the seats may do this. Send its sd_session cookie.", "These seats are being held in another browser. Please choose your seats here, or go on there."},
	{codeCrossOrigin, http.StatusForbidden, "Refused from another site", "A browser sent this from a page of another site. Requests that change something must come from the same site.", "This request came from another website, so we did not carry it out."},
	{codeWaitingRoom, http.StatusForbidden, "There is a waiting room", "Whoever books this performance must be let in by its waiting room first: url says where it is. Open that page, wait your turn, and send the cookies that it sets.", "There is a waiting room for this performance. Please take your place in it first."},
	{codeEdgeOnly, http.StatusForbidden, "Not through the edge", "The request went around the edge. Use the theatre's own hostname.", "This address serves the edge only. Open the theatre's own site instead."},
	{codeNotFound, http.StatusNotFound, "Not found", "There is no such thing on this site, or you may not know of it.", "There is nothing at this address."},
	{codeMethodNotAllowed, http.StatusMethodNotAllowed, "The method is not allowed here", "The Allow header lists those that are.", "There is nothing at this address."},
	{codeSeatsTaken, http.StatusConflict, "Seats taken", "Someone else was quicker; seats lists what they took. Nothing was held or ordered: choose again.", "Someone else has just taken one of these seats. Please choose another."},
	{codeSeatLeftAlone, http.StatusConflict, "A seat would be left alone", "The choice would leave the seats listed between others, where nobody can sit together any more. Nothing was held: take them as well, or the seats in instead.", "Your choice would leave a single seat between others. Please take it as well, or move along by one."},
	{codeNoneLeft, http.StatusConflict, "There are no such places left", "At that moment no places were free that fulfil the wish. Ask for fewer, another band or another section.", "There are no such seats left. Please try fewer, another price or another part of the house."},
	{codeLimitReached, http.StatusConflict, "More seats than one buyer may have", "With what the buyer has already, or is paying for, they would have more seats of this performance or show than its limit; detail says how many they may have. Nothing was ordered, and the hold goes on: hold fewer seats.", "These are more seats than one person can have for this show. Please choose fewer."},
	{codeNotOnSale, http.StatusConflict, "Not on sale", "Booking has not opened, is over, or the performance is cancelled.", "This performance is not on sale just now."},
	{codeCalledOff, http.StatusConflict, "The performance is cancelled", "It does not take place. Nothing can be ordered or paid, and an order that waited for its payment is over.", "We are sorry: this performance is cancelled. You have not been charged, and there is nothing to pay."},
	{codeHoldExtended, http.StatusConflict, "Extended before", "A hold can be given more time once.", "You have had extra time for these seats already. Please finish your order before it runs out."},
	{codeOrderPaid, http.StatusConflict, "The order is paid or being paid", "The money is taken or with the bank, so the order can't be changed or given up here. Read the order.", "Your payment has gone through, or your bank is working on it. Your order is on its page."},
	{codeOrderReplaced, http.StatusConflict, "Another order took its place", "The hold lives, and another request ordered its seats while this one was at work. Nothing can be paid by this request; send it again to have this order instead of the other.", "These seats are being ordered in another tab or window too, and that order is the one that counts. Your seats are still held: load the page again to go on."},
	{codePricesChanged, http.StatusConflict, "The prices have changed", "The performance was given another seating plan while the seats were priced. Nothing was ordered, and the hold goes on: ask for a quote and show the buyer the new prices, then order again.", "The prices of these seats have just changed. You have not been charged and your seats are still held: please look the new prices over before you go on."},
	{codeNothingToPay, http.StatusConflict, "There is nothing to pay", "The order is paid, over, or costs nothing.", "There is nothing to pay for this order."},
	{codeRequestInProgress, http.StatusConflict, "The same request is at work", "A request with this Idempotency-Key has not finished. Repeat it after Retry-After seconds.", "We are still working on your order. Please wait a moment."},
	{codeHoldGone, http.StatusGone, "The hold is over", "The time ran out or the seats were given back. Hold seats again.", "Your seats are no longer held. Please choose them again."},
	{codeBodyTooLarge, http.StatusRequestEntityTooLarge, "The body is too large", "A body may have at most 64 KiB.", "That is more than we can take in one request."},
	{codeUnsupportedMedia, http.StatusUnsupportedMediaType, "The body must be JSON", "Send Content-Type: application/json.", "We could not read that request. Please load the page again."},
	{codeInvalid, http.StatusUnprocessableEntity, "Something needs correcting", "A field breaks a rule; errors lists every one. Nothing was changed.", "Something needs correcting. Please check what is marked."},
	{codeKeyReused, http.StatusUnprocessableEntity, "The Idempotency-Key was used for another request", "Make up a new key for a new intention.", "We could not take that order. Please load the page again."},
	{codeTooManyStreams, http.StatusTooManyRequests, "Too many streams", "One visitor may keep a few streams open. Close some.", "You have this theatre open in too many tabs for all of them to be live. Please close some."},
	{codeInternal, http.StatusInternalServerError, "Something went wrong on our side", "A fault of ours, which we have a record of. Repeating the request is safe.", "Something went wrong on our side. You have not been charged by this request; please try again."},
	{codeUnavailable, http.StatusServiceUnavailable, "Not available just now", "A part of the house is down. Repeat the request after Retry-After seconds.", "We can't do that just now. Please try again in a moment."},
	{codePaymentUnavailable, http.StatusServiceUnavailable, "Payments are not available just now", "The payment provider does not answer. Your seats are still held: repeat the request with the same Idempotency-Key.", "We can't reach our payment provider just now. Your seats are still held; please try again in a moment."},
	{codeSearchUnavailable, http.StatusServiceUnavailable, "Search is not available just now", "Shows can still be listed and booked.", "Search is taking a break. You can still look through what's on."},
}

// kinds finds a kind by its code.
var kinds = func() map[code]kind {
	byCode := make(map[code]kind, len(catalogue))
	for _, k := range catalogue {
		byCode[k.Code] = k
	}
	return byCode
}()
