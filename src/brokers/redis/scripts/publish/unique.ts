/**
 * Who holds a unique key, whether that keeps a message out, and how the message takes the holder's place. A message's
 * rules are letters: r, it replaces a holder that waits; w, only a holder that waits counts; a, one that has ended counts
 * too; and a number of ms, so long after the first of those that replaced one another the last one is due.
 */
export const unique: string = /* lua */ String.raw`
local unique_keys, holders = {}, {}
for at = first_message, #ARGV, 12 do
  if ARGV[at + 8] ~= '' then
    needs(ARGV[at + 8])
    unique_keys[#unique_keys + 1] = ARGV[at + 8]
  end
end
for from = 1, #unique_keys, 500 do
  local to = math.min(from + 499, #unique_keys)
  local found = redis.call('MGET', unpack(unique_keys, from, to))
  for i = from, to do holders[unique_keys[i]] = holder_of(found[i - from + 1], now) end
end
for at = first_message, #ARGV, 12 do
  local holder = holders[ARGV[at + 8]]
  if holder and holder ~= ARGV[at + 1] and ARGV[at + 10] ~= '' then
    if seen[holder] then
      want_record(seen[holder].page, holder)
      fields[#fields + 1] = 't:' .. holder
      reads_tombs = true
    else
      ask_for(holder, false)
    end
  end
end
if #look > 0 then return { 'look', table.concat(look, ' ') } end

-- Items of this request that hold a key, by id: they wait, and are not written yet.
local fresh = {}

local function judge(holder, rules)
  if rules == '' then return 'held' end
  local waits, ended = fresh[holder] ~= nil, false
  if not waits then
    local record = pages[seen[holder].page].found[holder]
    ended = not record or string.find('SFXE', string.sub(record, 1, 1), 1, true) ~= nil
    waits = not ended and not map_fields['t:' .. holder]
  end
  if waits then return string.find(rules, 'r', 1, true) and 'replaced' or 'held' end
  if string.find(rules, 'w', 1, true) or ended and not string.find(rules, 'a', 1, true) then return 'free' end
  return 'held'
end

-- A delayed one is taken out; one in a list, or that is not found, leaves a tombstone for the turn that meets it.
local function find_delayed(queue, id, due)
  for i = 1, #queue.delayed do
    local set = queue.delayed[i]
    local key = prefix .. ':d:' .. queue.name .. ':' .. whole(set.n)
    if set.count > 0 and set.first <= due then
      needs(key)
      local found = declared[key] and redis.call('ZRANGEBYSCORE', key, whole(due), whole(due), 'LIMIT', '0', '100') or {}
      for j = 1, #found do
        if string.match(found[j], '^%d|%d+|([^|]*)|') == id then
          drop_delayed(queue, set, key, found[j], due)
          return found[j]
        end
      end
    end
  end
end

-- Ends the holder; returns when the first of those was sent that replaced one another.
local function replace(holder, item)
  local members = '"reason":"replaced","replacedBy":"' .. item.id .. '"'
  local old = fresh[holder]
  if old then
    old.gone = true
    if old.due <= now then old.queue.total = old.queue.total - 1 end
    revoke_waiting(old.page, holder, members, old.entry)
    return old.first
  end
  local page = pages[seen[holder].page]
  local record = page.found[holder]
  local due
  for eta in string.gmatch(record, '"eta":(%d+)') do due = tonumber(eta) end
  local entry = due and find_delayed(item.queue, holder, due)
  if not entry then
    set[#set + 1] = 'r:' .. holder
    set[#set + 1] = '1'
    buried['r:' .. holder], tombs_added = true, tombs_added + 1
  end
  revoke_waiting(page, holder, members, entry)
  return tonumber(string.match(record, '^[^\t]* f(%d+)'))
end

-- So late at most: what the JSON says last is what counts.
local function hold_within(item, within)
  item.first = item.first or now
  item.record = string.gsub(item.record, '\t', ' f' .. whole(item.first) .. '\t', 1)
  if item.due > item.first + within then
    item.due = item.first + within
    local eta = ',"eta":' .. whole(item.due) .. '}'
    item.record = string.sub(item.record, 1, -2) .. eta
    item.entry = string.sub(item.entry, 1, -2) .. eta
  end
end
`;
