-- KEYS[5] timer key of the new hold; ARGV[3] its ID, [4] session, [5] full time in ms, [6] 'box' for the box office,
-- [7] how many blocks and [8] how many areas follow from [9] on: blocks as the seats in them, areas as 'count place place';
-- after these the seats wanted.
-- Answers ok ..., taken <seat>..., full <area> <left>, alone <seats left alone> <seats instead>, or load.
local id, session, full, box = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6] == 'box'
local blocks, areas = tonumber(ARGV[7]), tonumber(ARGV[8])
local wanted = {unpack(ARGV, 9 + blocks + areas)}
if not loaded() then return {'load'} end
local done = live(id)
if done then return reply(done) end -- the first attempt got through, its answer did not

reap()
local old = own(session, full)
local function refuse(answer)
  publish()
  return answer
end
local function words(text)
  local list = {}
  for word in string.gmatch(text, '%S+') do table.insert(list, word) end
  return list
end

local taken, chosen = {'taken'}, {}
if #wanted > 0 then
  local marks = redis.call('HMGET', seats, unpack(wanted))
  for i, seat in ipairs(wanted) do
    chosen[seat] = true
    if not open(marks[i], old, box) then table.insert(taken, seat) end
  end
end
if #taken > 1 then return refuse(taken) end

-- A seat may be left alone between others only where its stretch of free seats has one more than are wanted of it: then
-- whatever is chosen there leaves one. Elsewhere the nearest neighbours that leave none are offered instead.
local alone, instead, spoilt = {}, {}, {}
for b = 1, blocks do
  local block = words(ARGV[8 + b])
  local marks, free = redis.call('HMGET', seats, unpack(block)), {}
  for i = 1, #block do free[i] = open(marks[i], old, box) end
  local from = 1
  while from <= #block do
    local to = from
    while free[to] do to = to + 1 end
    to = to - 1
    local count, sum = 0, 0
    for i = from, to do
      if chosen[block[i]] then count, sum = count + 1, sum + i end
    end
    if count > 0 and to - from + 1 - count >= 2 then
      local wrong = false
      for i = from, to do
        local wall_left, wall_right = i == from or chosen[block[i - 1]], i == to or chosen[block[i + 1]]
        if not chosen[block[i]] and wall_left and wall_right then
          table.insert(alone, block[i])
          wrong = true
        end
      end
      if wrong then
        local best, least
        for at = from, to - count + 1 do
          local way = math.abs(2 * (count * at + count * (count - 1) / 2) - 2 * sum)
          if at - from ~= 1 and to - (at + count - 1) ~= 1 and (not least or way < least) then best, least = at, way end
        end
        for i = from, to do
          if chosen[block[i]] then spoilt[block[i]] = true end
        end
        for i = best, best + count - 1 do table.insert(instead, block[i]) end
      end
    end
    from = to + 2
  end
end
if #alone > 0 then
  for _, seat in ipairs(wanted) do
    if not spoilt[seat] then table.insert(instead, seat) end
  end
  return refuse({'alone', table.concat(alone, ' '), table.concat(instead, ' ')})
end

for a = 1, areas do
  local places = words(ARGV[8 + blocks + a])
  local need = tonumber(table.remove(places, 1))
  local marks, found, others = redis.call('HMGET', seats, unpack(places)), {}, {}
  for i, place in ipairs(places) do
    if open(marks[i], old, box) then
      if marks[i] and old and marks[i] == old.id then table.insert(found, place) else table.insert(others, place) end
    end
  end
  local left = #found + #others
  if left < need then return refuse({'full', tostring(a), tostring(left)}) end
  for _, place in ipairs(others) do table.insert(found, place) end
  for i = 1, need do table.insert(wanted, found[i]) end
end
return take(id, session, full, wanted, old, KEYS[5])
