-- ARGV[3] seats from here on: the whole allocation of the box office. See sold.lua for '#loading'.
redis.call('HDEL', seats, '#loading')
if not loaded() then return {'ok'} end
withhold({unpack(ARGV, 3)})
publish()
return {'ok'}
