/** Entries to be taken out of delayed sets: planned first, written at the end. */
export const drops: string = /* lua */ String.raw`
-- Entries to be taken out of a delayed set, by its key.
local drops, drop_order = {}, {}
local function drop_delayed(queue, set, key, entry, due)
  if not drops[key] then
    drops[key] = {}
    drop_order[#drop_order + 1] = key
  end
  table.insert(drops[key], entry)
  set.count, set.bytes, queue.changed = set.count - 1, math.max(set.bytes - #entry, 0), true
  -- Workers know of a turn at this time: they need not be woken for a later one.
  if not queue.expected or due < queue.expected then queue.expected = due end
end
`;

/**
 * Tasks that the caller was asked to look at: a script knows their ids, and not the keys that these lead to. And how a
 * task ends that still waits: with its entry, where that was found; else a turn will meet that.
 */
export const look: string = /* lua */ String.raw`
-- By id: the page's key, and the unique key that the task holds.
local seen, look, looks = {}, {}, {}
for at = first_look, first_rule - 1, 3 do seen[ARGV[at]] = { page = ARGV[at + 1], unique = ARGV[at + 2] } end

-- What stands behind the id says that the task holds a unique key: the caller then asks for its record.
local function ask_for(id, holds_key)
  if seen[id] or looks[id] then return end
  looks[id] = true
  look[#look + 1] = id .. (holds_key and '*' or '')
end

local told, told_order = {}, {}
local function revoke_waiting(page, id, members, entry)
  local before = page.found[id]
  local head = string.match(before, '^[^\t]*')
  -- Its JSON is not read: what is new is put before the rest.
  local record = 'X' .. nonces_in(head) .. '\t{"finishedAt":' .. whole(now) .. ',' .. members .. ','
    .. string.sub(before, #head + 3)
  if entry then kept.put(page, id, record, entry) else set_record(page, id, record) end
  journal.add('x', id, '{' .. members .. '}')
  end_record(page, now + 86400000)
  for client in string.gmatch(head, ' c(%w+)') do
    if not told[client] then
      told[client] = {}
      told_order[#told_order + 1] = client
    end
    table.insert(told[client], id)
    table.insert(told[client], record)
  end
end
` + drops;
