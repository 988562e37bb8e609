import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";

/**
 * Adds to the counts of a day. `nonce` tells repetitions of this request: those of the last 256 are remembered. Further
 * arguments: operations and their commands, in turn.
 */
export const addBill = script({
  name: "add_bill",
  keys: ["day"],
  args: ["nonce", "keep"],
  body: declared + /* lua */ String.raw`
local fields = { '#' }
for at = first_arg, #ARGV, 2 do fields[#fields + 1] = ARGV[at] end
local found = hmget(day, fields)
local nonces = found['#'] or ''
if string.find(nonces, nonce .. ' ', 1, true) then return 0 end
local set = { '#', nonce .. ' ' .. string.sub(nonces, 1, 255 * (#nonce + 1)) }
for at = first_arg, #ARGV, 2 do
  set[#set + 1] = ARGV[at]
  set[#set + 1] = whole(tonumber(found[ARGV[at]] or '0') + tonumber(ARGV[at + 1]))
end
variadic('HSET', day, set)
if not found['#'] then redis.call('PEXPIRE', day, keep) end
return 1
`,
});

/** The counts of days. Keys: theirs. Returns for each its fields and values, by spaces. */
export const readBill = script({
  name: "read_bill",
  readOnly: true,
  keys: [],
  args: [],
  body: /* lua */ String.raw`
local reply = {}
for i = 1, #KEYS do
  local found, words = redis.call('HGETALL', KEYS[i]), {}
  for j = 1, #found, 2 do
    if found[j] ~= '#' then
      words[#words + 1] = found[j]
      words[#words + 1] = found[j + 1]
    end
  end
  reply[i] = table.concat(words, ' ')
end
return reply
`,
});
