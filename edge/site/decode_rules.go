package site

func (r *jsonReader) access() (v Access) {
	r.object(func(key string) {
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
			v.DenyOthers = r.boolean()
		default:
			r.skip()
		}
	})
	return v
}

func (r *jsonReader) bots() (v Bots) {
	r.object(func(key string) {
		switch key {
		case "block_agents":
			v.BlockAgents = r.strings()
		case "min_score":
			v.MinScore = r.integer()
		case "client_keys":
			v.ClientKeys = r.strings()
		default:
			r.skip()
		}
	})
	return v
}

func (r *jsonReader) limit() (v Limit) {
	r.object(func(key string) {
		switch key {
		case "class":
			v.Class = r.string()
		case "requests":
			v.Requests = r.integer()
		case "period":
			v.Period = r.integer()
		default:
			r.skip()
		}
	})
	return v
}

func (r *jsonReader) rewrite() (v Rewrite) {
	r.object(func(key string) {
		switch key {
		case "id":
			v.ID = r.string()
		case "source":
			v.Source = r.string()
		case "target":
			v.Target = r.string()
		case "prefix":
			v.Prefix = r.boolean()
		default:
			r.skip()
		}
	})
	return v
}

func (r *jsonReader) locales() (v Locales) {
	r.object(func(key string) {
		switch key {
		case "offered":
			v.Offered = r.strings()
		case "path_prefix":
			v.PathPrefix = r.boolean()
		case "currencies":
			v.Currencies = r.strings()
		default:
			r.skip()
		}
	})
	return v
}

func (r *jsonReader) room() (v Room) {
	r.object(func(key string) {
		switch key {
		case "id":
			v.ID = r.string()
		case "name":
			v.Name = r.string()
		case "paths":
			v.Paths = r.strings()
		case "methods":
			v.Methods = r.strings()
		case "mode":
			v.Mode = r.string()
		case "starts_at":
			v.StartsAt = r.instant()
		case "ends_at":
			v.EndsAt = r.instant()
		case "status":
			v.Status = r.integer()
		case "pass_life":
			v.PassLife = r.integer()
		case "fail_closed":
			v.FailClosed = r.boolean()
		case "message":
			v.Message = r.string()
		default:
			r.skip()
		}
	})
	return v
}

func (r *jsonReader) cache() (v Cache) {
	r.object(func(key string) {
		switch key {
		case "page_ttl":
			v.PageTTL = r.integer()
		case "asset_ttl":
			v.AssetTTL = r.integer()
		case "search_ttl":
			v.SearchTTL = r.integer()
		case "stale":
			v.Stale = r.integer()
		case "ignore_params":
			v.IgnoreParams = r.strings()
		default:
			r.skip()
		}
	})
	return v
}

func (r *jsonReader) integers() (list []int) {
	r.array(func() { list = append(list, r.integer()) })
	return list
}
