/**
 * What scripts write down beside their changes: events, and counts for the history.
 *
 * The map's field `ev` is `<level><history>|<n>:<start> …|<count>|<bytes>|<watched>`: what is written down (`n`, `l` or
 * `a`, or `u` while nobody has said so; 0 or 1), the segments of events with the times of their first ones, how much the
 * last one holds, and until when somebody watches. An element of a
 * segment is what one call told: `<now>\t<worker>`, and a line for each event: `<letter>\t<id>\t<JSON>`. What one minute
 * and hour of a task add up to is in the map too (`n:<queue> <task>`: `<minute>|<tally>|<hour>|<tally>`), which every
 * turn reads and writes anyway; only when they are over does it come to the history's hashes.
 *
 * @module
 */
/**
 * To be put behind `queues`. All is in one table, since Lua has room for 200 locals. A caller says `<what it takes to be
 * written down> <what it declares>`; who is wrong is told, having changed nothing, and calls again with the lines that
 * are missing.
 */
export const journal: string = /* lua */ String.raw`
journal.lines, journal.tallies, journal.order, journal.segments, journal.level = {}, {}, {}, {}, 'n'

function journal.key(segment) return prefix .. ':e:' .. whole(segment) end

-- A segment ends with 2 MiB or after two hours; 16 are kept, each for 26 hours.
function journal.read(text, says, overrides)
  local assumed, declares = string.match(says, '^(%w+) ?(%w*)$')
  local level, list, count, bytes, watched = string.match(text or 'u0||0|0|', '^(%w%w)|([^|]*)|(%d+)|(%d+)|(%d*)$')
  journal.count, journal.bytes, journal.watched = tonumber(count), tonumber(bytes), tonumber(watched) or 0
  local is_unsaid = level == 'u0'
  if is_unsaid then level = 'n0' end
  if declares ~= '' and declares ~= level and (overrides or is_unsaid) then level, journal.is_changed = declares, true end
  journal.text, journal.level, journal.counts = level, string.sub(level, 1, 1), string.sub(level, 2) == '1'
  local segments = journal.segments
  for n, start in string.gmatch(list, '(%d+):(%d+)') do
    segments[#segments + 1] = { n = tonumber(n), start = tonumber(start) }
  end
  if level ~= assumed then
    journal.is_unknown, need[#need + 1] = true, map
  end
  if journal.level == 'n' then return end
  local last = segments[#segments]
  journal.is_fresh = not last or journal.bytes >= 2097152 or now - last.start >= 7200000
  journal.current = last and last.n + (journal.is_fresh and 1 or 0) or 0
  if journal.is_fresh and #segments >= 16 then journal.oldest = segments[1].n end
  needs(journal.key(journal.current))
  if journal.oldest then needs(journal.key(journal.oldest)) end
end

-- Ready-made lines of the caller, and those made here, which say no more than scripts know.
function journal.line(text)
  if text == '' or journal.level == 'n' then return end
  if journal.level == 'l' and string.find('rbpjh', string.sub(text, 1, 1), 1, true) then return end
  journal.lines[#journal.lines + 1] = text
end

function journal.add(letter, id, json)
  if journal.level ~= 'n' then journal.line(letter .. '\t' .. id .. '\t' .. json) end
end

-- What is sent, by the text of its record.
function journal.sent(id, record)
  if journal.level ~= 'n' then journal.add('s', id, string.match(record, '\t(.*)$')) end
end

-- A purge takes turns too, and is no worker.
function journal.worker(letter, name, json)
  if string.sub(name, 1, 6) ~= 'purge~' then journal.add(letter, name, json) end
end

function journal.received(entry, queue_name, worker)
  if journal.level ~= 'a' or string.sub(worker, 1, 6) == 'purge~' then return end
  journal.add('r', string.match(entry, '^%d|%d+|([^|]*)|'), '{"queue":"' .. queue_name .. '","worker":"' .. worker .. '"}')
end

-- The line of a start goes before that of an end, unless an earlier report has told of it.
function journal.settled(started, ended, before)
  local start = string.match(started, '"startedAt":%d+')
  local is_told = start and before and string.find('TP', string.sub(before, 1, 1), 1, true)
    and string.find(before, start, 1, true)
  if not is_told then journal.line(started) end
  journal.line(ended)
end

-- The fields that tallies are added to, each '<queue> <task>\t<word>:<number> …'.
function journal.want(tally, fields)
  local name = string.match(tally, '^([^\t]*)\t')
  if not name or journal.tallies[name] then return end
  journal.tallies[name] = { sums = {}, words = {} }
  journal.order[#journal.order + 1] = name
  fields[#fields + 1] = 'n:' .. name
end

function journal.plan_counts()
  if not journal.counts or #journal.order == 0 then return end
  journal.minutes = prefix .. ':n:' .. whole(math.floor(now / 3600000))
  journal.hours = prefix .. ':N:' .. whole(math.floor(now / 86400000))
  needs(journal.minutes)
  needs(journal.hours)
end

function journal.sum(into, text)
  for word, number in string.gmatch(text, '(%w+):(%d+)') do
    if not into.sums[word] then into.words[#into.words + 1] = word end
    into.sums[word] = (into.sums[word] or 0) + tonumber(number)
  end
end

function journal.tally(text)
  local name, words = string.match(text, '^([^\t]*)\t(.*)$')
  if name then journal.sum(journal.tallies[name], words) end
end

function journal.total(before, tally)
  local total, texts = { sums = {}, words = {} }, {}
  journal.sum(total, before)
  journal.sum(total, tally)
  for i = 1, #total.words do texts[i] = total.words[i] .. ':' .. whole(total.sums[total.words[i]]) end
  return table.concat(texts, ' ')
end

function journal.write_counts(set, map_fields)
  local past, long_past = {}, {}
  local minute, hour = whole(math.floor(now / 60000)), whole(math.floor(now / 3600000))
  local function over(list, time, name, text)
    list[#list + 1] = time .. ' ' .. name
    list[#list + 1] = text
  end
  for i = 1, #journal.order do
    local name = journal.order[i]
    local tally, texts = journal.tallies[name], {}
    for j = 1, #tally.words do texts[j] = tally.words[j] .. ':' .. whole(tally.sums[tally.words[j]]) end
    local text = table.concat(texts, ' ')
    if text ~= '' then
      local m, in_minute, h, in_hour = string.match(map_fields['n:' .. name] or '', '^(%d+)|([^|]*)|(%d+)|([^|]*)$')
      -- By a clock that went back a little, what is counted still belongs to the later minute.
      if m and tonumber(m) < tonumber(minute) then
        over(past, m, name, in_minute)
        m, in_minute = nil, ''
      end
      if h and tonumber(h) < tonumber(hour) then
        over(long_past, h, name, in_hour)
        h, in_hour = nil, ''
      end
      set[#set + 1] = 'n:' .. name
      set[#set + 1] = (m or minute) .. '|' .. journal.total(in_minute or '', text) .. '|' .. (h or hour) .. '|'
        .. journal.total(in_hour or '', text)
    end
  end
  if #past > 0 then
    variadic('HSET', journal.minutes, past)
    redis.call('PEXPIRE', journal.minutes, '93600000')
  end
  if #long_past > 0 then
    variadic('HSET', journal.hours, long_past)
    redis.call('PEXPIRE', journal.hours, '2764800000')
  end
end

-- One element for all that this call tells; what else is to be written goes to the map's fields.
function journal.write(set, worker, map_fields)
  local segments, lines = journal.segments, journal.lines
  if #lines > 0 then
    local key, text = journal.key(journal.current), whole(now) .. '\t' .. worker .. '\n' .. table.concat(lines, '\n')
    redis.call('RPUSH', key, text)
    if journal.is_fresh then
      redis.call('PEXPIRE', key, '93600000')
      segments[#segments + 1] = { n = journal.current, start = now }
      journal.count, journal.bytes = 0, 0
    end
    if journal.oldest then
      redis.call('DEL', journal.key(journal.oldest))
      table.remove(segments, 1)
    end
    journal.count, journal.bytes, journal.is_changed = journal.count + 1, journal.bytes + #text, true
    if journal.watched > now then redis.call('PUBLISH', prefix .. ':w:~events', 'w') end
  end
  if journal.is_changed then
    local list = {}
    for i = 1, #segments do list[i] = whole(segments[i].n) .. ':' .. whole(segments[i].start) end
    set[#set + 1] = 'ev'
    set[#set + 1] = journal.text .. '|' .. table.concat(list, ' ') .. '|' .. whole(journal.count) .. '|' .. whole(journal.bytes)
      .. '|' .. whole(journal.watched)
  end
  if journal.counts and map_fields then journal.write_counts(set, map_fields) end
end

-- What the caller learns of it, among the layouts of queues.
function journal.tell(reply)
  if journal.text == 'n0' and not journal.is_unknown then return end
  local current, oldest = journal.current, journal.oldest
  reply[#reply + 1] = '!'
  reply[#reply + 1] = journal.text .. ' ' .. (current and whole(current) or '') .. ' ' .. (oldest and whole(oldest) or '')
end
`;
