package ticket

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const keySuffix = ".ed25519"

// PublicKey is what a scanner needs.
type PublicKey struct {
	ID        string
	Key       ed25519.PublicKey
	CreatedAt time.Time
}

// Keyring signs tickets with its newest key and knows the public halves of all. It never changes after OpenKeyring
// and is safe for concurrent use.
type Keyring struct {
	signing ed25519.PrivateKey
	seeds   map[string][]byte // of all keys, by their IDs
	public  []PublicKey       // newest first
}

// OpenKeyring reads the signing keys in dir, files of mode 0600 that each hold a seed in hexadecimal, and makes the
// first one from random if there is none. A key is replaced by adding a newer file and starting again; old files
// stay for as long as their tickets are valid.
func OpenKeyring(dir string, random io.Reader) (*Keyring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("ticket: key folder: %w", err)
	}
	ring, err := readKeys(dir)
	if err != nil || ring != nil {
		return ring, err
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("ticket: make a key: %w", err)
	}
	if err := writeKey(dir, seed); err != nil {
		return nil, err
	}
	return readKeys(dir)
}

// writeKey puts a whole key in place or none: a half-written file would stop the next start.
func writeKey(dir string, seed []byte) error {
	unfinished, err := os.CreateTemp(dir, "new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("ticket: keep a key: %w", err)
	}
	defer os.Remove(unfinished.Name())
	_, err = unfinished.WriteString(hex.EncodeToString(seed) + "\n")
	if err = errors.Join(err, unfinished.Sync(), unfinished.Close()); err != nil {
		return fmt.Errorf("ticket: keep a key: %w", err)
	}
	// Link, not rename: of two processes that start together, one key wins and both use it.
	err = os.Link(unfinished.Name(), filepath.Join(dir, "1"+keySuffix))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("ticket: keep a key: %w", err)
	}
	return nil
}

// readKeys returns nil when dir holds no keys.
func readKeys(dir string) (*Keyring, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("ticket: read keys: %w", err)
	}
	ring := &Keyring{seeds: map[string][]byte{}}
	var newest time.Time
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), keySuffix) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		key, made, err := readKey(path)
		if err != nil {
			return nil, fmt.Errorf("ticket: key %s: %w", path, err)
		}
		public := key.Public().(ed25519.PublicKey)
		ring.public = append(ring.public, PublicKey{ID: keyID(public), Key: public, CreatedAt: made})
		ring.seeds[keyID(public)] = key.Seed()
		if ring.signing == nil || made.After(newest) {
			ring.signing, newest = key, made
		}
	}
	if ring.signing == nil {
		return nil, nil
	}
	slices.SortFunc(ring.public, func(a, b PublicKey) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return ring, nil
}

func readKey(path string) (ed25519.PrivateKey, time.Time, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, time.Time{}, fmt.Errorf("others may read it (mode %04o): make it 0600", info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, time.Time{}, errors.New("it does not hold a seed of 32 bytes in hexadecimal")
	}
	return ed25519.NewKeyFromSeed(seed), info.ModTime().UTC().Truncate(time.Second), nil
}

// keyID names a key by what it is, so that two keys can't share a name: 8 letters and digits.
func keyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
}

// SignTicket makes the code of a ticket and names the key it is signed with.
func (k *Keyring) SignTicket(ticketID, performanceID uuid.UUID, seatID string, issuedAt time.Time) (code, id string, err error) {
	id = keyID(k.signing.Public().(ed25519.PublicKey))
	code, err = encode(Claim{TicketID: ticketID, PerformanceID: performanceID, SeatID: seatID, IssuedAt: issuedAt}, id, k.signing)
	return code, id, err
}

// Public lists the keys a scanner needs, newest first.
func (k *Keyring) Public() []PublicKey { return slices.Clone(k.public) }

// Verify checks a code with the ring's own keys.
func (k *Keyring) Verify(code string) (Claim, error) {
	keys := make(map[string]ed25519.PublicKey, len(k.public))
	for _, key := range k.public {
		keys[key.ID] = key.Key
	}
	return Verify(code, keys)
}
