import { script } from "../connection/script.ts";

/**
 * The children of tasks. Keys: their lists. Arguments: for each where to begin.
 *
 * Returns how many of them are answered in full, and a text of ids for each: 20,000 in all at most, and then the last
 * text may be of one that is not.
 */
export const children = script({
  name: "children",
  readOnly: true,
  keys: [],
  args: [],
  body: /* lua */ String.raw`
local reply, left = { '0' }, 20000
for i = 1, #KEYS do
  local ids = redis.call('LRANGE', KEYS[i], ARGV[i], string.format('%.0f', tonumber(ARGV[i]) + left - 1))
  reply[i + 1] = table.concat(ids, ' ')
  if #ids == left then return reply end
  left = left - #ids
  reply[1] = tostring(i)
end
return reply
`,
});
