import { script } from "../connection/script.ts";

/** Values of the map's fields, empty where there is none: of so many of the first ones as make some 4 MiB, one at least. */
export const read = script({
  name: "read",
  readOnly: true,
  keys: ["map"],
  args: [],
  body: /* lua */ String.raw`
local reply, bytes = {}, 0
for from = 1, #ARGV, 25 do
  local values = redis.call('HMGET', map, unpack(ARGV, from, math.min(from + 24, #ARGV)))
  for i = 1, #values do
    local value = values[i] or ''
    bytes = bytes + #value
    if bytes > 4194304 and #reply > 0 then return reply end
    reply[#reply + 1] = value
  end
end
return reply
`,
});
