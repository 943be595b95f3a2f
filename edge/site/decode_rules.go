package site

func (r *jsonReader) access() (v Access) {
	r.Object(func(key string) {
		switch key {
		case "allow_prefixes":
			v.AllowPrefixes = r.strings()
		case "deny_prefixes":
			v.DenyPrefixes = r.strings()
		case "allow_countries":
			v.AllowCountries = r.strings()
		case "deny_countries":
			v.DenyCountries = r.strings()
		case "allow_asns":
			v.AllowASNs = r.integers()
		case "deny_asns":
			v.DenyASNs = r.integers()
		case "deny_others":
			v.DenyOthers = r.Boolean()
		default:
			r.Skip()
		}
	})
	return v
}

func (r *jsonReader) bots() (v Bots) {
	r.Object(func(key string) {
		switch key {
		case "block_agents":
			v.BlockAgents = r.strings()
		case "min_score":
			v.MinScore = r.Integer()
		case "client_keys":
			v.ClientKeys = r.strings()
		default:
			r.Skip()
		}
	})
	return v
}

func (r *jsonReader) limit() (v Limit) {
	r.Object(func(key string) {
		switch key {
		case "class":
			v.Class = r.String()
		case "requests":
			v.Requests = r.Integer()
		case "period":
			v.Period = r.Integer()
		default:
			r.Skip()
		}
	})
	return v
}

func (r *jsonReader) rewrite() (v Rewrite) {
	r.Object(func(key string) {
		switch key {
		case "id":
			v.ID = r.String()
		case "source":
			v.Source = r.String()
		case "target":
			v.Target = r.String()
		case "prefix":
			v.Prefix = r.Boolean()
		default:
			r.Skip()
		}
	})
	return v
}

func (r *jsonReader) locales() (v Locales) {
	r.Object(func(key string) {
		switch key {
		case "offered":
			v.Offered = r.strings()
		case "path_prefix":
			v.PathPrefix = r.Boolean()
		case "currencies":
			v.Currencies = r.strings()
		default:
			r.Skip()
		}
	})
	return v
}

func (r *jsonReader) room() (v Room) {
	r.Object(func(key string) {
		switch key {
		case "id":
			v.ID = r.String()
		case "name":
			v.Name = r.String()
		case "paths":
			v.Paths = r.strings()
		case "methods":
			v.Methods = r.strings()
		case "mode":
			v.Mode = r.String()
		case "starts_at":
			v.StartsAt = r.Instant()
		case "ends_at":
			v.EndsAt = r.Instant()
		case "status":
			v.Status = r.Integer()
		case "gates":
			v.Gates = r.Integer()
		case "arrivals_per_prefix":
			v.ArrivalsPerPrefix = r.Integer()
		case "pass_life":
			v.PassLife = r.Integer()
		case "fail_closed":
			v.FailClosed = r.Boolean()
		case "message":
			v.Message = r.String()
		default:
			r.Skip()
		}
	})
	return v
}

func (r *jsonReader) cache() (v Cache) {
	r.Object(func(key string) {
		switch key {
		case "page_ttl":
			v.PageTTL = r.Integer()
		case "asset_ttl":
			v.AssetTTL = r.Integer()
		case "search_ttl":
			v.SearchTTL = r.Integer()
		case "stale":
			v.Stale = r.Integer()
		case "ignore_params":
			v.IgnoreParams = r.strings()
		default:
			r.Skip()
		}
	})
	return v
}

func (r *jsonReader) integers() (list []int) {
	r.Array(func() { list = append(list, r.Integer()) })
	return list
}
