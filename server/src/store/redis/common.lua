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
    local acked, accepted = unpack(redis.call('HMGET', hash, 'acked', 'accepted'))
    for number = tonumber(acked) + 1, tonumber(accepted) do
        redis.call('HDEL', hash, 'd' .. text(number))
    end
    redis.call('HSET', hash, 'end', why, 'end_handled', handled, 'accepted', acked)
    redis.call('DEL', stream)
end

