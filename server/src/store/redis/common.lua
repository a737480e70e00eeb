-- Prepended to every script. A session has a hash and a stream. Numbers are formatted as text, exact up to 2^53.
local function text(number) return string.format('%.0f', number) end
local function id(number) return text(number) .. '-0' end

local function lease(span)
    local time = redis.call('TIME')
    return text(time[1] * 1000 + math.floor(time[2] / 1000) + span)
end

local function read(hash, stream)
    return {redis.call('HGETALL', hash), redis.call('XRANGE', stream, '-', '+')}
end

local function finish(hash, stream, why, handled)
    for _, name in ipairs(redis.call('HKEYS', hash)) do
        if string.find(name, '^d%d') then redis.call('HDEL', hash, name) end
    end
    redis.call('HSET', hash, 'end', why, 'end_handled', handled, 'accepted', redis.call('HGET', hash, 'acked'))
    redis.call('DEL', stream)
end
