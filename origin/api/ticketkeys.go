package api

import (
	"context"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
)

// ListTicketKeys implements GET /ticket-keys.
func (s *server) ListTicketKeys(context.Context, apigen.ListTicketKeysRequestObject) (apigen.ListTicketKeysResponseObject, error) {
	body := apigen.TicketKeys{Keys: []apigen.TicketKey{}}
	for _, key := range s.Keys.Public() {
		body.Keys = append(body.Keys, apigen.TicketKey{Id: key.ID, Algorithm: "Ed25519", PublicKey: key.Key, CreatedAt: key.CreatedAt})
	}
	return apigen.ListTicketKeys200JSONResponse{
		Body: body, Headers: apigen.ListTicketKeys200ResponseHeaders{CacheControl: ptr("public, max-age=300")},
	}, nil
}
