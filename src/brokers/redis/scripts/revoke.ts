import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";
import { pages } from "./fragments/pages.ts";
import { queues } from "./fragments/queues.ts";
import { journal } from "./fragments/journal.ts";

/**
 * Revokes tasks; `terminate` and `tree` are 1 or 0. Further keys: the pages. Further arguments: for each task its page's
 * key, its id, its new record, when that ends, the worker it was last seen with (`*`: any may run it), the unique key that it holds (or
 * nothing), and the line of the journal.
 *
 * The tombstone of a task that is to be terminated is `t`, else 1; a ` t` in the head of its record says that its
 * children are not to start.
 *
 * Returns `ok` and a text with one letter for each (`X` revoked, `E` had ended, `U` unknown), then what is written down;
 * or `need` and the missing keys, having done nothing.
 */
export const revoke = script({
  name: "revoke",
  keys: ["map", "workers"],
  args: ["prefix", "now", "terminate", "tree", "recording"],
  body: declared + pages + queues + journal + /* lua */ String.raw`
now = tonumber(now)
for at = first_arg, #ARGV, 7 do want_record(ARGV[at], ARGV[at + 1]) end
read_pages()
local free_key, free_id = {}, {}
local statuses, set, told, told_order, mail, mail_order = {}, {}, {}, {}, {}, {}
local function tell(list, order, name, id, record)
  if not list[name] then
    list[name] = {}
    order[#order + 1] = name
  end
  list[name][#list[name] + 1] = id
  if record then list[name][#list[name] + 1] = record end
end
local tombstone = terminate == '1' and 't' or '1'
local mark = tree == '1' and ' t' or ''
local again, again_at, events = {}, {}, {}
for at = first_arg, #ARGV, 7 do
  local page, id, record = pages[ARGV[at]], ARGV[at + 1], ARGV[at + 2]
  local before = page.found[id]
  local letter = before and string.sub(before, 1, 1)
  if not before then
    statuses[#statuses + 1] = 'U'
  elseif letter == 'X' then
    statuses[#statuses + 1] = 'X'
    local tab = string.find(before, '\t', 1, true)
    local head = string.sub(before, 1, tab - 1)
    if tree == '1' and not string.find(head .. ' ', ' t ', 1, true) then
      set_record(page, id, head .. ' t' .. string.sub(before, tab))
    end
    if terminate == '1' then
      again[#again + 1] = 'r:' .. id
      again_at[#again_at + 1] = at
    end
  elseif string.find('SFE', letter, 1, true) then
    statuses[#statuses + 1] = 'E'
  else
    statuses[#statuses + 1] = 'X'
    local head = string.match(before, '^[^\t]*')
    local tab = string.find(record, '\t', 1, true)
    set_record(page, id, 'X' .. nonces_in(head) .. mark .. string.sub(record, tab))
    end_record(page, tonumber(ARGV[at + 3]))
    if ARGV[at + 5] ~= '' then
      free_key[#free_key + 1] = ARGV[at + 5]
      free_id[#free_id + 1] = id
    end
    set[#set + 1] = 'r:' .. id
    set[#set + 1] = tombstone
    for client in string.gmatch(head, ' c(%w+)') do tell(told, told_order, client, id, record) end
    if ARGV[at + 4] ~= '' then tell(mail, mail_order, ARGV[at + 4], id) end
    events[#events + 1] = ARGV[at + 6]
  end
end
if #set > 0 then
  local found = hmget(map, { 'rc', 'ev' })
  journal.read(found['ev'], recording, false)
  if #need > 0 then return add_layouts({ 'need' }, need) end
  for i = 1, #events do journal.line(events[i]) end
  local count = tonumber(found['rc'] or '0') + #set / 2
  set[#set + 1] = 'rc'
  set[#set + 1] = whole(count)
end
-- Revoked before, and still held by somebody: now to be terminated.
local tombs = hmget(map, again)
for i = 1, #again do
  if tombs[again[i]] == '1' then
    set[#set + 1] = again[i]
    set[#set + 1] = 't'
    local at = again_at[i]
    if ARGV[at + 4] ~= '' then tell(mail, mail_order, ARGV[at + 4], ARGV[at + 1]) end
  end
end
write_pages(now)
free_keys(free_key, free_id)
journal.write(set, '')
variadic('HSET', map, set)
for i = 1, #told_order do
  redis.call('PUBLISH', prefix .. ':c:' .. told_order[i], 'e\t' .. table.concat(told[told_order[i]], '\t\t'))
end
-- A task is told as started half a second after its start: until then it may run anywhere. A few are told to all.
local anybody = mail['*'] or {}
if #anybody > 0 and #anybody <= 200 then
  local workers_alive = redis.call('ZRANGE', workers, '0', '255')
  for i = 1, #workers_alive do
    for j = 1, #anybody do tell(mail, mail_order, workers_alive[i], anybody[j]) end
  end
end
for i = 1, #mail_order do
  local kind = terminate == '1' and 't' or 'r'
  if mail_order[i] ~= '*' then redis.call('PUBLISH', prefix .. ':w:' .. mail_order[i], kind .. '\t' .. table.concat(mail[mail_order[i]], '\t')) end
end
return add_layouts({ 'ok', table.concat(statuses) })
`,
});
