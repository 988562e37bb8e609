import { script } from "../connection/script.ts";
import { chosen } from "./fragments/chosen.ts";
import { declared } from "./fragments/declared.ts";
import { pages } from "./fragments/pages.ts";
import { parked } from "./fragments/parked.ts";
import { queues } from "./fragments/queues.ts";
import { telling } from "./fragments/telling.ts";
import { family } from "./fragments/family.ts";
import { journal } from "./fragments/journal.ts";
import { kept } from "./fragments/kept.ts";
import { pageNames } from "./fragments/page_names.ts";
import { children } from "./publish/children.ts";
import { lengths } from "./publish/lengths.ts";
import { look } from "./publish/look.ts";
import { unique } from "./publish/unique.ts";

/**
 * Adds messages. Further keys: their pages, and what their queues need. Further arguments, in this order:
 *
 * - 2 for each queue: its name, and the limit to its length: nothing, `r` or `d` (refuse, or drop the oldest) and a number
 * - 3 for each task that the caller was asked to look at: its id, its page's key, and the unique key it holds (or nothing)
 * - 2 for each limit that the messages name: its name, and what it allows as long as nothing else is known
 * - 12 for each message: its page's key, its id, the number of its queue, its priority, its due time (0: now), its record,
 *   its nonce (or nothing), its entry, its unique key with how long it is held and the rules (or nothing, three times),
 *   and the page's key and the id of the task that sent it (or nothing)
 *
 * A record that is there already was written by an earlier repetition of this request, unless the id was chosen by the
 * caller: then the nonce in its head tells.
 *
 * Returns one of
 *
 * - `need`, layouts: keys are missing, nothing was done
 * - `look`, ids, layouts: the same, and they are the pages of these tasks; for one with a `*` its unique key too
 * - `ok`, a text with one digit a message (1 added, 0 exists, 2 its unique key is held, 3 its queue is full), the ids of
 *   those who hold these keys, then queues and their layouts
 */
