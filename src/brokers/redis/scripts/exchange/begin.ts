/** What the worker holds by the broker's view and by its own; the answer; and the turn that was answered before. */
export const begin: string = /* lua */ String.raw`
now, turn, lease, idle_lease = tonumber(now), tonumber(turn), tonumber(lease), tonumber(idle_lease)
queue_count, serve_count, limit_count = tonumber(queue_count), tonumber(serve_count), tonumber(limit_count)
local own = 'w:' .. worker
local first_item, map_fields = first_arg + queue_count + 2 * tonumber(rule_count), nil
do
  local fields = { own, 'parked', 'sweep', 'rc', 'm:' .. worker }
  for i = 1, queue_count do fields[i + 5] = 'q:' .. ARGV[first_arg + i - 1] end
  for at = first_arg + queue_count, first_item - 1, 2 do rule_fields({ ARGV[at] }, fields) end
  fields[#fields + 1] = 'ev'
  if first_item <= #ARGV then fields[#fields + 1] = 'pages' end
  for at = first_item, #ARGV, 17 do journal.want(ARGV[at + 16], fields) end
  map_fields = hmget(map, fields)
end
learn_rules(map_fields)
local names = {}
for i = 1, queue_count do
  local name = ARGV[first_arg + i - 1]
  read_queue(name, map_fields['q:' .. name])
  if i <= serve_count then names[i] = name end
end
read_parked(map_fields['parked'])
mail.open(map_fields['m:' .. worker])
local sweep, revoked_count = tonumber(map_fields['sweep'] or '0'), tonumber(map_fields['rc'] or '0')

-- What the worker holds, by slot: the token, and the lane that it came from.
local held, held_lane = {}, {}
local answered, until_time, dirty, told_lost = 0, 0, 0, ''
local function read_held(text)
  for slot, token, lane in string.gmatch(text, '(%d+):(%d+):?([^ ]*)') do
    held[slot], held_lane[slot] = token, lane
  end
end
local left, told_more = false, false
if map_fields[own] then
  local t, u, d, l, names_before, lost, holds = string.match(map_fields[own], '^(%d+)|(%d+)|(%d+)|([0-3])|([^|]*)|([^|]*)|(.*)$')
  answered, until_time, dirty, told_lost = tonumber(t), tonumber(u), tonumber(d), lost
  left, told_more = tonumber(l) % 2 == 1, tonumber(l) >= 2
  read_held(holds)
end
if turn < answered or left and turn ~= answered then return { 'old' } end
journal.read(map_fields['ev'], recording, true)
local place
for i = 1, #parked do
  if parked[i].worker == worker then place = parked[i] end
end
-- An offer is taken up by a turn of its own: a repetition changes nothing, and so could not keep it from others.
if place and turn ~= answered then
  for i = 1, #place.offered do
    held[place.offered[i]] = place.turn
    dirty = math.max(dirty, tonumber(place.offered[i]))
  end
end

local known, known_order, is_used = {}, {}, {}
for slot, token in string.gmatch(held_text, '(%d+):(%d+)') do
  known[slot .. ':' .. token] = true
  known_order[#known_order + 1] = { slot, token }
  is_used[slot] = true
end

local deliveries, more = {}, '0'
local function deliver(slot, token, queue_name, entry)
  deliveries[#deliveries + 1] = slot
  deliveries[#deliveries + 1] = token
  deliveries[#deliveries + 1] = queue_name
  deliveries[#deliveries + 1] = entry
end
-- What it holds without knowing comes again: an answer or a signal was lost. What was revoked is to be handed in.
local function deliver_unknown()
  local missing, slots = {}, {}
  for slot, token in pairs(held) do
    if not known[slot .. ':' .. token] then
      missing[#missing + 1] = 'h:' .. worker .. ':' .. slot
      slots[#slots + 1] = slot
    end
  end
  local values = hmget(map, missing)
  local ids, tombs = {}, {}
  if revoked_count > 0 then
    for i = 1, #slots do
      ids[i] = 'r:' .. (string.match(values[missing[i]] or '', '^%d+|[^|]*|%d|%d+|([^|]*)|') or '')
    end
    tombs = hmget(map, ids)
  end
  for i = 1, #slots do
    local token, name, entry = string.match(values[missing[i]] or '', '^(%d+)|([^|]*)|(.*)$')
    if token ~= held[slots[i]] then
      held[slots[i]] = nil
    elseif tombs[ids[i]] then
      free_lane(held_lane[slots[i]])
      held_lane[slots[i]], more = '', '1'
      deliver(slots[i], token, '!', string.sub(ids[i], 3))
    else
      deliver(slots[i], token, name, entry)
    end
  end
end

local lost, revoked, wake_at = {}, {}, 0
local hints = {}
local function sooner(time)
  if time and time > 0 and (wake_at == 0 or time < wake_at) then wake_at = time end
end
local function answer(lost_text)
  local reply = { 'ok', lost_text, table.concat(revoked, ' '), more, whole(wake_at), whole(until_time), tostring(#deliveries / 4) }
  for i = 1, #deliveries do reply[#reply + 1] = deliveries[i] end
  mail.add_to(reply)
  return add_layouts(reply, hints)
end

-- A repetition: what was lost then, and all that is held and not known.
if turn == answered then
  deliver_unknown()
  if told_more or place and #place.offered > 0 then more = '1' end
  for i = 1, serve_count do
    if queues[names[i]].waiting > 0 and not queues[names[i]].paused then more = '1' end
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
if not map_fields[own] then journal.worker('+', worker, '{}') end
`;
