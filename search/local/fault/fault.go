// Package fault holds the errors that a client of the search API is shown.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is an HTTP status and a message safe to show.
type Error struct {
	Status  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// New makes an Error.
func New(status int, format string, args ...any) *Error {
	return &Error{Status: status, Message: fmt.Sprintf(format, args...)}
}

// Bad is New with 400.
func Bad(format string, args ...any) *Error { return New(http.StatusBadRequest, format, args...) }

// NotFound is New with 404.
func NotFound(format string, args ...any) *Error { return New(http.StatusNotFound, format, args...) }

// Of returns the Error in err's chain, or a 500 that says nothing of err.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(http.StatusInternalServerError, "Internal server error.")
}
