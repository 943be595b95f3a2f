-- After a sweep: KEYS[1] index; ARGV[1] performance, [2] the score it was found with, [3] its next end in ms or '-'.
-- A new hold raises the score before it is made, so an entry whose score moved is left to a later sweep.
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score ~= ARGV[2] then return 0 end
if ARGV[3] == '-' then return redis.call('ZREM', KEYS[1], ARGV[1]) end
return redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
