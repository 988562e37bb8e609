/**
 * Tasks that others sent: the child is noted under its parent; one whose parent was revoked with its tree never starts.
 */
export const children: string = /* lua */ String.raw`
local function parent_at(at)
  return string.match(ARGV[at + 11], '^(.*) ([^ ]*)$')
end

do
  local seen_parents = {}
  for at = first_message, #ARGV, 12 do
    local key, id = parent_at(at)
    if id and not seen_parents[id] then
      seen_parents[id] = true
      needs(family.key(id))
      if needs(key) then want_record(key, id) end
    end
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
  if parent_id then family.note(parent_id, id, due) end
end
`;
