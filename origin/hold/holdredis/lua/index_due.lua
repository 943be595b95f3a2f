-- The index of performances with holds, by the time of the next end; it stands alone, outside any performance's tag.
-- KEYS[1] index; ARGV[1] now in microseconds or '0', [2] how many. Answers performance, score, performance, score ...
local now_us = tonumber(ARGV[1])
if now_us == 0 then
  local time = redis.call('TIME')
  now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now_us / 1000), 'WITHSCORES', 'LIMIT', '0', ARGV[2])
