/**
 * Ids that callers chose are on no page that is named by a time: so they are noted by it, to be listed. Those of the last
 * 100,000 are known; the others are forgotten now and then, in one request of 64. All of it is one local: a turn has
 * nearly as many as Lua lets a script have.
 */
export const chosen: string = /* lua */ String.raw`
local chosen = { noted = {} }
function chosen.note(page_key, id, record)
  if string.sub(page_key, #prefix + 1, #prefix + 3) ~= ':t:' then return end
  local sent = string.match(record, '"sentAt":(%d+)') or now
  table.insert(chosen.noted, whole(math.floor(tonumber(sent) / 1024)))
  table.insert(chosen.noted, id)
end

function chosen.write()
  if #chosen.noted == 0 then return end
  variadic('ZADD', prefix .. ':i', chosen.noted)
  if now % 64 == 0 then redis.call('ZREMRANGEBYRANK', prefix .. ':i', '0', '-100001') end
end
`;
