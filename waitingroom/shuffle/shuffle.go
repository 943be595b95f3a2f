// Package shuffle draws the order of a pre-queue so that anyone can check it afterwards.
//
// Before the pre-queue opens a secret seed is drawn and its commitment published. When the sale starts the seed
// is published too. A visitor's draw is a number that follows from the seed and their own ID; lower draws are
// admitted first. Nobody could know it before the seed was out, nobody could choose a seed after the commitment,
// and everyone can recompute it: the order of millions needs no list.
package shuffle

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

// Seed decides an order. It is secret until the sale starts.
type Seed [32]byte

// Commitment is what is published when the pre-queue opens. It tells nothing about the seed.
type Commitment [32]byte

// ErrOtherSeed means that a revealed seed is not the one committed to.
var ErrOtherSeed = errors.New("shuffle: the seed is not the one that was committed to")

// Both labels keep a commitment from being taken for a draw, and tie it to this version of the rules.
const (
	commitLabel = "stagedoor shuffle 1 commit"
	drawLabel   = "stagedoor shuffle 1 draw"
)

// NewSeed reads a seed from random, usually crypto/rand.Reader.
func NewSeed(random io.Reader) (Seed, error) {
	var seed Seed
	_, err := io.ReadFull(random, seed[:])
	return seed, err
}

// Commit binds a seed to one event of one room: a seed can't be carried over to another draw.
func Commit(seed Seed, room, event string) Commitment {
	return Commitment(keyed(seed, commitLabel, room, event))
}

// Check reports ErrOtherSeed unless seed is what commitment was made of for this room and event.
func Check(commitment Commitment, seed Seed, room, event string) error {
	if want := Commit(seed, room, event); !hmac.Equal(want[:], commitment[:]) {
		return ErrOtherSeed
	}
	return nil
}

// Draw is the visitor's number in the lottery: uniform over 64 bits, lower goes first.
func Draw(seed Seed, room, event string, visitor [16]byte) uint64 {
	sum := keyed(seed, drawLabel, room, event, string(visitor[:]))
	return binary.BigEndian.Uint64(sum[:])
}

// keyed is HMAC-SHA-256 over the parts, each with its length before it so that no two lists of parts collide.
func keyed(seed Seed, parts ...string) (sum [32]byte) {
	mac := hmac.New(sha256.New, seed[:])
	for _, part := range parts {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	mac.Sum(sum[:0])
	return sum
}

// Drawer is Draw for many visitors to one event, without allocating. It is not
// safe for concurrent use.
type Drawer struct {
	mac     hash.Hash
	message []byte // all but the visitor
	sum     [sha256.Size]byte
}

// NewDrawer makes one.
func NewDrawer(seed Seed, room, event string) *Drawer {
	d := &Drawer{mac: hmac.New(sha256.New, seed[:])}
	for _, part := range [...]string{drawLabel, room, event} {
		d.message = append(binary.BigEndian.AppendUint32(d.message, uint32(len(part))), part...)
	}
	d.message = binary.BigEndian.AppendUint32(d.message, 16)
	return d
}

// Draw is the visitor's number.
func (d *Drawer) Draw(visitor [16]byte) uint64 {
	n := len(d.message)
	d.message = append(d.message, visitor[:]...)
	d.mac.Reset()
	d.mac.Write(d.message)
	d.message = d.message[:n]
	return binary.BigEndian.Uint64(d.mac.Sum(d.sum[:0]))
}
