/** Releases what is due, writes all that was planned so far, and takes what is next. Nothing is written before this. */
export const take: string = /* lua */ String.raw`
-- Release what is due, at most as much as one turn can take.
local drop_due = {}
for i = 1, serve_count do
  local queue = queues[names[i]]
  for j = 1, #queue.delayed do
    local set = queue.delayed[j]
    if set.count > 0 and (set.first <= now and not queue.paused or early == '1') then
      local key = prefix .. ':d:' .. queue.name .. ':' .. whole(set.n)
      needs(key)
      if declared[key] then
        changed = true
        local found = redis.call('ZRANGE', key, '0', '500', 'WITHSCORES')
        local due, first = 0, nil
        for k = 1, #found, 2 do
          local score = tonumber(found[k + 1])
          if due == 500 or (score > now and early ~= '1') then
            first = score
            break
          end
          due = due + 1
          set.bytes = math.max(set.bytes - #found[k], 0)
          push(queue, tonumber(string.sub(found[k], 1, 1)), found[k])
        end
        -- What this turn puts there itself is planned and not yet to be found.
        local planned = delays[key] or {}
        for k = 1, #planned, 2 do
          local score = tonumber(planned[k])
          if not first or score < first then first = score end
        end
        if #found <= 1000 then set.count = (#found + #planned) / 2 end
        set.count, set.first = set.count - due, first or 0
        if due > 0 then drop_due[#drop_due + 1] = { key, whole(due - 1) } end
        queue.changed = true
      end
    end
  end
end

if #need > 0 then return add_layouts({ 'need' }) end

-- From here on, writing.
write_planned()
for i = 1, #drop_due do redis.call('ZREMRANGEBYRANK', drop_due[i][1], '0', drop_due[i][2]) end
write_pages(now)
free_keys(free_key, free_id)
for i = 1, #elsewhere do
  redis.call('SET', elsewhere[i][1], elsewhere[i][2], 'PX', whole(math.max(elsewhere[i][3] - now, 1000)))
end
if #letters > 0 then variadic('ZADD', prefix .. ':f', letters) end

-- A turn that holds what it does not know learns of it before it is given more.
deliver_unknown()
for i = 1, #revoked_unknown do
  forget_revoked(revoked_unknown[i])
  changed = true
end

local free = {}
for slot in string.gmatch(free_text, '%d+') do
  if not held[slot] then free[#free + 1] = slot end
end
local set, next_free, bytes = {}, 1, 0
if leave ~= '1' then
  for i = 1, serve_count do
    local queue = queues[names[i]]
    for priority = 9, 0, -1 do
      local list = queue.lists[priority]
      while list and list.count > 0 and next_free <= #free and bytes < 4194304 and (not queue.paused or early == '1') do
        local key = prefix .. ':q:' .. queue.name .. ':' .. priority .. ':' .. whole(list.head)
        if not declared[key] then
          more = '1'
          break
        end
        -- No more than some 4 MiB a turn: so many of the size that they have at the queue's end.
        local wanted = #free - next_free + 1
        local each = list.tail_count > 0 and list.tail_bytes / list.tail_count or 0
        if wanted * each > 4194304 then wanted = math.max(math.floor(4194304 / each), 1) end
        local entries = redis.call('LPOP', key, whole(wanted)) or {}
        queue.changed, changed = true, true
        list.count = math.max(list.count - #entries, 0)
        queue.waiting = math.max(queue.waiting - #entries, 0)
        if list.head == list.tail then
          list.tail_count = math.max(list.tail_count - #entries, 0)
          for j = 1, #entries do list.tail_bytes = math.max(list.tail_bytes - #entries[j], 0) end
          if #entries == 0 then
            -- The list is gone: the server lost it. Better to say so by its count than to come again and again.
            queue.waiting = math.max(queue.waiting - list.count, 0)
            list.count = 0
          end
        elseif #entries < wanted then
          list.head = list.head + 1
        end
        local tombs = {}
        if revoked_count > 0 and #entries > 0 then
          local ids = {}
          for j = 1, #entries do ids[j] = 'r:' .. string.match(entries[j], '^%d|%d+|([^|]*)|') end
          tombs = hmget(map, ids)
        end
        for j = 1, #entries do
          local id = string.match(entries[j], '^%d|%d+|([^|]*)|')
          if tombs['r:' .. id] then
            forget_revoked(id)
          else
            local slot = free[next_free]
            bytes = bytes + #entries[j]
            next_free = next_free + 1
            held[slot] = tostring(turn)
            if tonumber(slot) > dirty then dirty = tonumber(slot) end
            set[#set + 1] = 'h:' .. worker .. ':' .. slot
            set[#set + 1] = whole(turn) .. '|' .. queue.name .. '|' .. entries[j]
            mark_taken(set, entries[j])
            deliver(slot, whole(turn), queue.name, entries[j])
          end
        end
      end
    end
    if queue.waiting > 0 and (not queue.paused or early == '1') then more = '1' end
    sooner(first_due(queue))
  end
end

-- Those the worker runs and whose task was revoked in the meantime.
if revoked_count > 0 then
  local slots, entry_fields = {}, {}
  for i = 1, #known_order do
    local slot, token = known_order[i][1], known_order[i][2]
    if held[slot] == token then
      slots[#slots + 1] = slot .. ':' .. token
      entry_fields[#entry_fields + 1] = 'h:' .. worker .. ':' .. slot
    end
  end
  local values, ids = hmget(map, entry_fields), {}
  for i = 1, #slots do
    ids[i] = 'r:' .. (string.match(values[entry_fields[i]] or '', '^%d+|[^|]*|%d|%d+|([^|]*)|') or '')
  end
  local tombs = hmget(map, ids)
  for i = 1, #slots do
    if tombs[ids[i]] then revoked[#revoked + 1] = slots[i] end
  end
end
`;
