import { script } from "../connection/script.ts";

/**
 * The entries at the ends of lists. Keys: for each its first segment and its last. Returns for each the first entry and
 * the last one, empty where there is none.
 */
export const ends = script({
  name: "ends",
  readOnly: true,
  keys: [],
  args: [],
  body: /* lua */ String.raw`
local reply = {}
for i = 1, #KEYS, 2 do
  reply[i] = redis.call('LINDEX', KEYS[i], '0') or ''
  reply[i + 1] = redis.call('LINDEX', KEYS[i + 1], '-1') or ''
end
return reply
`,
});
