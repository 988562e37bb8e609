/** What comes back to the head of its queue: from this worker's leave, from dead workers, from offers nobody took up. */
export const giveBack: string = /* lua */ String.raw`
-- Entries that come back to the head of their queue: from this worker's leave, from workers that died, and from offers
-- that nobody took up.
local back, back_queues = {}, {}
local function bring_back(name, slots, died)
  local wanted = {}
  for i = 1, #slots do wanted[i] = 'h:' .. name .. ':' .. slots[i][1] end
  local values = hmget(map, wanted)
  for i = 1, #slots do
    local token, queue_name, priority, deaths, rest = string.match(values[wanted[i]] or '', '^(%d+)|([^|]*)|(%d)|(%d+)|(.*)$')
    if token == slots[i][2] then
      local entry = priority .. '|' .. whole(tonumber(deaths) + died) .. '|' .. rest
      free_lane((lane_in(entry)))
      back[#back + 1] = { queue_name, tonumber(priority), entry }
      unmark_taken(remove, entry)
      if not queues[queue_name] and not back_queues[queue_name] then
        back_queues[queue_name] = true
        back_queues[#back_queues + 1] = queue_name
      end
    end
  end
end

-- As they were taken: by turn, then by slot.
local function in_order(slots)
  table.sort(slots, function(a, b)
    if a[2] ~= b[2] then return tonumber(a[2]) < tonumber(b[2]) end
    return tonumber(a[1]) < tonumber(b[1])
  end)
  return slots
end

if leave == '1' then
  local slots = {}
  for slot, token in pairs(held) do slots[#slots + 1] = { slot, token } end
  bring_back(worker, in_order(slots), 0)
  held = {}
end

local dead, next_sweep = {}, sweep
if sweep > 0 and now >= sweep then
  changed = true
  next_sweep = 0
  local oldest = redis.call('ZRANGE', workers, '0', '19', 'WITHSCORES')
  local records = {}
  for i = 1, #oldest, 2 do
    local score = tonumber(oldest[i + 1])
    if oldest[i] ~= worker then
      if score <= now then
        dead[#dead + 1] = oldest[i]
        records[#records + 1] = 'w:' .. oldest[i]
      elseif next_sweep == 0 then
        next_sweep = score
      end
    end
  end
  if #oldest == 40 and next_sweep == 0 then next_sweep = now + 1 end
  local values = hmget(map, records)
  for i = 1, #dead do
    local top, holds = string.match(values[records[i]] or '', '^%d+|%d+|(%d+)|[0-3]|[^|]*|[^|]*|(.*)$')
    local slots = {}
    for slot, token in string.gmatch(holds or '', '(%d+):(%d+):?[^ ]*') do slots[#slots + 1] = { slot, token } end
    bring_back(dead[i], in_order(slots), 1)
    remove[#remove + 1] = records[i]
    remove[#remove + 1] = 'm:' .. dead[i]
    -- One that left is only forgotten now.
    if not string.find(values[records[i]] or '', '^%d+|%d+|%d+|[13]|') then journal.worker('-', dead[i], '{"died":true}') end
    for slot = 1, tonumber(top or '0') do remove[#remove + 1] = 'h:' .. dead[i] .. ':' .. slot end
    for j = 1, #parked do
      if parked[j].worker == dead[i] then parked[j].ends = 1 parked[j].free = {} end
    end
  end
end

for i = 1, #parked do
  local other = parked[i]
  if other ~= place and #other.free == 0 and #other.offered == 0 then
    other.gone, parked_changed, changed = true, true, true
  elseif other ~= place and #other.offered > 0 then
    if other.ends <= now then
      local slots = {}
      for j = 1, #other.offered do
        slots[j] = { other.offered[j], other.turn }
        remove[#remove + 1] = 'h:' .. other.worker .. ':' .. other.offered[j]
      end
      bring_back(other.worker, slots, 0)
      other.gone, parked_changed, changed = true, true, true
    else
      sooner(other.ends)
    end
  end
end

if #back > 0 then
  changed = true
  if #back_queues > 0 then
    local more_fields = {}
    for i = 1, #back_queues do more_fields[i] = 'q:' .. back_queues[i] end
    local values = hmget(map, more_fields)
    for i = 1, #back_queues do read_queue(back_queues[i], values[more_fields[i]]) end
  end
  for i = 1, #back do back[i][1] = queues[back[i][1]] end
  load_lanes_of(back)
  for i = #back, 1, -1 do add(back[i][1], back[i][2], back[i][3], true) end
end
`;
