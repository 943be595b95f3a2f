package domains

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
)

var (
	good     = payment.Domain{ID: "pmd_1", Hostname: "lyceum.example", Enabled: true, ApplePay: payment.Wallet{Active: true}, GooglePay: payment.Wallet{Active: true}}
	noFile   = payment.Domain{ID: "pmd_1", Hostname: "lyceum.example", Enabled: true, ApplePay: payment.Wallet{Problem: "The file was not found."}, GooglePay: payment.Wallet{Active: true}}
	disabled = payment.Domain{ID: "pmd_1", Hostname: "lyceum.example", ApplePay: payment.Wallet{Active: true}, GooglePay: payment.Wallet{Active: true}}

	busy    = &payment.Error{Category: payment.Retryable, Err: errors.New("stripe is busy")}
	missing = &payment.Error{Category: payment.Permanent, Err: payment.ErrNotFound}
	refused = &payment.Error{Category: payment.Permanent, Code: "invalid", Err: errors.New("not a hostname")}
)

// reply is what the fake answers to one call.
type reply struct {
	call string
	payment.Domain
	err error
}

// script is a registry that expects certain calls, in order.
type script struct {
	t    *testing.T
	left []reply
}

func (s *script) next(call string) (payment.Domain, error) {
	s.t.Helper()
	if len(s.left) == 0 || s.left[0].call != call {
		s.t.Errorf("%s was called, expected %+v", call, s.left)
		return payment.Domain{}, errors.New("not expected")
	}
	r := s.left[0]
	s.left = s.left[1:]
	return r.Domain, r.err
}

func (s *script) FindDomain(context.Context, string) (payment.Domain, error) { return s.next("find") }
func (s *script) RegisterDomain(context.Context, string) (payment.Domain, error) {
	return s.next("register")
}
func (s *script) ValidateDomain(_ context.Context, id string) (payment.Domain, error) {
	return s.next("validate " + id)
}

func (s *script) EnableDomain(_ context.Context, id string, enabled bool) (payment.Domain, error) {
	if enabled {
		return s.next("enable " + id)
	}
	return s.next("disable " + id)
}

func TestTheRule(t *testing.T) {
	t.Parallel()
	no := payment.Domain{}
	active := finding{id: "pmd_1", state: Active}
	for _, tc := range []struct {
		name  string
		was   finding
		calls []reply
		want  finding
	}{
		{"new", finding{state: Waiting}, []reply{{"find", no, missing}, {"register", good, nil}}, active},
		{"well already", active, []reply{{"find", good, nil}}, active},
		{"disabled by somebody", active, []reply{{"find", disabled, nil}, {"enable pmd_1", good, nil}}, active},
		{"validated in the end", finding{id: "pmd_1", state: Failed}, []reply{{"find", noFile, nil}, {"validate pmd_1", good, nil}}, active},
		{"not validated", active, []reply{{"find", noFile, nil}, {"validate pmd_1", noFile, nil}}, finding{id: "pmd_1", state: Failed, problem: "Apple Pay: The file was not found."}},
		{"new and not validated", finding{state: Waiting}, []reply{{"find", no, missing}, {"register", noFile, nil}, {"validate pmd_1", noFile, nil}}, finding{id: "pmd_1", state: Failed, problem: "Apple Pay: The file was not found."}},
		{"somebody else was first", finding{state: Waiting}, []reply{{"find", no, missing}, {"register", no, refused}, {"find", good, nil}}, active},
		{"refused", finding{state: Waiting}, []reply{{"find", no, missing}, {"register", no, refused}, {"find", no, missing}}, finding{state: Failed, problem: "The payment provider refuses: not a hostname."}},
		{"no answer, new", finding{state: Waiting}, []reply{{"find", no, busy}}, finding{state: Waiting, problem: "The payment provider did not answer.", away: true}},
		{"no answer leaves what was known", active, []reply{{"find", no, busy}}, finding{id: "pmd_1", state: Active, problem: "The payment provider did not answer.", away: true}},
		{"no answer when registering", finding{state: Waiting}, []reply{{"find", no, missing}, {"register", no, busy}}, finding{state: Waiting, problem: "The payment provider did not answer.", away: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := &script{t, slices.Clone(tc.calls)}
			if got := register(t.Context(), s, "lyceum.example", tc.was); got != tc.want {
				t.Errorf("found %+v, want %+v", got, tc.want)
			}
			if len(s.left) > 0 {
				t.Errorf("not called: %+v", s.left)
			}
		})
	}
}

func TestGivenUpHostnamesAreDisabled(t *testing.T) {
	t.Parallel()
	was := finding{id: "pmd_1", state: Active}
	for _, tc := range []struct {
		name  string
		reply reply
		want  finding
	}{
		{"done", reply{"disable pmd_1", disabled, nil}, finding{state: Waiting}},
		{"gone there, too", reply{"disable pmd_1", payment.Domain{}, missing}, finding{state: Waiting}},
		{"no answer", reply{"disable pmd_1", payment.Domain{}, busy}, finding{id: "pmd_1", state: Active, problem: "The payment provider did not answer.", away: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := disable(t.Context(), &script{t, []reply{tc.reply}}, was); got != tc.want {
				t.Errorf("found %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestProblemsAreNamedAndBounded(t *testing.T) {
	t.Parallel()
	if got := problemOf(payment.Domain{}); !strings.Contains(got, "Apple Pay: ") || !strings.Contains(got, "Google Pay: ") {
		t.Errorf("%q", got)
	}
	if got := problemOf(payment.Domain{ApplePay: payment.Wallet{Problem: strings.Repeat("é", 2000)}}); len([]rune(got)) != mostWords+1 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

func TestBackoffGrowsToAnEnd(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 5: 16 * time.Minute, 9: 256 * time.Minute, 10: Recheck, 1_000_000: Recheck} {
		if got := Backoff(n); got != want {
			t.Errorf("after %d: %s, want %s", n, got, want)
		}
	}
}
