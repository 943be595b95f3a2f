package local_test

import (
	"reflect"
	"regexp"
	"strconv"

	"github.com/cloudflare/cloudflare-go/v6/kv"
	"github.com/cloudflare/cloudflare-go/v6/option"
)

// cloudflare-go's root package, with the function that makes parameter fields,
// compiles for minutes; these stand in for it.

func namespaces(apiURL, token string) *kv.NamespaceService {
	return kv.NewKVService(option.WithBaseURL(apiURL), option.WithAPIToken(token), option.WithMaxRetries(0)).Namespaces
}

// with sets fields of a parameter struct and returns it.
func with[T any](params T, fields map[string]any) T {
	v := reflect.ValueOf(&params).Elem()
	for name, value := range fields {
		field := v.FieldByName(name)
		field.FieldByName("Present").SetBool(true)
		field.FieldByName("Value").Set(reflect.ValueOf(value))
	}
	return params
}

func put(key, value string) kv.NamespaceBulkUpdateParamsBody {
	return with(kv.NamespaceBulkUpdateParamsBody{}, map[string]any{"Key": key, "Value": value})
}

func bulk(pairs ...kv.NamespaceBulkUpdateParamsBody) kv.NamespaceBulkUpdateParams {
	return with(kv.NamespaceBulkUpdateParams{Body: pairs}, map[string]any{"AccountID": "local"})
}

var codes = regexp.MustCompile(`"code":\s*(\d+)`)

// code is the code of Cloudflare's in an error, 0 if it has none.
func code(err error) int {
	if err == nil {
		return 0
	}
	match := codes.FindStringSubmatch(err.Error())
	if match == nil {
		return 0
	}
	n, _ := strconv.Atoi(match[1])
	return n
}
