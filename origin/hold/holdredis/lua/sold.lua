-- ARGV[3] the hold that kept the seats, [4] seats from here on. A reading of the sold seats under way may have missed
-- these: it must start again. Before the first reading there is nothing more to do, it will find them.
redis.call('HDEL', seats, '#loading')
if not loaded() then return {'ok'} end
local sold = {unpack(ARGV, 4)}
local ended = {[ARGV[3]] = true}
for i, mark in ipairs(redis.call('HMGET', seats, unpack(sold))) do
  if mark ~= '+' then
    redis.call('HSET', seats, sold[i], '+')
    changed[sold[i]] = 's'
    if mark then ended[mark] = true end -- its buyer can't have it: they learn it now, not at the till
  end
end
for id in pairs(ended) do
  local r = record(id)
  if r then drop(r) end
end
publish()
return {'ok'}
