package site

import (
	"slices"
	"strconv"
)

// Bounds on waiting rooms.
const (
	maxRooms      = 32
	maxRoomPaths  = 64
	maxRoomID     = 40 // waitingroom/token.MaxRoom
	shortestPass  = 30
	longestPass   = 24 * 3600
	defaultStatus = 200
	defaultPass   = 600
	defaultGates  = 4
	mostGates     = 64
	defaultPrefix = 600
	mostPerPrefix = 1_000_000
)

var roomMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}

func (r *Room) setDefaults() {
	if r.Mode == "" {
		r.Mode = RoomQueue
	}
	if r.Status == 0 {
		r.Status = defaultStatus
	}
	if r.PassLife == 0 {
		r.PassLife = defaultPass
	}
	if r.Gates == 0 {
		r.Gates = defaultGates
	}
	if r.ArrivalsPerPrefix == 0 {
		r.ArrivalsPerPrefix = defaultPrefix
	}
}

func (s *Site) validateRooms(f *Faults) {
	if len(s.Rooms) > maxRooms {
		f.add("rooms", "must be at most "+strconv.Itoa(maxRooms))
	}
	for i := range s.Rooms {
		r := &s.Rooms[i]
		same := func(other Room) bool { return other.ID == r.ID }
		if !isSlug(r.ID) || len(r.ID) > maxRoomID {
			f.add(at("rooms", i, "id"), "must be a slug: lower-case letters, digits and hyphens, 1 to "+strconv.Itoa(maxRoomID)+" long")
		} else if slices.ContainsFunc(s.Rooms[:i], same) {
			f.add(at("rooms", i, "id"), "repeats "+r.ID)
		}
		if len(r.Name) > 200 {
			f.add(at("rooms", i, "name"), "is longer than 200 bytes")
		}
		if n := len(r.Paths); n == 0 || n > maxRoomPaths {
			f.add(at("rooms", i, "paths"), `must be 1 to `+strconv.Itoa(maxRoomPaths)+`; "/" is the whole site`)
		}
		for j, path := range r.Paths {
			if problem := pathProblem(path); problem != "" {
				f.add(at(at("rooms", i, "paths"), j, ""), problem)
			}
		}
		for j, method := range r.Methods {
			if !slices.Contains(roomMethods, method) {
				f.add(at(at("rooms", i, "methods"), j, ""), "must be GET, HEAD, POST, PUT, PATCH or DELETE")
			}
		}
		switch r.Mode {
		case RoomPassthrough, RoomQueue, RoomReject:
		default:
			f.add(at("rooms", i, "mode"), `must be "passthrough", "queue" or "reject"`)
		}
		if !r.EndsAt.IsZero() && !r.EndsAt.After(r.StartsAt) {
			f.add(at("rooms", i, "ends_at"), "must be after starts_at")
		}
		if r.Status != 200 && r.Status != 503 {
			f.add(at("rooms", i, "status"), "must be 200 or 503")
		}
		if r.PassLife < shortestPass || r.PassLife > longestPass {
			f.add(at("rooms", i, "pass_life"), "must be "+strconv.Itoa(shortestPass)+" to "+strconv.Itoa(longestPass)+" seconds")
		}
		if r.Gates < 1 || r.Gates > mostGates {
			f.add(at("rooms", i, "gates"), "must be 1 to "+strconv.Itoa(mostGates))
		}
		if r.ArrivalsPerPrefix < 1 || r.ArrivalsPerPrefix > mostPerPrefix {
			f.add(at("rooms", i, "arrivals_per_prefix"), "must be 1 to "+strconv.Itoa(mostPerPrefix)+" a minute")
		}
		if len(r.Message) > maxMessage {
			f.add(at("rooms", i, "message"), "is longer than "+strconv.Itoa(maxMessage)+" bytes")
		}
	}
}
