// Package apigen is generated from origin/api/openapi.yaml by oapi-codegen: the models, the routes and the
// strict server interface that package api implements. Change the YAML, then run go generate ./origin/api.
package apigen
