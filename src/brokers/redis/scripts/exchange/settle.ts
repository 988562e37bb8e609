/** Hands in: records of what ended, was put back or reported, on their pages; and who waits for them. */
export const settle: string = /* lua */ String.raw`
-- Settlements and reports.
for at = first_item, #ARGV, 17 do
  needs(ARGV[at])
  if ARGV[at + 10] ~= '' then needs(ARGV[at + 10]) end
  if ARGV[at + 12] ~= '' then needs(ARGV[at + 12]) end
  if ARGV[at + 13] ~= '' then needs(prefix .. ':f') end
  if declared[ARGV[at]] then want_record(ARGV[at], ARGV[at + 1]) end
end
read_pages(now)
journal.plan_counts()
local changed = false
-- What workers declare counts from now on.
local set, revised, is_revised = {}, {}, {}
for at = first_arg + queue_count, first_item - 1, 2 do
  local known = rules[ARGV[at]] or '|'
  if string.match(known, '^[^|]*') ~= ARGV[at + 1] then
    changed = true
    revised[#revised + 1], is_revised[ARGV[at]] = ARGV[at], true
    rules[ARGV[at]] = ARGV[at + 1] .. string.match(known, '|.*$')
    set[#set + 1] = 'l:' .. ARGV[at]
    set[#set + 1] = rules[ARGV[at]]
  end
end
do
  local places = {}
  for at = first_item, #ARGV, 17 do
    if ARGV[at + 9] ~= '' then
      places[#places + 1] = { queues[ARGV[first_arg + tonumber(ARGV[at + 5]) - 1]], tonumber(ARGV[at + 6]), ARGV[at + 9] }
    end
  end
  load_lanes_of(places)
end
local remove, watching, watch_order, forget = {}, {}, {}, 0
local function forget_revoked(id)
  remove[#remove + 1] = 'r:' .. id
  remove[#remove + 1] = 't:' .. id
  forget = forget + 1
end
local letters, free_key, free_id = {}, {}, {}
-- kind: e that it ended, u that it changed.
local function tell(kind, client, id, record)
  local key = kind .. client
  local list = watching[key]
  if not list then
    list = { size = 0 }
    watching[key] = list
    watch_order[#watch_order + 1] = key
  end
  list[#list + 1] = id
  if list.size + #record <= 65536 then
    list.size = list.size + #record
    list[#list + 1] = record
  else
    list[#list + 1] = ''
  end
end
do
-- What is sent with a settlement stands behind it.
local function follow(page, id, at)
  local queue, due, entry = queues[ARGV[first_arg + tonumber(ARGV[at + 5]) - 1]], tonumber(ARGV[at + 7]), ARGV[at + 9]
  set_record(page, id, ARGV[at + 3])
  chosen.note(ARGV[at], id, ARGV[at + 3])
  page.open = page.open + 1
  journal.sent(id, ARGV[at + 3])
  if ARGV[at + 11] ~= '' then family.note(ARGV[at + 11], id, math.max(due, now)) end
  if due > now then delay(queue, due, entry) else add(queue, tonumber(ARGV[at + 6]), entry) end
end
local followed, met, heads = '', {}, {}
for at = first_item, #ARGV, 17 do
  local key, id, slot, token = ARGV[at], ARGV[at + 1], string.match(ARGV[at + 2], '^(%d+):(%d+)$')
  local page = pages[key]
  if ARGV[at + 8] == 'new' then
    if page and followed == ARGV[at + 2] and not page.found[id] then follow(page, id, at) end
  elseif page and held[slot] == token then
    local record, ends, queue_number = ARGV[at + 3], tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
    local before = page.found[id]
    local head = before and string.match(before, '^[^\t]*') or 'Q'
    local letter = string.sub(head, 1, 1)
    local is_met = ARGV[at + 8] == 'revoked'
    local ended = is_met or string.find('SFXE', letter, 1, true)
    local settled = is_met or ends > 0 or queue_number > 0
    if settled then
      held[slot], is_used[slot] = nil, nil
      free_lane(held_lane[slot])
    end
    -- See mark_taken.
    if settled and string.find(head .. ' ', ' k ', 1, true) then remove[#remove + 1] = 't:' .. id end
    changed = true
    if not ended then
      followed = settled and ARGV[at + 2] or ''
      journal.tally(ARGV[at + 16])
      journal.settled(ARGV[at + 14], ARGV[at + 15], before)
      local tab = string.find(record, '\t', 1, true)
      if ends > 0 then
        local mark = ARGV[at + 10] ~= '' and ' l' or ''
        set_record(page, id, string.sub(record, 1, 1) .. mark .. nonces_in(head) .. string.sub(record, tab))
        end_record(page, ends)
        if ARGV[at + 12] ~= '' then
          free_key[#free_key + 1] = ARGV[at + 12]
          free_id[#free_id + 1] = id
        end
        local member = ARGV[at + 13]
        if member ~= '' then
          letters[#letters + 1] = '0'
          letters[#letters + 1] = member
          ends = tonumber(string.match(member, '^%d+|(%d+)|'))
        end
        if ARGV[at + 10] ~= '' then
          kept.elsewhere[#kept.elsewhere + 1] = { ARGV[at + 10], ARGV[at + 11], ends }
          record = ARGV[at + 11]
        end
        for client in string.gmatch(head, ' c(%w+)') do tell('e', client, id, record) end
      else
        set_record(page, id, string.sub(record, 1, 1) .. string.sub(head, 2) .. string.sub(record, tab))
        for client in string.gmatch(head, ' u(%w+)') do tell('u', client, id, record) end
      end
      if queue_number > 0 then
        local queue = queues[ARGV[first_arg + queue_number - 1]]
        local priority, due, entry = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7]), ARGV[at + 9]
        if ARGV[at + 8] == 'head' and (due <= now or lane_in(entry) ~= '') then
          heads[#heads + 1] = { queue, priority, entry, due }
        elseif due > now then
          delay(queue, due, entry)
        else
          add(queue, priority, entry)
        end
      end
    elseif (is_met or letter == 'X') and settled then
      -- Told when it was revoked, and counted now that its run is over.
      journal.tally(string.gsub(ARGV[at + 16], '\t.*', '\tx:1'))
      forget_revoked(id)
      if letter == 'X' then met[#met + 1] = { 'h:' .. worker .. ':' .. slot, page, id, token } end
    end
  end
end
-- They stand at the head as they were handed in: the first one goes there last.
for i = #heads, 1, -1 do
  local queue, due = heads[i][1], heads[i][4]
  local lane = add(queue, heads[i][2], heads[i][3], true)
  if due > now then
    put_lane(lane, 'z', due)
    queue.sooner = true
  end
end
local fields = {}
for i = 1, #met do fields[i] = met[i][1] end
local values = hmget(map, fields)
for i = 1, #met do
  local field, page, id, token = unpack(met[i])
  local holder, entry = string.match(values[field] or '', '^(%d+)|[^|]*|(.*)$')
  if holder == token then kept.put(page, id, page.found[id], entry) end
end
end
`;
