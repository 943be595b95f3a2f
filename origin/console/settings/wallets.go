package settings

import (
	"context"
	"errors"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/payment/domains"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Domains keeps hostnames registered with the payment provider; a domains.Keeper does.
type Domains interface {
	List(ctx context.Context, brandID string) ([]domains.Hostname, error)
	Retry(ctx context.Context, actor, brandID, hostname string) (domains.Hostname, error)
}

type walletsView struct {
	Hosts  []domains.Hostname
	Change bool
}

// brand is whose hostnames a page is about, "" for every site's.
func brand(v *frame.Visit) string {
	if v.Site() == staff.Group {
		return ""
	}
	return v.Site()
}

func (p *Pages) wallets(v *frame.Visit) error {
	hosts, err := p.Domains.List(v.Context(), brand(v))
	if err != nil {
		return err
	}
	return v.Show("Apple Pay and Google Pay", walletsPage(v, walletsView{hosts, v.May(staff.ChangeSettings, v.Site())}))
}

// retryWallets has the payment provider look at a hostname now.
func (p *Pages) retryWallets(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	now, err := p.Domains.Retry(v.Context(), v.Actor(), brand(v), form.Get("hostname"))
	if errors.Is(err, domains.ErrUnknown) {
		return edgeconfig.Refused{Reason: "that hostname is none of this site’s: please open the page again"}
	}
	if err != nil {
		return err
	}
	said := frame.Good("Apple Pay and Google Pay may be shown on " + now.Name + ".")
	switch {
	case now.State == domains.Failed:
		said = frame.Bad(now.Name + " is not ready. " + now.Problem)
	case now.Problem != "":
		said = frame.Warn(now.Problem + " The house goes on trying.")
	}
	return v.Done(home(v.Site())+"/wallets", said)
}
