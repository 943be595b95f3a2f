-- Every script starts with this. All keys of a performance share its hash tag, so they live on one node of a cluster.
--
--   KEYS[1] seats   hash    seat -> ID of the hold that keeps it, '+' when it is sold, '-' when it is withheld for the box
--                           office; and the fields
--                           '#loaded'  present once the sold seats were read from the judge
--                           '#loading' 'ms:nonce' of a reading under way
--                           '#seq'     sequence number of the last delta
--                           '#token'   last fencing token
--                           '#none:..' number of the last change when nothing was free for a wish, see best.lua
--                           '#withheld' the allocation of the box office, a space around each seat
--                   One hash: what it says and whether that can be relied upon are lost together.
--   KEYS[2] holds   hash    hold -> 'token expires since extended session seat seat ...' (times in ms, UTC)
--   KEYS[3] due     zset    hold by the time at which it lets go of its seats, in ms: when it expires, or later if an order
--                           stands on it (see pledge.lua)
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

-- What this script changed, seat -> 'f'ree, 'h'eld, 's'old or 'w'ithheld. A later change of a seat replaces an earlier one.
local changed = {}

-- Publishes all changes as one delta: the number, then a line for each state. With force also an empty one.
local function publish(force)
  local by_state = {f = {}, h = {}, s = {}, w = {}}
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
  redis.call('ZADD', due, 'GT', int(r.expires), r.id) -- a pledge may keep it longer
end

-- The hold as it is answered: token, time left is up to the caller, extended or not, session, seats.
local function reply(r)
  return {'ok', r.token, int(r.expires), r.extended == '-' and '0' or '1', r.session, table.concat(r.seats, ' ')}
end

-- Gives a seat back to whom it is for.
local withheld
local function give_back(seat)
  if not withheld then withheld = redis.call('HGET', seats, '#withheld') or '' end
  if string.find(withheld, ' ' .. seat .. ' ', 1, true) then
    redis.call('HSET', seats, seat, '-')
    changed[seat] = 'w'
  else
    redis.call('HDEL', seats, seat)
    changed[seat] = 'f'
  end
end

-- Ends a hold and frees those of its seats that are still its own.
local function drop(r)
  local marks = redis.call('HMGET', seats, unpack(r.seats))
  for i, seat in ipairs(r.seats) do
    if marks[i] == r.id then give_back(seat) end
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

-- Makes a key that expires when the seats of a hold are let go. Its expiry is an event that makes the processes look at
-- once; nothing is lost when the event is, because the sweep looks anyway.
local function set_timer(key, at)
  if own_clock then redis.call('SET', key, '', 'PXAT', int(at)) end
end

-- The hold that a session has, if any; spent when not even its own session could keep its seats any longer.
local function own(session, full)
  local r = record(redis.call('HGET', buyers, session))
  if r then r.spent = r.since + 2 * full <= now end
  return r
end

-- May whoever has the hold old take a seat with this mark? What is over must have been reaped before.
local function open(mark, old, box)
  if not mark then return true end
  if mark == '+' then return false end
  if mark == '-' then return box end
  if old and mark == old.id then return not old.spent end
  return redis.call('HEXISTS', holds, mark) == 0
end

-- Ends the old hold of a session that has a new one. Seats that an order stands on stay with it, in nobody's hold, but
-- for those that the new one takes over.
local function replace(old, kept)
  local left = {}
  if tonumber(redis.call('ZSCORE', due, old.id) or 0) > old.expires then
    for _, seat in ipairs(old.seats) do
      if not kept[seat] then table.insert(left, seat) end
    end
  end
  if #left == 0 then return drop(old) end
  redis.call('HSET', holds, old.id, table.concat({old.token, int(now), int(old.since), old.extended, '~', unpack(left)}, ' '))
end

-- Takes seats that are open, in the place of the session's old hold, and answers with the hold.
local function take(id, session, full, wanted, old, timer)
  local marks, kept = redis.call('HMGET', seats, '#token', unpack(wanted)), {}
  for i, seat in ipairs(wanted) do
    if old and marks[i + 1] == old.id then kept[seat] = true end
  end
  local r = {id = id, since = now, extended = '-', session = session, seats = wanted}
  if next(kept) then r.since, r.extended = old.since, old.extended end
  r.expires = math.min(now + full, r.since + 2 * full)
  if next(kept) then r.expires = math.max(r.expires, old.expires) end -- what an extension gave stays given
  r.token = int(math.max((tonumber(marks[1]) or 0) + 1, now_us))
  if old then replace(old, kept) end
  local fields = {'#token', r.token}
  for _, seat in ipairs(wanted) do
    table.insert(fields, seat)
    table.insert(fields, id)
    if kept[seat] then changed[seat] = nil else changed[seat] = 'h' end
  end
  redis.call('HSET', seats, unpack(fields))
  redis.call('HSET', buyers, session, id)
  write(r)
  set_timer(timer, r.expires)
  publish()
  return reply(r)
end

-- Makes seats, given as a list, the allocation of the box office. What is held or sold keeps its mark.
local function withhold(list)
  local wanted = {}
  for _, seat in ipairs(list) do wanted[seat] = true end
  for seat in string.gmatch(redis.call('HGET', seats, '#withheld') or '', '%S+') do
    if not wanted[seat] and redis.call('HGET', seats, seat) == '-' then
      redis.call('HDEL', seats, seat)
      changed[seat] = 'f'
    end
  end
  for seat in pairs(wanted) do
    if not redis.call('HGET', seats, seat) then
      redis.call('HSET', seats, seat, '-')
      changed[seat] = 'w'
    end
  end
  withheld = ''
  if #list == 0 then return redis.call('HDEL', seats, '#withheld') end
  withheld = ' ' .. table.concat(list, ' ') .. ' '
  redis.call('HSET', seats, '#withheld', withheld)
end
