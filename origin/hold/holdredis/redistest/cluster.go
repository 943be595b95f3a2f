package redistest

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/freeport"
)

// Cluster is a client of a cluster of one node, which serves all slots and yet refuses, as any cluster does, a script
// or command whose keys belong to different ones.
func Cluster(t testing.TB) *redis.ClusterClient {
	t.Helper()
	bus, err := freeport.One()
	if err != nil {
		t.Fatalf("redistest: find a port: %v", err)
	}
	server := Start(t, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	node := server.Client()
	if err := node.ClusterAddSlotsRange(ctx, 0, 16383).Err(); err != nil {
		t.Fatalf("redistest: give the node its slots: %v", err)
	}
	for {
		info, err := node.ClusterInfo(ctx).Result()
		if err == nil && strings.Contains(info, "cluster_state:ok") {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("redistest: the cluster is not up in %s: %v\n%s", patience, err, info)
		}
		time.Sleep(10 * time.Millisecond)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr()}, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	return client
}
