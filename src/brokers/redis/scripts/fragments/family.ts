/**
 * Which tasks a task sent: noted under it, wherever a child is added. To be put behind `queues`; all of it is one local: a
 * turn has nearly as many as Lua lets a script have.
 */
export const family: string = /* lua */ String.raw`
-- At most so many are known of one task: its key may not grow towards 100 MB. For so long after the last one (ms).
local family = { parents = {}, order = {}, most = 400000, stay = 172800000 }

function family.key(parent) return prefix .. ':k:' .. parent end

function family.note(parent, id, due)
  local children = family.parents[parent]
  if not children then
    children = { ids = {}, ends = now + family.stay }
    family.parents[parent] = children
    family.order[#family.order + 1] = parent
    needs(family.key(parent))
  end
  children.ids[#children.ids + 1] = id
  children.ends = math.max(children.ends, due + family.stay)
end

function family.write()
  for i = 1, #family.order do
    local key, children, length = family.key(family.order[i]), family.parents[family.order[i]], 0
    for from = 1, #children.ids, 500 do
      length = redis.call('RPUSH', key, unpack(children.ids, from, math.min(from + 499, #children.ids)))
    end
    if length > family.most then redis.call('LTRIM', key, '0', whole(family.most - 1)) end
    if redis.call('PTTL', key) < children.ends - now then redis.call('PEXPIRE', key, whole(children.ends - now)) end
  end
end
`;
