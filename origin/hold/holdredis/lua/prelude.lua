-- Every script starts with this. All keys of a performance share its hash tag, so they live on one node of a cluster.
--
--   KEYS[1] seats   hash    seat -> ID of the hold that keeps it, or '+' when it is sold; and the fields
--                           '#loaded'  present once the sold seats were read from the judge
--                           '#loading' 'ms:nonce' of a reading under way
--                           '#seq'     sequence number of the last delta
--                           '#token'   last fencing token
--                   One hash: what it says and whether that can be relied upon are lost together.
--   KEYS[2] holds   hash    hold -> 'token expires since extended session seat seat ...' (times in ms, UTC)
--   KEYS[3] due     zset    hold by the time at which it ends, in ms
--   KEYS[4] buyers  hash    session -> its hold
--   ARGV[1] the channel deltas are published on
--   ARGV[2] now in microseconds, '0' for the server's own clock, which all processes share
local seats, holds, due, buyers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local own_clock = ARGV[2] == '0'
local now_us = tonumber(ARGV[2])
if own_clock then
  local time = redis.call('TIME')
  now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local now = math.floor(now_us / 1000)

-- Whole numbers beyond what Lua would write without an exponent.
local function int(number) return string.format('%.0f', number) end

local function loaded() return redis.call('HEXISTS', seats, '#loaded') == 1 end

-- What this script changed, seat -> 'f'ree, 'h'eld or 's'old. A later change of a seat replaces an earlier one.
local changed = {}

-- Publishes all changes as one delta: the number, then a line for each state. With force also an empty one.
local function publish(force)
  local by_state = {f = {}, h = {}, s = {}}
  local any = force
  for seat, state in pairs(changed) do
    table.insert(by_state[state], seat)
    any = true
  end
  if not any then return end
  local lines = {int(redis.call('HINCRBY', seats, '#seq', 1))}
  for state, list in pairs(by_state) do
    if #list > 0 then table.insert(lines, state .. ' ' .. table.concat(list, ' ')) end
  end
  redis.call('PUBLISH', ARGV[1], table.concat(lines, '\n'))
  changed = {}
end

-- Reads a hold, or nothing.
local function record(id)
  local text = id and redis.call('HGET', holds, id)
  if not text then return nil end
  local token, expires, since, extended, session, list = string.match(text, '^(%d+) (%d+) (%d+) (%S+) (%S+) (.*)$')
  local r = {id = id, token = token, expires = tonumber(expires), since = tonumber(since), extended = extended, session = session, seats = {}}
  for seat in string.gmatch(list, '%S+') do table.insert(r.seats, seat) end
  return r
end

local function write(r)
  redis.call('HSET', holds, r.id, table.concat({r.token, int(r.expires), int(r.since), r.extended, r.session, unpack(r.seats)}, ' '))
  redis.call('ZADD', due, int(r.expires), r.id)
end

-- The hold as it is answered: token, time left is up to the caller, extended or not, session, seats.
local function reply(r)
  return {'ok', r.token, int(r.expires), r.extended == '-' and '0' or '1', r.session, table.concat(r.seats, ' ')}
end

-- Ends a hold and frees those of its seats that are still its own.
local function drop(r)
  local marks = redis.call('HMGET', seats, unpack(r.seats))
  for i, seat in ipairs(r.seats) do
    if marks[i] == r.id then
      redis.call('HDEL', seats, seat)
      changed[seat] = 'f'
    end
  end
  redis.call('HDEL', holds, r.id)
  redis.call('ZREM', due, r.id)
  if redis.call('HGET', buyers, r.session) == r.id then redis.call('HDEL', buyers, r.session) end
end

-- Ends every hold whose time is over.
local function reap()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', int(now))) do
    local r = record(id)
    if r then drop(r) else redis.call('ZREM', due, id) end
  end
end

-- Reads a hold that still holds: it is in time and every one of its seats says so.
local function live(id)
  local r = record(id)
  if not r or r.expires <= now then return nil end
  local marks = redis.call('HMGET', seats, unpack(r.seats))
  for i = 1, #r.seats do
    if marks[i] ~= id then return nil end
  end
  return r
end

-- Makes a key that expires with the hold. Its expiry is an event that makes the processes look at once; nothing is
-- lost when the event is, because the sweep looks anyway.
local function set_timer(key, r)
  if own_clock then redis.call('SET', key, '', 'PXAT', int(r.expires)) end
end
