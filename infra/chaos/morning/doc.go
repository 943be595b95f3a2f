// Package morning tries a whole house on its worst morning: two processes of the origin, Postgres, Redis, NATS with
// JetStream and the search server, each a process of its own, and the payment sandbox. Buyers come over HTTP, signed as by
// the edge, and go on buying while a test kills, starves or confuses one of the parts. Each test ends with `stagedoor
// audit`, which gives nothing that is on its way any grace.
//
// There are only tests here. `go run ./infra/chaos` runs them with those of the packages, and with -long it leaves NATS and
// search away for ten minutes, beyond what JetStream remembers of what it was told.
package morning
