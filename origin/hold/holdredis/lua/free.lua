-- ARGV[3] seats from here on, sold until now. See sold.lua for '#loading'.
redis.call('HDEL', seats, '#loading')
if not loaded() then return {'ok'} end
local freed = {unpack(ARGV, 3)}
for i, mark in ipairs(redis.call('HMGET', seats, unpack(freed))) do
  if mark == '+' then give_back(freed[i]) end
end
publish()
return {'ok'}
