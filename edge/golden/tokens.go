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
	otherKey, err := token.ParseRing("7:a key of the same number with which someone forges")
	if err != nil {
		return nil, err
	}
	unknownKey, err := token.ParseRing("9:a key that is not in the ring of the golden cases")
	if err != nil {
		return nil, err
	}
	for _, place := range []struct {
		name   string
		ring   *token.Ring
		cookie string
		ahead  int64 // seconds after the usual one
		holder byte
		cut    int
	}{
		{name: "$ROOM_PLACE", ring: ring}, {name: "$ROOM_SECOND_PLACE", ring: ring, holder: 1}, {name: "$ROOM_AHEAD_PLACE", ring: ring, ahead: 630},
		{name: "$ROOM_FUTURE_PLACE", ring: ring, ahead: 720}, {name: "$ROOM_FORGED_PLACE", ring: otherKey}, {name: "$ROOM_UNKNOWN_PLACE", ring: unknownKey},
		{name: "$ROOM_CUT_PLACE", ring: ring, cut: 9}, {name: "$ROOM_SWAPPED_PASS", ring: ring, cookie: "pass"},
	} {
		text, err := place.ring.SignPlace(token.Place{Room: Room, Arrived: uint32(at - 600 + place.ahead), Tie: 42, ID: id, Holder: place.holder})
		if err != nil {
			return nil, err
		}
		if place.cookie == "" {
			place.cookie = "place"
		}
		replacements = append(replacements, place.name, "stagedoor_"+place.cookie+"_"+Room+"="+text[:len(text)-place.cut])
	}
	desk := token.NewDesk(ring)
	for _, move := range []struct {
		name string
		life int64 // seconds
	}{{"$ROOM_MOVE_OLD", 0}, {"$ROOM_MOVE", 600}} {
		text, err := desk.AppendMove(nil, &token.Move{Place: token.Place{Room: Room, Arrived: uint32(at - 600), Tie: 42, ID: id}, Expires: at + move.life})
		if err != nil {
			return nil, err
		}
		replacements = append(replacements, move.name, string(text))
	}
	for _, pass := range []struct {
		name, room string
		age, life  int64 // seconds
	}{
		{"$ROOM_PASS", Room, 300, 300}, {"$ROOM_OLD_PASS", Room, 600, 0}, {"$ROOM_FOREIGN_PASS", "elsewhere", 300, 300},
		{"$ROOM_NEW_PASS", Room, 10, 590},
	} {
		text, err := ring.SignPass(token.Pass{Room: pass.room, Session: id, Issued: at - pass.age, Expires: at + pass.life})
		if err != nil {
			return nil, err
		}
		replacements = append(replacements, pass.name, "stagedoor_pass_"+Room+"="+text)
		if pass.name == "$ROOM_NEW_PASS" {
			replacements = append(replacements, "$ROOM_SWAPPED_PLACE", "stagedoor_place_"+Room+"="+text)
		}
	}
	return replacements, nil
}
