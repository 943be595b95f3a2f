-- KEYS[5] timer key of the new hold; ARGV[3] its ID, [4] session, [5] full time in ms, [6] seats from here on.
-- Answers ok ..., taken <seat>..., or load.
local id, session, full = ARGV[3], ARGV[4], tonumber(ARGV[5])
local wanted = {unpack(ARGV, 6)}
if not loaded() then return {'load'} end
local done = live(id)
if done then return reply(done) end -- the first attempt got through, its answer did not

reap()
local old = record(redis.call('HGET', buyers, session))
local marks = redis.call('HMGET', seats, '#token', unpack(wanted))
local taken, kept = {'taken'}, {}
for i, seat in ipairs(wanted) do
  local mark = marks[i + 1]
  if mark and old and mark == old.id then
    kept[seat] = true
  elseif mark == '+' or (mark and redis.call('HEXISTS', holds, mark) == 1) then
    table.insert(taken, seat)
  end
end
if #taken > 1 then
  publish()
  return taken
end

local r = {id = id, since = now, extended = '-', session = session, seats = wanted}
if next(kept) then r.since, r.extended = old.since, old.extended end
r.expires = math.min(now + full, r.since + 2 * full)
if next(kept) then r.expires = math.max(r.expires, old.expires) end -- what an extension gave stays given
r.token = int(math.max((tonumber(marks[1]) or 0) + 1, now_us))
if old then drop(old) end
local fields = {'#token', r.token}
for _, seat in ipairs(wanted) do
  table.insert(fields, seat)
  table.insert(fields, id)
  if kept[seat] then changed[seat] = nil else changed[seat] = 'h' end
end
redis.call('HSET', seats, unpack(fields))
redis.call('HSET', buyers, session, id)
write(r)
set_timer(KEYS[5], r)
publish()
return reply(r)
