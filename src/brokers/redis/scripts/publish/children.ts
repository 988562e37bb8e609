/**
 * Tasks that others sent: the child is noted under its parent; one whose parent was revoked with its tree never starts.
 */
export const children: string = /* lua */ String.raw`
-- By the parent's id: the key of its page, and the children that are added now.
local parents, parent_order = {}, {}
-- At most so many are known of one task: its key may not grow towards 100 MB. For so long after the last one (ms).
local most_children, children_stay = 400000, 172800000

local function parent_at(at)
  return string.match(ARGV[at + 11], '^(.*) ([^ ]*)$')
end

for at = first_message, #ARGV, 12 do
  local key, id = parent_at(at)
  if id and not parents[id] then
    parents[id] = { page = key, ids = {}, ends = now + children_stay }
    parent_order[#parent_order + 1] = id
    needs(prefix .. ':k:' .. id)
    if needs(key) then want_record(key, id) end
  end
end

local function is_revoked_with_tree(at)
  local key, id = parent_at(at)
  local record = id and pages[key] and pages[key].found[id]
  if not record or string.sub(record, 1, 1) ~= 'X' then return false end
  return string.find(string.match(record, '^[^\t]*') .. ' ', ' t ', 1, true) ~= nil
end

local function note_child(at, id, due)
  local _, parent_id = parent_at(at)
  local parent = parents[parent_id]
  if not parent then return end
  parent.ids[#parent.ids + 1] = id
  parent.ends = math.max(parent.ends, due + children_stay)
end

local function write_children()
  for i = 1, #parent_order do
    local key, parent, length = prefix .. ':k:' .. parent_order[i], parents[parent_order[i]], 0
    for from = 1, #parent.ids, 500 do
      length = redis.call('RPUSH', key, unpack(parent.ids, from, math.min(from + 499, #parent.ids)))
    end
    if length > most_children then redis.call('LTRIM', key, '0', whole(most_children - 1)) end
    if length > 0 and redis.call('PTTL', key) < parent.ends - now then
      redis.call('PEXPIRE', key, whole(parent.ends - now))
    end
  end
end
`;
