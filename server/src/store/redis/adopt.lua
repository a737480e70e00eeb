-- KEYS: hash, stream, leases. ARGV: session, lease, expected owner, then fields and values.
local owner = redis.call('HGET', KEYS[1], 'owner')
if not owner then return 'gap' end
if owner ~= ARGV[3] then return 'fenced' end
if redis.call('HEXISTS', KEYS[1], 'end') == 0 then
    redis.call('HSET', KEYS[1], unpack(ARGV, 4))
    redis.call('ZADD', KEYS[3], lease(ARGV[2]), ARGV[1])
end
return read(KEYS[1], KEYS[2])
