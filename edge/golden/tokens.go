package golden

import (
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// roomTokens are the cookies of visitors to Room, by the names the cases use.
func roomTokens(now time.Time) (replacements []string, err error) {
	ring, err := token.ParseRing(RoomKeys)
	if err != nil {
		return nil, err
	}
	at := now.Unix()
	id := [16]byte{0x01, 0x90, 0xc2, 0xa4, 0x7b, 0x1e, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 7}
	place, err := ring.SignPlace(token.Place{Room: Room, Arrived: uint32(at - 600), Tie: 42, ID: id})
	if err != nil {
		return nil, err
	}
	replacements = append(replacements, "$ROOM_PLACE", "stagedoor_place_"+Room+"="+place)
	for _, pass := range []struct {
		name, room string
		life       int64 // seconds
	}{{"$ROOM_PASS", Room, 300}, {"$ROOM_OLD_PASS", Room, 0}, {"$ROOM_FOREIGN_PASS", "elsewhere", 300}} {
		text, err := ring.SignPass(token.Pass{Room: pass.room, Session: id, Issued: at - 300, Expires: at + pass.life})
		if err != nil {
			return nil, err
		}
		replacements = append(replacements, pass.name, "stagedoor_pass_"+Room+"="+text)
	}
	return replacements, nil
}
