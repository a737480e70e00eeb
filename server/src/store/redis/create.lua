-- KEYS: hash, leases. ARGV: session, lease, then fields and values.
if redis.call('EXISTS', KEYS[1]) == 1 then return 'gap' end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('ZADD', KEYS[2], lease(ARGV[2]), ARGV[1])
return 'done'
