package smoke

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// tickets verifies each ticket's signature with the published keys alone, and opens the order in a browser that
// knows nothing but its link.
func (v *visit) tickets(ctx context.Context) (string, error) {
	var list struct {
		Keys []struct {
			ID        string `json:"id"`
			PublicKey []byte `json:"public_key"`
		} `json:"keys"`
	}
	if err := v.buyer.get(ctx, "/api/v1/ticket-keys", &list); err != nil {
		return "", err
	}
	keys := make(map[string]ed25519.PublicKey)
	for _, key := range list.Keys {
		if len(key.PublicKey) == ed25519.PublicKeySize {
			keys[key.ID] = key.PublicKey
		}
	}
	var seats []string
	for _, ticket := range v.order.Tickets {
		if err := genuine(ticket.Code, keys); err != nil {
			return "", fmt.Errorf("ticket %s: %w", ticket.ID, err)
		}
		seats = append(seats, ticket.SeatID)
	}
	wanted := slices.Sorted(slices.Values(v.chosen))
	if slices.Sort(seats); !slices.Equal(seats, wanted) {
		return "", fmt.Errorf("tickets for %v, want %v", seats, wanted)
	}
	page, err := newBrowser(v.config.Site).page(ctx, v.placed.OrderURL)
	if err != nil {
		return "", err
	}
	if qr := strings.Count(page, `data-testid="ticket"`); qr != len(seats) || !strings.Contains(page, "<svg") {
		return "", fmt.Errorf("the order's page shows %d tickets, want %d with QR codes", qr, len(seats))
	}
	if _, err := v.rival.page(ctx, "/orders/"+v.order.Number); err == nil {
		return "", errors.New("the order opens for a browser without its key")
	}
	return fmt.Sprintf("%d, signatures verified offline; the order opens from its link alone", len(seats)), nil
}

// genuine checks a ticket code: SD1.<key ID>.<payload>.<signature over all before it>.
func genuine(code string, keys map[string]ed25519.PublicKey) error {
	end := strings.LastIndexByte(code, '.')
	parts := strings.Split(code, ".")
	if len(parts) != 4 || parts[0] != "SD1" {
		return errors.New("the code is not of the form SD1.key.payload.signature")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[3])
	if err != nil {
		return err
	}
	key, known := keys[parts[1]]
	if !known {
		return fmt.Errorf("signed with the unknown key %q", parts[1])
	}
	if !ed25519.Verify(key, []byte(code[:end]), signature) {
		return errors.New("the signature does not match")
	}
	return nil
}

// mail waits for the order's e-mail, which left through the outbox and the stream.
func (v *visit) mail(ctx context.Context) (string, error) {
	if v.config.Mailbox == nil {
		return "not checked: no mailbox was named", nil
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		page, err := v.buyer.page(ctx, v.config.Mailbox.String())
		if err == nil && strings.Contains(page, v.order.Number) {
			return "in the mailbox at " + v.config.Mailbox.String(), nil
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("no e-mail about %s arrived: %v", v.order.Number, err)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
