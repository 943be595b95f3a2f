package fault_test

import (
	"errors"
	"testing"

	"github.com/stagedoor/stagedoor/edge/fault"
)

func TestErrorsAreSeenThrough(t *testing.T) {
	cause := fault.New("site: ", "the document has no name")
	err := fault.At(fault.At(cause, "bind ", "redirect", ": "), "engine: ")
	if got := err.Error(); got != "engine: bind redirect: site: the document has no name" {
		t.Error(got)
	}
	if !errors.Is(err, cause) || errors.Is(fault.New("site: the document has no name"), cause) {
		t.Error("it is not told apart from another")
	}
}
