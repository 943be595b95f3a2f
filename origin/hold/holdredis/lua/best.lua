-- Takes the best of the choices that are free. KEYS[5] timer key of the new hold; ARGV[3] its ID, [4] session, [5] full time
-- in ms, [6] 'box' for the box office, [7] wheelchair spaces, [8] companions' seats, [9] seats side by side, [10] how many
-- pairs and [11] how many lists follow from [13] on, after them the blocks; all as package seating packs them. [12] names
-- the wish.
-- Answers ok ..., none, or load.
local id, session, full, box = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6] == 'box'
local spaces, companions, side_by_side = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local pairs_given, lists_given = tonumber(ARGV[10]), tonumber(ARGV[11])
if not loaded() then return {'load'} end
local done = live(id)
if done then return reply(done) end

reap()
local old = own(session, full)
local wanted, list = {}, 1

-- That there was none is remembered with the number of the last change: as long as nothing changes there is none. A crowd
-- before a house that is sold out costs little that way.
publish()
local none = '#none:' .. ARGV[6] .. ARGV[12]
local before = redis.call('HMGET', seats, '#seq', none)
if not old and before[2] and before[1] == before[2] then return {'none'} end

-- Spaces with a free companion's seat for as many as need one; then spaces alone, those first that have none to give.
local function find_spaces()
  local all = {}
  for i = 1, pairs_given do
    local space, companion, list = string.match(ARGV[12 + i], '^(%S+) (%S+) (%d+)$')
    local marks = redis.call('HMGET', seats, space, companion)
    if open(marks[1], old, box) then
      table.insert(all, {space = space, companion = companion, list = tonumber(list) + 1, both = companion ~= '-' and open(marks[2], old, box)})
    end
  end
  local found
  local function pick(count, fits, both)
    for _, p in ipairs(all) do
      if count > 0 and not p.picked and fits(p) then
        p.picked, count, found = true, count - 1, found or p
        table.insert(wanted, p.space)
        if both then table.insert(wanted, p.companion) end
      end
    end
    return count
  end
  if pick(companions, function(p) return p.both end, true) > 0 then return false end
  local left = pick(spaces - companions, function(p) return not p.both end)
  if pick(left, function() return true end) > 0 then return false end
  list = found.list
  return true
end

-- What is free of a block, read when it is first looked at. Which holds there are is read once: a house that is nearly
-- full has a mark on every seat.
local read, known_holds = {}
local function open_here(mark)
  if not mark or mark == '+' or mark == '-' or (old and mark == old.id) then return open(mark, old, box) end
  if not known_holds then
    known_holds = {}
    for _, hold in ipairs(redis.call('HKEYS', holds)) do known_holds[hold] = true end
  end
  return not known_holds[mark]
end
local function block(b)
  local known = read[b]
  if known then return known end
  known = {names = {}}
  for seat in string.gmatch(ARGV[13 + pairs_given + lists_given + b], '%S+') do table.insert(known.names, seat) end
  local marks = redis.call('HMGET', seats, unpack(known.names))
  for i = 1, #known.names do
    known[i] = open_here(marks[i])
    known.any = known.any or known[i]
  end
  read[b] = known
  return known
end

local function find_seats()
  local windows = ARGV[12 + pairs_given + list]
  local best, at, least
  for i = 1, #windows, 4 do
    local high, low, further, near = string.byte(windows, i, i + 3)
    local b, from = high * 256 + low, further * 256 + near
    if b == 65535 then
      if best then break end
    else
      local free = read[b] or block(b)
      local fits = free.any
      if fits then
        for s = from + 1, from + side_by_side do
          if not free[s] then fits = false break end
        end
      end
      if fits then
        local alone = 0
        if spaces == 0 and free[from] and not free[from - 1] then alone = 1 end
        local after = from + side_by_side + 1
        if spaces == 0 and free[after] and not free[after + 1] then alone = alone + 1 end
        if not least or alone < least then best, at, least = free, from, alone end
        if alone == 0 then break end
      end
    end
  end
  if not best then return false end
  for s = at + 1, at + side_by_side do table.insert(wanted, best.names[s]) end
  return true
end

if (spaces > 0 and not find_spaces()) or (side_by_side > 0 and not find_seats()) then
  if not old then redis.call('HSET', seats, none, before[1]) end
  return {'none'}
end
return take(id, session, full, wanted, old, KEYS[5])
