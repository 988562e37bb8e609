import { script } from "../script.ts";
import { declared, pages, parked, queues } from "./fragments.ts";

/**
 * Adds messages. Further keys: their pages, and what their queues need. Further arguments: the names of the queues, then
 * for each message its page's key, its id, the number of its queue, its priority, its due time (0: now), its record, its
 * nonce (or nothing), its entry, and its unique key with how long it is held (or nothing, twice).
 *
 * A record that is there already was written by an earlier repetition of this request, unless the id was chosen by the
 * caller: then the nonce in its head tells.
 *
 * Returns `ok`, a text with one digit a message (1 added, 0 exists, 2 its unique key is held), the ids of those who hold
 * these keys, then queues and their layouts; or `need` and the layouts, having done nothing, when keys are missing.
 */
export const publish = script({
  name: "publish",
  keys: ["map"],
  args: ["prefix", "now", "offer_ends", "queue_count"],
  body: declared + pages + queues + parked + /* lua */ String.raw`
now, offer_ends, queue_count = tonumber(now), tonumber(offer_ends), tonumber(queue_count)
local fields = { 'parked' }
for i = 1, queue_count do fields[i + 1] = 'q:' .. ARGV[first_arg + i - 1] end
local first_message = first_arg + queue_count

local unique_keys, holders = {}, {}
for at = first_message, #ARGV, 10 do
  needs(ARGV[at])
  if ARGV[at + 8] ~= '' then
    needs(ARGV[at + 8])
    unique_keys[#unique_keys + 1] = ARGV[at + 8]
  end
  if declared[ARGV[at]] then want_record(ARGV[at], ARGV[at + 1]) end
end
local map_fields = hmget(map, fields)
for i = 1, queue_count do read_queue(ARGV[first_arg + i - 1], map_fields[fields[i + 1]]) end
read_parked(map_fields['parked'])
-- A clock that was not yet compared with the server's says nothing of which pages are over.
read_pages(offer_ends > 0 and now or nil)

for from = 1, #unique_keys, 500 do
  local to = math.min(from + 499, #unique_keys)
  local found = redis.call('MGET', unpack(unique_keys, from, to))
  for i = from, to do holders[unique_keys[i]] = found[i - from + 1] end
end

local set, statuses, offers, winners, claims = {}, {}, {}, {}, {}
for at = first_message, #ARGV, 10 do
  local page, id = pages[ARGV[at]], ARGV[at + 1]
  local queue, priority, due = queues[ARGV[first_arg + tonumber(ARGV[at + 2]) - 1]], tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local record, nonce, entry = ARGV[at + 5], ARGV[at + 6], ARGV[at + 7]
  local unique, there = ARGV[at + 8], page and page.found[id]
  local holder = unique ~= '' and holders[unique]
  if there then
    local own = nonce == '' or string.find(string.match(there, '^[^\t]*') .. ' ', ' n' .. nonce .. ' ', 1, true)
    statuses[#statuses + 1] = own and '1' or '0'
  elseif holder and holder ~= id then
    statuses[#statuses + 1] = '2'
    winners[#winners + 1] = holder
  elseif page then
    statuses[#statuses + 1] = '1'
    if unique ~= '' then
      holders[unique] = id
      claims[#claims + 1] = { unique, id, ARGV[at + 9] }
    end
    set_record(page, id, record)
    page.open = page.open + 1
    if due > now then
      delay(queue, due, entry)
    else
      local place
      if queue.waiting == 0 and not queue.paused and offer_ends > 0 and #entry <= 16384 then
        for i = 1, #parked do
          if serves(parked[i], queue.name) then place = parked[i] break end
        end
      end
      if place then
        local slot = table.remove(place.free, 1)
        -- Should nobody be there to hear of it, it goes to the list after all: whose key must be declared.
        needs(prefix .. ':q:' .. queue.name .. ':' .. priority .. ':' .. whole(list_of(queue, priority).tail))
        place.new[#place.new + 1] = { slot = slot, queue = queue, priority = priority, entry = entry }
        if #place.new == 1 then offers[#offers + 1] = place end
        -- The next message goes to the next worker.
        if #parked > 1 then
          for i = 1, #parked do
            if parked[i] == place then table.remove(parked, i) break end
          end
          parked[#parked + 1] = place
        end
      else
        push(queue, priority, entry)
      end
    end
  end
end
if #need > 0 then return add_layouts({ 'need' }) end

for i = 1, #offers do
  local place = offers[i]
  parked_changed = true
  local text = { 'd', place.turn }
  for j = 1, #place.new do
    text[#text + 1] = place.new[j].slot
    text[#text + 1] = place.new[j].queue.name
    text[#text + 1] = place.new[j].entry
  end
  if redis.call('PUBLISH', prefix .. ':w:' .. place.worker, table.concat(text, '\t')) > 0 then
    for j = 1, #place.new do
      local offer = place.new[j]
      place.offered[#place.offered + 1] = offer.slot
      set[#set + 1] = 'h:' .. place.worker .. ':' .. offer.slot
      set[#set + 1] = place.turn .. '|' .. offer.queue.name .. '|' .. offer.entry
    end
    if place.ends == 0 or #place.offered == #place.new then place.ends = offer_ends end
  else
    place.gone = true
    for j = 1, #place.new do push(place.new[j].queue, place.new[j].priority, place.new[j].entry) end
    if #place.offered > 0 then
      -- Offered before and not yet taken up: kept, to be returned when that offer ends.
      place.gone, place.free = nil, {}
    end
  end
end

write_planned()
write_pages(now)
for i = 1, #claims do redis.call('SET', claims[i][1], claims[i][2], 'PX', claims[i][3]) end
for i = 1, #queue_order do
  local queue = queues[queue_order[i]]
  if queue.grew then wake(queue.name, queue.grew) elseif queue.sooner then wake(queue.name, 1) end
  if queue.changed then
    queue.text = write_queue(queue)
    set[#set + 1] = 'q:' .. queue.name
    set[#set + 1] = queue.text
  end
end
if parked_changed then
  set[#set + 1] = 'parked'
  set[#set + 1] = write_parked()
end
if #set > 0 then variadic('HSET', map, set) end
return add_layouts({ 'ok', table.concat(statuses), table.concat(winners, ' ') })
`,
});
