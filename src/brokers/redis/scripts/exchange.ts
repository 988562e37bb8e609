import { script } from "../script.ts";
import { declared, pages, parked, queues } from "./fragments.ts";

/**
 * A worker's turn. Further keys: the pages of what is settled and reported, and what the queues need. Further arguments,
 * in this order:
 *
 * - `queue_count` names of queues: the first `serve_count` are those to take from
 * - 3 for each settlement and report: the page's key, the id, the lease (`<slot>:<token>`); then for it
 *   the record, when its record ends (0: not final), and for what goes back the number of its queue (0: nothing goes
 *   back), its priority, its due time (0: now), `head` or `tail`, and its entry: 10 in all
 *
 * `held` are the leases the worker knows of, `free` the slots that it has free, by its own view.
 *
 * Returns one of
 *
 * - `need`, layouts: keys are missing, nothing was done
 * - `old`: a later turn was answered already, nothing was done
 * - `ok`, lost leases, revoked leases, more (1 or 0), when to come again (0: not known), alive until, how many
 *   deliveries, for each its slot, token, queue and entry, and at last queues and their layouts
 */
export const exchange = script({
  name: "exchange",
  keys: ["map", "workers"],
  args: [
    "prefix",
    "now",
    "worker",
    "turn",
    "lease",
    "idle_lease",
    "park",
    "leave",
    "early",
    "held_text",
    "free_text",
    "queue_count",
    "serve_count",
  ],
  body: declared + pages + queues + parked + /* lua */ String.raw`
now, turn, lease, idle_lease = tonumber(now), tonumber(turn), tonumber(lease), tonumber(idle_lease)
queue_count, serve_count = tonumber(queue_count), tonumber(serve_count)
local own = 'w:' .. worker
local fields = { own, 'parked', 'sweep', 'rc' }
for i = 1, queue_count do fields[i + 4] = 'q:' .. ARGV[first_arg + i - 1] end
local first_item = first_arg + queue_count
local map_fields = hmget(map, fields)
local names = {}
for i = 1, queue_count do
  local name = ARGV[first_arg + i - 1]
  read_queue(name, map_fields['q:' .. name])
  if i <= serve_count then names[i] = name end
end
read_parked(map_fields['parked'])
local sweep, revoked_count = tonumber(map_fields['sweep'] or '0'), tonumber(map_fields['rc'] or '0')

-- What the worker holds, by slot: the token.
local held, answered, until_time, dirty, told_lost = {}, 0, 0, 0, ''
local function read_held(text, into)
  for slot, token in string.gmatch(text, '(%d+):(%d+)') do into[slot] = token end
end
local left = false
if map_fields[own] then
  local t, u, d, l, names_before, lost, holds = string.match(map_fields[own], '^(%d+)|(%d+)|(%d+)|([01])|([^|]*)|([^|]*)|(.*)$')
  answered, until_time, dirty, told_lost = tonumber(t), tonumber(u), tonumber(d), lost
  left = l == '1'
  read_held(holds, held)
end
if turn < answered or left and turn ~= answered then return { 'old' } end
local place
for i = 1, #parked do
  if parked[i].worker == worker then place = parked[i] end
end
if place then
  for i = 1, #place.offered do
    held[place.offered[i]] = place.turn
    dirty = math.max(dirty, tonumber(place.offered[i]))
  end
end

local known, known_order = {}, {}
for slot, token in string.gmatch(held_text, '(%d+):(%d+)') do
  known[slot .. ':' .. token] = true
  known_order[#known_order + 1] = { slot, token }
end

local deliveries = {}
local function deliver(slot, token, queue_name, entry)
  deliveries[#deliveries + 1] = slot
  deliveries[#deliveries + 1] = token
  deliveries[#deliveries + 1] = queue_name
  deliveries[#deliveries + 1] = entry
end
-- What it holds without knowing comes again: an answer or a signal was lost.
local function deliver_unknown()
  local missing, slots = {}, {}
  for slot, token in pairs(held) do
    if not known[slot .. ':' .. token] then
      missing[#missing + 1] = 'h:' .. worker .. ':' .. slot
      slots[#slots + 1] = slot
    end
  end
  local values = hmget(map, missing)
  for i = 1, #slots do
    local token, name, entry = string.match(values[missing[i]] or '', '^(%d+)|([^|]*)|(.*)$')
    if token == held[slots[i]] then deliver(slots[i], token, name, entry) else held[slots[i]] = nil end
  end
end

local lost, revoked, more, wake_at = {}, {}, '0', 0
local function sooner(time)
  if time and time > 0 and (wake_at == 0 or time < wake_at) then wake_at = time end
end
local function answer(lost_text)
  local reply = { 'ok', lost_text, table.concat(revoked, ' '), more, whole(wake_at), whole(until_time), tostring(#deliveries / 4) }
  for i = 1, #deliveries do reply[#reply + 1] = deliveries[i] end
  for i = 1, #queue_order do
    reply[#reply + 1] = queue_order[i]
    reply[#reply + 1] = queues[queue_order[i]].text
  end
  return reply
end

-- A repetition: what was lost then, and all that is held and not known.
if turn == answered then
  deliver_unknown()
  for i = 1, serve_count do
    if queues[names[i]].waiting > 0 then more = '1' end
    sooner(first_due(queues[names[i]]))
  end
  sooner(sweep)
  return answer(told_lost)
end

for i = 1, #known_order do
  local slot, token = known_order[i][1], known_order[i][2]
  if held[slot] ~= token then lost[#lost + 1] = slot .. ':' .. token end
end
local lost_text = table.concat(lost, ' ')

-- Settlements and reports.
for at = first_item, #ARGV, 10 do
  needs(ARGV[at])
  if declared[ARGV[at]] then want_record(ARGV[at], ARGV[at + 1]) end
end
read_pages(now)
local changed = false
local remove, watching, watch_order, forget = {}, {}, {}, 0
local function forget_revoked(id)
  remove[#remove + 1] = 'r:' .. id
  forget = forget + 1
end
for at = first_item, #ARGV, 10 do
  local key, id, slot, token = ARGV[at], ARGV[at + 1], string.match(ARGV[at + 2], '^(%d+):(%d+)$')
  local page = pages[key]
  if page and held[slot] == token then
    local record, ends, queue_number = ARGV[at + 3], tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
    local before = page.found[id]
    local head = before and string.match(before, '^[^\t]*') or 'Q'
    local letter = string.sub(head, 1, 1)
    local ended = string.find('SFXE', letter, 1, true)
    local settled = ends > 0 or queue_number > 0
    if settled then held[slot] = nil end
    changed = true
    if not ended then
      local tab = string.find(record, '\t', 1, true)
      if ends > 0 then
        local nonce = string.match(head, ' n%w+') or ''
        set_record(page, id, string.sub(record, 1, 1) .. nonce .. string.sub(record, tab))
        end_record(page, ends)
        for client in string.gmatch(head, ' c(%w+)') do
          local list = watching[client]
          if not list then
            list = { size = 0 }
            watching[client] = list
            watch_order[#watch_order + 1] = client
          end
          list[#list + 1] = id
          if list.size + #record <= 65536 then
            list.size = list.size + #record
            list[#list + 1] = record
          else
            list[#list + 1] = ''
          end
        end
      else
        set_record(page, id, string.sub(record, 1, 1) .. string.sub(head, 2) .. string.sub(record, tab))
      end
      if queue_number > 0 then
        local queue = queues[ARGV[first_arg + queue_number - 1]]
        local priority, due, entry = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7]), ARGV[at + 9]
        if due > now then
          delay(queue, due, entry)
        elseif ARGV[at + 8] == 'head' then
          front(queue, priority, entry)
        else
          push(queue, priority, entry)
        end
      end
    elseif letter == 'X' and settled then
      forget_revoked(id)
    end
  end
end

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
      back[#back + 1] = { queue_name, tonumber(priority), priority .. '|' .. whole(tonumber(deaths) + died) .. '|' .. rest }
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
    local top, holds = string.match(values[records[i]] or '', '^%d+|%d+|(%d+)|[01]|[^|]*|[^|]*|(.*)$')
    local slots = {}
    for slot, token in string.gmatch(holds or '', '(%d+):(%d+)') do slots[#slots + 1] = { slot, token } end
    bring_back(dead[i], in_order(slots), 1)
    remove[#remove + 1] = records[i]
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
  for i = #back, 1, -1 do front(queues[back[i][1]], back[i][2], back[i][3]) end
end

-- Release what is due, at most as much as one turn can take.
local drop_due = {}
for i = 1, serve_count do
  local queue = queues[names[i]]
  for j = 1, #queue.delayed do
    local set = queue.delayed[j]
    if set.count > 0 and (set.first <= now or early == '1') then
      local key = prefix .. ':d:' .. queue.name .. ':' .. whole(set.n)
      needs(key)
      if declared[key] then
        changed = true
        local found = redis.call('ZRANGE', key, '0', '500', 'WITHSCORES')
        local due = 0
        for k = 1, #found, 2 do
          local score = tonumber(found[k + 1])
          if due == 500 or (score > now and early ~= '1') then
            set.first = score
            break
          end
          due = due + 1
          set.bytes = math.max(set.bytes - #found[k], 0)
          push(queue, tonumber(string.sub(found[k], 1, 1)), found[k])
        end
        set.count = due * 2 == #found and 0 or set.count - due
        if due > 0 then drop_due[#drop_due + 1] = { key, whole(due - 1) } end
        queue.changed = true
      end
    end
  end
end

if #need > 0 then return layouts('need') end

-- From here on, writing.
write_planned()
for i = 1, #drop_due do redis.call('ZREMRANGEBYRANK', drop_due[i][1], '0', drop_due[i][2]) end
write_pages(now)

-- A turn that holds what it does not know learns of it before it is given more.
deliver_unknown()

local free = {}
for slot in string.gmatch(free_text, '%d+') do
  if not held[slot] then free[#free + 1] = slot end
end
local set, next_free = {}, 1
if leave ~= '1' then
  for i = 1, serve_count do
    local queue = queues[names[i]]
    for priority = 9, 0, -1 do
      local list = queue.lists[priority]
      while list and list.count > 0 and next_free <= #free do
        local key = prefix .. ':q:' .. queue.name .. ':' .. priority .. ':' .. whole(list.head)
        if not declared[key] then
          more = '1'
          break
        end
        local entries = redis.call('LPOP', key, tostring(#free - next_free + 1)) or {}
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
        elseif next_free + #entries <= #free then
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
            next_free = next_free + 1
            held[slot] = tostring(turn)
            if tonumber(slot) > dirty then dirty = tonumber(slot) end
            set[#set + 1] = 'h:' .. worker .. ':' .. slot
            set[#set + 1] = whole(turn) .. '|' .. queue.name .. '|' .. entries[j]
            deliver(slot, whole(turn), queue.name, entries[j])
          end
        end
      end
    end
    if queue.waiting > 0 then more = '1' end
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

-- Park again, or no longer.
local still_free = {}
for i = next_free, #free do still_free[#still_free + 1] = free[i] end
local names_text = table.concat(names, ' ')
local parks = park == '1' and leave ~= '1' and #still_free > 0 and more == '0' and #parked < 256
if place then
  local same = parks and #place.offered == 0 and not place.gone and place.names == names_text
    and table.concat(place.free, ' ') == table.concat(still_free, ' ')
  if not same then
    place.gone, parked_changed = true, true
  end
end
if parks and (not place or place.gone) then
  parked[#parked + 1] = { worker = worker, turn = whole(turn), names = names_text, free = still_free, offered = {}, ends = 0 }
  parked_changed = true
end

-- Others hear of what came to a queue in this turn and was not taken by it.
for i = 1, #queue_order do
  local queue = queues[queue_order[i]]
  if queue.grew and queue.waiting > 0 then
    wake(queue.name, math.min(queue.grew, queue.waiting))
  elseif queue.sooner and (i > serve_count or leave == '1') then
    wake(queue.name, 1)
  end
end

-- Alive until: short while it holds something, long while it is idle; written rarely.
local holds = next(held) ~= nil
local add, set_worker = {}, changed or parked_changed or #deliveries > 0 or not map_fields[own]
if leave == '1' then
  -- Remembered for a while, so that a late repetition of an earlier turn does not bring the worker back to life.
  until_time = now + 60000
  add = { whole(until_time), worker }
elseif holds then
  if until_time < now + lease * 2 / 3 or until_time > now + lease then
    until_time = now + lease
    add = { whole(until_time), worker }
  end
elseif until_time < now + 15000 or (until_time < now + idle_lease / 3 and not changed and not parked_changed) then
  until_time = now + idle_lease
  add = { whole(until_time), worker }
end
if #add > 0 then
  set_worker = true
  redis.call('ZADD', workers, unpack(add))
  -- Left-overs of settled entries go when there is nothing better to do.
  if not holds and dirty > 0 then
    for slot = 1, dirty do remove[#remove + 1] = 'h:' .. worker .. ':' .. slot end
    dirty = 0
  end
end
if (#add > 0 or next_sweep ~= sweep) and (next_sweep == 0 or until_time < next_sweep) then next_sweep = until_time end

for i = 1, #queue_order do
  local queue = queues[queue_order[i]]
  if queue.changed then
    queue.text = write_queue(queue)
    if leave == '1' and queue.text == '|' then
      remove[#remove + 1] = 'q:' .. queue.name
    else
      set[#set + 1] = 'q:' .. queue.name
      set[#set + 1] = queue.text
    end
  elseif leave == '1' and queue.text == '|' then
    remove[#remove + 1] = 'q:' .. queue.name
  end
end
if parked_changed then
  set[#set + 1] = 'parked'
  set[#set + 1] = write_parked()
end
if next_sweep ~= sweep then
  set[#set + 1] = 'sweep'
  set[#set + 1] = whole(next_sweep)
end
if forget > 0 then
  set[#set + 1] = 'rc'
  set[#set + 1] = whole(math.max(revoked_count - forget, 0))
end
if set_worker then
  local holding = {}
  for slot, token in pairs(held) do holding[#holding + 1] = slot .. ':' .. token end
  set[#set + 1] = own
  set[#set + 1] = whole(turn) .. '|' .. whole(until_time) .. '|' .. whole(dirty) .. '|' .. (leave == '1' and '1' or '0')
    .. '|' .. names_text .. '|' .. lost_text .. '|' .. table.concat(holding, ' ')
end
if #remove > 0 then variadic('HDEL', map, remove) end
if #dead > 0 then variadic('ZREM', workers, dead) end
if #set > 0 then variadic('HSET', map, set) end
for i = 1, #watch_order do
  local list = watching[watch_order[i]]
  redis.call('PUBLISH', prefix .. ':c:' .. watch_order[i], 'e\t' .. table.concat(list, '\t\t'))
end
sooner(next_sweep)
return answer(lost_text)
`,
});
