-- KEYS: leases. ARGV: key prefix of hashes, lease, then sessions and owners.
for at = 3, #ARGV, 2 do
    -- One that is no hash must not cost the others their leases.
    if redis.pcall('HGET', ARGV[1] .. ARGV[at], 'owner') == ARGV[at + 1] then
        redis.call('ZADD', KEYS[1], lease(ARGV[2]), ARGV[at])
    end
end
return 'done'
