/** Which keys the caller declared, and calls with any number of values. */
export const declared: string = /* lua */ String.raw`
local declared = {}
for i = 1, #KEYS do declared[KEYS[i]] = true end

local function whole(number) return string.format('%.0f', number) end

-- command key values..., at most 500 at a time: Lua's stack is small.
local function variadic(command, key, values)
  for from = 1, #values, 500 do
    redis.call(command, key, unpack(values, from, math.min(from + 499, #values)))
  end
end

-- HMGET of any number of fields, as a table from field to value.
local function hmget(key, fields)
  local found = {}
  for from = 1, #fields, 500 do
    local to = math.min(from + 499, #fields)
    local values = redis.call('HMGET', key, unpack(fields, from, to))
    for i = from, to do found[fields[i]] = values[i - from + 1] end
  end
  return found
end
`;
