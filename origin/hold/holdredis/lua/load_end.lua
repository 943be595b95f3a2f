-- ARGV[3] nonce, [4] a token to go beyond, [5] how many sold seats and [6] how many withheld ones follow from [7] on, after
-- these what orders keep: 'hold token until-in-ms seat seat'. Answers again when something was sold or freed since
-- load_begin, else ok and how many seats were corrected.
local mark = redis.call('HGET', seats, '#loading')
if not mark or string.match(mark, ':(.*)$') ~= ARGV[3] then return {'again'} end
redis.call('HDEL', seats, '#loading')
local first = not loaded()
local state, sold = redis.call('HGETALL', seats), {}
local number, away = tonumber(ARGV[5]), tonumber(ARGV[6])
for i = 7, 6 + number do sold[ARGV[i]] = true end
local corrected = 0
if first then
  -- Whatever else is left is a torn remainder: holds without their seats, or seats without a word on who was sold what.
  local old = {['#seq'] = '0', ['#token'] = '0'}
  for i = 1, #state, 2 do
    if old[state[i]] then old[state[i]] = state[i + 1] else redis.call('HDEL', seats, state[i]) end
  end
  redis.call('DEL', holds, due, buyers)
  state = {}
  -- Both start from the clock, beyond anything a lost predecessor can have reached: a reader sees a gap.
  redis.call('HSET', seats, '#loaded', '1', '#seq', int(math.max(tonumber(old['#seq']), now_us)),
    '#token', int(math.max(tonumber(old['#token']), now_us, tonumber(ARGV[4]))))
end
local ended = {}
for i = 1, #state, 2 do
  local seat, is = state[i], state[i + 1]
  if string.sub(seat, 1, 1) ~= '#' then
    if is == '+' and not sold[seat] then
      redis.call('HDEL', seats, seat)
      changed[seat] = 'f'
      corrected = corrected + 1
    elseif is == '+' then
      sold[seat] = nil
    elseif sold[seat] then
      ended[is] = true
    end
  end
end
for seat in pairs(sold) do
  redis.call('HSET', seats, seat, '+')
  changed[seat] = 's'
  corrected = corrected + 1
end
for id in pairs(ended) do
  local r = record(id)
  if r then drop(r) end
end
local allocation = {}
for i = 7 + number, 6 + number + away do table.insert(allocation, ARGV[i]) end
withhold(allocation)
for i = 7 + number + away, #ARGV do
  -- The hold was lost, or is known still. Its order keeps what nobody else has by now.
  local id, token, till, list = string.match(ARGV[i], '^(%S+) (%d+) (%d+) (.*)$')
  if redis.call('ZADD', due, 'XX', 'GT', till, id) == 0 and redis.call('HEXISTS', holds, id) == 0 and tonumber(till) > now then
    local r = {id = id, token = token, expires = now, since = now, extended = '-', session = '~', seats = {}}
    for seat in string.gmatch(list, '%S+') do
      local mark = redis.call('HGET', seats, seat)
      if not mark or mark == '-' then
        redis.call('HSET', seats, seat, id)
        changed[seat] = 'h'
        table.insert(r.seats, seat)
      end
    end
    if #r.seats > 0 then
      write(r)
      redis.call('ZADD', due, till, id)
    end
  end
end
if first then changed = {} end -- the gap alone makes every reader take a snapshot
publish(first)
return {'ok', int(corrected)}
