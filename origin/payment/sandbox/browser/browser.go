// Package browser is the sandbox's half that people see.
package browser

import (
	"log/slog"
	"net/http"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

type Config struct {
	Ledger         *ledger.Ledger
	Authenticate   func(challenge string, passed bool) (*ledger.Intent, bool)
	PublicURL      string
	FrameAncestors []string
	Logger         *slog.Logger
}

func New(c Config) http.Handler { return http.NotFoundHandler() }
