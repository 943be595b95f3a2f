-- ARGV[3] life of an untouched performance in ms. Answers ok seq sold held withheld, or load.
if not loaded() then return {'load'} end
reap()
publish()
redis.call('PEXPIRE', seats, ARGV[3])
local state, sold, held, away, seq = redis.call('HGETALL', seats), {}, {}, {}, '0'
for i = 1, #state, 2 do
  local seat, is = state[i], state[i + 1]
  if seat == '#seq' then
    seq = is
  elseif string.sub(seat, 1, 1) ~= '#' then
    table.insert(is == '+' and sold or is == '-' and away or held, seat)
  end
end
return {'ok', seq, table.concat(sold, ' '), table.concat(held, ' '), table.concat(away, ' ')}
