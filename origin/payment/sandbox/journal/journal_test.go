package journal_test

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/journal"
)

func reopen(t *testing.T, path string) (*journal.Journal, []string) {
	t.Helper()
	var records []string
	j, err := journal.Open(path, func(r []byte) error {
		records = append(records, string(r))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, records
}

func TestRecordsComeBackInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "journal")
	j, records := reopen(t, path)
	if len(records) != 0 {
		t.Fatalf("a new file has records: %q", records)
	}
	want := []string{"one", "", `{"three":3}`}
	for _, r := range want {
		if err := j.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
	// No Close: the process was killed.
	if _, got := reopen(t, path); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestEveryCutOfTheFileOpens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, _ := reopen(t, path)
	for i := range 3 {
		if err := j.Append(fmt.Appendf(nil, "record %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, before := reopen(t, path)
		if err := j.Append([]byte("after")); err != nil {
			t.Fatal(err)
		}
		j.Close()
		_, got := reopen(t, path)
		if !slices.Equal(got, append(before, "after")) || len(before) != cut*3/len(whole) {
			t.Fatalf("cut at %d: %q then %q", cut, before, got)
		}
	}
}

func TestDamageIsNotGuessedAround(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, _ := reopen(t, path)
	for range 3 {
		if err := j.Append([]byte("record")); err != nil {
			t.Fatal(err)
		}
	}
	whole, _ := os.ReadFile(path)
	whole[len(whole)/2] ^= 1
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(path, func([]byte) error { return nil }); !errors.Is(err, journal.ErrDamaged) {
		t.Fatalf("want ErrDamaged, got %v", err)
	}
}

func TestAppendRefusesWhatWouldBreakTheFile(t *testing.T) {
	j, _ := reopen(t, filepath.Join(t.TempDir(), "journal"))
	for _, record := range [][]byte{[]byte("two\nlines"), make([]byte, journal.MaxRecord+1)} {
		if err := j.Append(record); err == nil {
			t.Errorf("a record of %d bytes was taken", len(record))
		}
	}
	if j.Size() != 0 {
		t.Errorf("size is %d after refusals", j.Size())
	}
}

func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, _ := reopen(t, path)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 50 {
				if err := j.Append(fmt.Appendf(nil, "%d-%d", i, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if _, got := reopen(t, path); len(got) != 400 {
		t.Fatalf("%d records of 400", len(got))
	}
}

func TestAFullDiskLeavesNoHalfRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, _ := reopen(t, path)
	if err := j.Append([]byte("before")); err != nil {
		t.Fatal(err)
	}
	// A limit on the size of files stands in for the disk.
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	tight := limit
	tight.Cur = uint64(j.Size()) + 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &tight); err != nil {
		t.Fatal(err)
	}
	err := j.Append([]byte("a record that is too long for what is left"))
	if back := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); back != nil {
		t.Fatal(back)
	}
	if err == nil {
		t.Fatal("written in spite of the limit")
	}
	if err := j.Append([]byte("after")); err != nil {
		t.Fatal(err)
	}
	if _, got := reopen(t, path); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("got %q", got)
	}
}
