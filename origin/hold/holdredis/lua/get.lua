-- ARGV[3] hold. Answers ok ... or gone.
local r = live(ARGV[3])
if not r then return {'gone'} end
return reply(r)
