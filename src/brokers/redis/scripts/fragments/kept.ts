import { largest } from "../../records/record.ts";

/**
 * What was revoked keeps its message, in its record: the script that ends it has its entry, and no more. To be put behind
 * `queues`; all of it is one local: a turn has nearly as many as Lua lets a script have.
 */
export const kept: string = /* lua */ String.raw`
local kept = { elsewhere = {} }

-- The JSON in an entry has no line ends: quotes and backslashes are all that a text in JSON may not hold.
function kept.put(page, id, record, entry)
  local whole_record = string.sub(record, 1, -2) .. ',"entry":"' .. string.gsub(entry, '["\\]', '\\%0') .. '"}'
  if #entry <= ${largest} then return set_record(page, id, whole_record) end
  local key, tab = prefix .. ':r:' .. id, string.find(record, '\t', 1, true)
  needs(key)
  kept.elsewhere[#kept.elsewhere + 1] = { key, whole_record, now + 86400000 }
  set_record(page, id, string.sub(record, 1, tab - 1) .. ' l' .. string.sub(record, tab))
end

function kept.write()
  for i = 1, #kept.elsewhere do
    local key, text, ends = unpack(kept.elsewhere[i])
    redis.call('SET', key, text, 'PX', whole(math.max(ends - now, 1000)))
  end
end
`;
