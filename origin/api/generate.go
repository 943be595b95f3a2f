// Package api serves Stagedoor's public HTTP API, as origin/api/openapi.yaml describes it.
package api

//go:generate go tool -modfile=../../infra/tools/go.mod oapi-codegen -config oapi-codegen.yaml openapi.yaml
