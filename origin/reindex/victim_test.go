package reindex_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// killed runs a process that changes the index, and kills it when it is at a point, such as "filling 1000".
func killed(t *testing.T, database, typesense, where string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), "REINDEX_TEST_STOP_AT="+where, "REINDEX_TEST_DATABASE="+database, "REINDEX_TEST_SEARCH="+typesense)
	child.Stderr = os.Stderr
	// Its standard input ends with this process, and it with that.
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	_ = child.Process.Kill() // kill -9
	_ = child.Wait()
	if strings.TrimSpace(line) != where {
		t.Fatalf("the process that was to be killed said %q, not %q", line, where)
	}
}

// victim changes the index up to a point, says so, and waits to be killed. It does not return.
func victim(where string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	db, err := pgxpool.New(ctx, os.Getenv("REINDEX_TEST_DATABASE"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	client, err := index.Connect(index.Config{URL: os.Getenv("REINDEX_TEST_SEARCH"), APIKey: searchKey, Timeout: time.Minute})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	x := changer(db, client)
	wait := func(st swap.State) {
		if fmt.Sprintf("%s %d", st.Phase, st.Fill.Done) == where {
			fmt.Println(where)
			_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed, or the test is
			os.Exit(1)
		}
	}
	if strings.HasPrefix(where, string(swap.Dropping)) {
		_, err = x.Drop(ctx, wait)
	} else {
		_, err = x.Apply(ctx, swap.Options{Rebuild: true, By: "victim", Progress: wait})
	}
	fmt.Println("it came to its end:", err)
	os.Exit(1)
}