export const publish = script({
  name: "publish",
  keys: ["map"],
  args: ["prefix", "now", "offer_ends", "queue_count", "look_count", "rule_count", "recording"],
  body: declared + pages + pageNames + queues + journal + parked + telling + /* lua */ String.raw`
now, offer_ends, queue_count, look_count = tonumber(now), tonumber(offer_ends), tonumber(queue_count), tonumber(look_count)
local fields, reads_tombs = { 'parked' }, false
for i = 1, queue_count do
  fields[i + 1] = 'q:' .. ARGV[first_arg + 2 * i - 2]
  if string.sub(ARGV[first_arg + 2 * i - 1], 1, 1) == 'd' then reads_tombs = true end
end
local first_look = first_arg + 2 * queue_count
local first_rule = first_look + 3 * look_count
local first_message = first_rule + 2 * tonumber(rule_count)
for at = first_rule, first_message - 1, 2 do rule_fields({ ARGV[at] }, fields) end
local set, remove, map_fields, buried, tombs_added = {}, {}, nil, {}, 0
local free_key, free_id = {}, {}
for at = first_message, #ARGV, 12 do
  needs(ARGV[at])
  if declared[ARGV[at]] then want_record(ARGV[at], ARGV[at + 1]) end
end
` + kept + family + look + children + chosen + unique + /* lua */ String.raw`
if reads_tombs then fields[#fields + 1] = 'rc' end
fields[#fields + 1] = 'ev'
fields[#fields + 1] = 'pages'
map_fields = hmget(map, fields)
journal.read(map_fields['ev'], recording, false)
local tombs_before = tonumber(map_fields['rc'] or '0')
for i = 1, queue_count do
  local queue = read_queue(ARGV[first_arg + 2 * i - 2], map_fields[fields[i + 1]])
  local rule, limit = string.match(ARGV[first_arg + 2 * i - 1], '^([rd])(%d+)$')
  queue.limit, queue.drops, queue.total = tonumber(limit), rule == 'd', queue.waiting
  -- What waits in lanes is never dropped, and so not counted where that is the rule.
  for _, level in pairs(queue.drops and {} or queue.levels) do queue.total = queue.total + level.count end
end
learn_rules(map_fields)
for at = first_rule, first_message - 1, 2 do
  local known = rules[ARGV[at]] or '|'
  if string.sub(known, 1, 1) == '|' then
    rules[ARGV[at]] = ARGV[at + 1] .. known
    set[#set + 1] = 'l:' .. ARGV[at]
    set[#set + 1] = rules[ARGV[at]]
  end
end
-- '<priority>|0|<id>|' and then a mark, or the brace that the JSON begins with.
local places = {}
for at = first_message, #ARGV, 12 do
  if string.byte(ARGV[at + 7], #ARGV[at + 1] + 6) ~= 123 then
    places[#places + 1] = { queues[ARGV[first_arg + 2 * tonumber(ARGV[at + 2]) - 2]], tonumber(ARGV[at + 3]), ARGV[at + 7] }
  end
end
no_marks = #places == 0
load_lanes_of(places)
read_parked(map_fields['parked'])
-- A clock that was not yet compared with the server's says nothing of which pages are over.
read_pages(offer_ends > 0 and now or nil)

-- Which of them are added is decided first, where they go afterwards: what comes later may replace what came before.
local statuses, winners, accepted = {}, {}, {}
for at = first_message, #ARGV, 12 do
  local page, id = pages[ARGV[at]], ARGV[at + 1]
  local nonce, unique, rules = ARGV[at + 6], ARGV[at + 8], ARGV[at + 10]
  local queue, there = queues[ARGV[first_arg + 2 * tonumber(ARGV[at + 2]) - 2]], page and page.found[id]
  local holder, is_due = unique ~= '' and holders[unique], tonumber(ARGV[at + 4]) <= now
  local verdict = holder and holder ~= id and not there and judge(holder, rules) or 'free'
  if there then
    local own = nonce == '' or string.find(string.match(there, '^[^\t]*') .. ' ', ' n' .. nonce .. ' ', 1, true)
    statuses[#statuses + 1] = own and '1' or '0'
  elseif verdict == 'held' then
    statuses[#statuses + 1] = '2'
    winners[#winners + 1] = holder
  elseif page and is_revoked_with_tree(at) then
    statuses[#statuses + 1] = '1'
    set_record(page, id, ARGV[at + 5])
    chosen.note(ARGV[at], id, ARGV[at + 5])
    page.open = page.open + 1
    journal.sent(id, ARGV[at + 5])
    revoke_waiting(page, id, '"reason":"parent_revoked"', ARGV[at + 7])
    note_child(at, id, now)
  elseif verdict == 'free' and is_due and queue.limit and not queue.drops and queue.total >= queue.limit then
    statuses[#statuses + 1] = '3'
  elseif page then
    statuses[#statuses + 1] = '1'
    local item = {
      page = page, id = id, queue = queue, priority = tonumber(ARGV[at + 3]), due = tonumber(ARGV[at + 4]),
      record = ARGV[at + 5], entry = ARGV[at + 7], unique = unique, keep = ARGV[at + 9],
    }
    if verdict == 'replaced' then item.first = replace(holder, item) end
    local within = string.match(rules, '%d+')
    if within then hold_within(item, tonumber(within)) end
    if unique ~= '' then holders[unique], fresh[id] = id, item end
    journal.sent(id, item.record)
    set_record(page, id, item.record)
    chosen.note(ARGV[at], id, ARGV[at + 5])
    page.open = page.open + 1
    note_child(at, id, item.due)
    item.is_spared = queue.drops and lane_in(item.entry) ~= ''
    if item.due <= now and not item.is_spared then queue.total = queue.total + 1 end
    accepted[#accepted + 1] = item
  end
end
` + lengths + /* lua */ String.raw`
local offers, claims = {}, {}
for i = 1, #accepted do
  local item = accepted[i]
  local queue, priority, due, entry = item.queue, item.priority, item.due, item.entry
  if not item.gone then
    if item.unique ~= '' then claims[#claims + 1] = { item.unique, item.id, item.keep } end
    if due > now then
      delay(queue, due, entry)
    else
      local place
      if queue.waiting == 0 and not queue.paused and offer_ends > 0 and #entry <= 16384 and lane_in(entry) == '' then
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
        add(queue, priority, entry)
      end
    end
  end
end
needs_of_lanes()
if #need > 0 then return add_layouts({ 'need' }, need) end

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
      mark_taken(set, offer.entry)
      journal.received(offer.entry, offer.queue.name, place.worker)
    end
    if place.ends == 0 or #place.offered == #place.new then place.ends = offer_ends end
  else
    place.gone = true
    for j = 1, #place.new do add(place.new[j].queue, place.new[j].priority, place.new[j].entry) end
    if #place.offered > 0 then
      -- Offered before and not yet taken up: kept, to be returned when that offer ends.
      place.gone, place.free = nil, {}
    end
  end
end

for i = 1, #pops do redis.call('LPOP', pops[i][1], pops[i][2]) end
for i = 1, #drop_order do variadic('ZREM', drop_order[i], drops[drop_order[i]]) end
write_planned()
write_lanes()
write_pages(now)
kept.write()
family.write()
chosen.write()
free_keys(free_key, free_id)
for i = 1, #freed do redis.call('DEL', freed[i]) end
for i = 1, #claims do hold_key(claims[i][1], claims[i][2], claims[i][3], now) end
tell_queues(set)
if tombs_added ~= #remove then
  set[#set + 1] = 'rc'
  set[#set + 1] = whole(math.max(tombs_before + tombs_added - #remove, 0))
end
note_pages(set, map_fields['pages'])
journal.write(set, '')
if #set > 0 then variadic('HSET', map, set) end
if #remove > 0 then variadic('HDEL', map, remove) end
for i = 1, #told_order do
  redis.call('PUBLISH', prefix .. ':c:' .. told_order[i], 'e\t' .. table.concat(told[told_order[i]], '\t\t'))
end
return add_layouts({ 'ok', table.concat(statuses), table.concat(winners, ' ') })
`,
});
