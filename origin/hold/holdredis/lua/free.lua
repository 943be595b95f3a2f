-- ARGV[3] seats from here on, sold until now. See sold.lua for '#loading'.
redis.call('HDEL', seats, '#loading')
if not loaded() then return {'ok'} end
local freed = {unpack(ARGV, 3)}
for i, mark in ipairs(redis.call('HMGET', seats, unpack(freed))) do
  if mark == '+' then
    redis.call('HDEL', seats, freed[i])
    changed[freed[i]] = 'f'
  end
end
publish()
return {'ok'}
