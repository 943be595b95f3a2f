-- ARGV[3] life of an untouched performance in ms. Answers ok seq sold held, or load.
if not loaded() then return {'load'} end
reap()
publish()
redis.call('PEXPIRE', seats, ARGV[3])
local state, sold, held, seq = redis.call('HGETALL', seats), {}, {}, '0'
for i = 1, #state, 2 do
  local seat, is = state[i], state[i + 1]
  if seat == '#seq' then
    seq = is
  elseif string.sub(seat, 1, 1) ~= '#' then
    if is == '+' then table.insert(sold, seat) else table.insert(held, seat) end
  end
end
return {'ok', seq, table.concat(sold, ' '), table.concat(held, ' ')}
