-- Ends what is over. Answers ok, the time in ms at which the next hold ends ('-' when there is none) and whether the
-- sold seats are known.
reap()
publish()
local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
return {'ok', first[2] or '-', loaded() and '1' or '0'}
