/**
 * Drops the oldest messages of the lowest priority from queues in which more wait than may, those of this request among
 * them.
 */
export const lengths: string = /* lua */ String.raw`
-- Other publishers drop too: so many more are looked at than are needed, lest their pages are asked for again and again.
local spare = 20
local pops, dropped, dropped_entries, freed = {}, {}, {}, {}

local function drop_entry(entry)
  local id, mark = string.match(entry, '^%d|%d+|([^|]*)|(%$?)')
  ask_for(id, mark == '$')
  dropped[#dropped + 1], dropped_entries[#dropped_entries + 1] = id, entry
end

local function drop_fresh(queue, priority, excess)
  for i = 1, #accepted do
    local item = accepted[i]
    if excess > 0 and item.queue == queue and item.priority == priority and item.due <= now and not item.gone and not item.is_spared then
      item.gone = true
      excess = excess - 1
      revoke_waiting(item.page, item.id, '"reason":"queue_full"', item.entry)
      if holders[item.unique] == item.id then freed[#freed + 1] = item.unique end
    end
  end
  return excess
end

local function drop_waiting(queue, priority, excess)
  local list, first = queue.lists[priority], true
  while list and list.count > 0 and excess > 0 do
    local key = prefix .. ':q:' .. queue.name .. ':' .. priority .. ':' .. whole(list.head)
    if first then needs(key) end
    -- A segment further on is not always declared: then the next request drops the rest.
    if not declared[key] then break end
    first = false
    local found = redis.call('LRANGE', key, '0', whole(excess - 1 + spare))
    local count = math.min(#found, excess, list.count)
    for i = 1, #found do
      if i <= count then
        drop_entry(found[i])
        if list.head == list.tail then
          list.tail_count, list.tail_bytes = list.tail_count - 1, math.max(list.tail_bytes - #found[i], 0)
        end
      else
        ask_for(string.match(found[i], '^%d|%d+|([^|]*)|'), string.find(found[i], '^%d|%d+|[^|]*|%$') ~= nil)
      end
    end
    if count > 0 then pops[#pops + 1] = { key, whole(count) } end
    list.count, queue.waiting, queue.changed = list.count - count, queue.waiting - count, true
    excess = excess - count
    if excess > 0 then
      if list.head == list.tail then break end
      list.head = list.head + 1
    end
  end
  return excess
end

for i = 1, #queue_order do
  local queue = queues[queue_order[i]]
  local excess = queue.drops and queue.total - queue.limit or 0
  for priority = 0, 9 do
    if excess <= 0 then break end
    excess = drop_waiting(queue, priority, excess)
    excess = drop_fresh(queue, priority, excess)
  end
end
if #need == 0 and #dropped > 0 then
  for i = 1, #dropped do
    if not seen[dropped[i]] then return add_layouts({ 'look', table.concat(look, ' ') }) end
  end
  for i = 1, #dropped do
    local id = dropped[i]
    local page = pages[seen[id].page]
    if page and page.found then
      page.found[id] = page.found[id] or redis.call('HGET', seen[id].page, id)
    else
      want_record(seen[id].page, id)
    end
  end
  read_pages(offer_ends > 0 and now or nil)
  local over = {}
  for i = 1, #dropped do
    local id = dropped[i]
    local page = pages[seen[id].page]
    local record = page.found[id]
    if record and not string.find('SFXE', string.sub(record, 1, 1), 1, true) then
      revoke_waiting(page, id, '"reason":"queue_full"', dropped_entries[i])
      local key = seen[id].unique
      if key ~= '' and (not holders[key] or holders[key] == id) then
        free_key[#free_key + 1] = key
        free_id[#free_id + 1] = id
      end
    else
      over[#over + 1] = 'r:' .. id
    end
  end
  -- What was revoked before is met here as by a turn.
  if tombs_before + tombs_added > 0 and #over > 0 then
    local tombs = hmget(map, over)
    for i = 1, #over do
      if tombs[over[i]] or buried[over[i]] then remove[#remove + 1] = over[i] end
    end
  end
end
`;
