-- ARGV[3] nonce, [4] how long another reading is given in ms, [5] life of an untouched performance in ms, [6] '1' to read
-- again what was read before. Answers loaded, busy or ok: the caller reads the sold seats now and goes on with load_end.
if loaded() and ARGV[6] ~= '1' then return {'loaded'} end
local other = redis.call('HGET', seats, '#loading')
if other and now - tonumber(string.match(other, '^%d+')) < tonumber(ARGV[4]) then return {'busy'} end
redis.call('HSET', seats, '#loading', int(now) .. ':' .. ARGV[3])
redis.call('PEXPIRE', seats, ARGV[5])
return {'ok'}
