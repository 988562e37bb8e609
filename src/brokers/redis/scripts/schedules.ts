/**
 * Periodic tasks: one hash holds them all. Field `d:<name>` is `<revision>|<definition>`, field `s:<name>` is
 * `<due>|<by>|<state>`: no due time for one that is not due, no state before its first tick.
 *
 * @module
 */
import { script, withoutFlags } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";
import { publish } from "./publish.ts";

/**
 * Adds entries or changes them, and tells the beats. Further arguments, 5 for each: its name, the revision that must be
 * there, its definition, its due time (nothing: as before; `-`: none) and its state (nothing: as before).
 *
 * Returns a digit for each: 1 done, 0 another revision is there.
 */
export const put = script({
  name: "put_entries",
  keys: ["schedules"],
  args: ["prefix"],
  body: declared + /* lua */ String.raw`
local fields = {}
for at = first_arg, #ARGV, 5 do
  fields[#fields + 1] = 'd:' .. ARGV[at]
  fields[#fields + 1] = 's:' .. ARGV[at]
end
local found = hmget(schedules, fields)
local answers, set = {}, {}
for at = first_arg, #ARGV, 5 do
  local before, name = found['d:' .. ARGV[at]], ARGV[at]
  local revision = before and string.match(before, '^%d+') or '0'
  local after = whole(tonumber(ARGV[at + 1]) + 1) .. '|' .. ARGV[at + 2]
  if revision == ARGV[at + 1] then
    local due, by, state = string.match(found['s:' .. name] or '||', '^(%d*)|(%w*)|(.*)$')
    if ARGV[at + 3] ~= '' then due, by = ARGV[at + 3] == '-' and '' or ARGV[at + 3], '' end
    if ARGV[at + 4] ~= '' then state = ARGV[at + 4] end
    set[#set + 1] = 'd:' .. name
    set[#set + 1] = after
    set[#set + 1] = 's:' .. name
    set[#set + 1] = due .. '|' .. by .. '|' .. state
    answers[#answers + 1] = '1'
  else
    -- The same once more: its answer was lost.
    answers[#answers + 1] = before == after and '1' or '0'
  end
end
if #set > 0 then
  variadic('HSET', schedules, set)
  redis.call('PUBLISH', prefix .. ':w:~beat', 'w')
end
return table.concat(answers)
`,
});

/** Removes entries, and tells the beats. Further arguments: their names. */
export const remove = script({
  name: "remove_entries",
  keys: ["schedules"],
  args: ["prefix"],
  body: declared + /* lua */ String.raw`
local fields = {}
for at = first_arg, #ARGV do
  fields[#fields + 1] = 'd:' .. ARGV[at]
  fields[#fields + 1] = 's:' .. ARGV[at]
end
variadic('HDEL', schedules, fields)
redis.call('PUBLISH', prefix .. ':w:~beat', 'w')
return 1
`,
});

/** All entries: fields and values of the hash. */
export const list = script({
  name: "list_entries",
  readOnly: true,
  keys: ["schedules"],
  args: [],
  body: /* lua */ String.raw`return redis.call('HGETALL', schedules)`,
});

/**
 * Compares the due times of entries; when all are as they are said to be, sets the next ones and publishes messages. `by`
 * is a word that only repetitions of this call share. Arguments for each tick: its name, the time that was due, the next
 * one (or nothing), its state. Then, when `publishes` is 1, those of `publish`, whose keys follow too.
 *
 * Returns one of
 *
 * - what `publish` returns when it needs more: nothing was done
 * - `ok`, a letter for each tick (`F` fired, `O` open: nothing was done since another one is lost, `L` lost), how many
 *   they are, the state field of each (or nothing), and what `publish` returned after its own `ok`
 */
export const fire = script({
  name: "fire",
  keys: ["schedules"],
  args: ["by", "publishes", "tick_count"],
  body: declared + /* lua */ String.raw`
local function publish_messages(KEYS, ARGV)
${withoutFlags(publish.source)}
end

tick_count = tonumber(tick_count)
local fields = {}
for i = 1, tick_count do fields[i] = 's:' .. ARGV[first_arg + 4 * i - 4] end
local found = hmget(schedules, fields)
local letters, texts, all_open = {}, {}, true
for i = 1, tick_count do
  local text = found[fields[i]] or ''
  local due, fired_by = string.match(text, '^(%d*)|(%w*)|')
  texts[i] = text
  letters[i] = fired_by == by and 'F' or due == ARGV[first_arg + 4 * i - 3] and 'O' or 'L'
  if letters[i] ~= 'O' then all_open = false end
end
local published = {}
if all_open then
  if publishes == '1' then
    local keys, args = {}, {}
    for i = first_key, #KEYS do keys[#keys + 1] = KEYS[i] end
    for i = first_arg + 4 * tick_count, #ARGV do args[#args + 1] = ARGV[i] end
    published = publish_messages(keys, args)
    if published[1] ~= 'ok' then return published end
  end
  local set = {}
  for i = 1, tick_count do
    local at = first_arg + 4 * i - 4
    letters[i], texts[i] = 'F', ARGV[at + 2] .. '|' .. by .. '|' .. ARGV[at + 3]
    set[2 * i - 1], set[2 * i] = fields[i], texts[i]
  end
  variadic('HSET', schedules, set)
end
local reply = { 'ok', table.concat(letters), whole(tick_count) }
for i = 1, tick_count do reply[#reply + 1] = texts[i] end
for i = 2, #published do reply[#reply + 1] = published[i] end
return reply
`,
});
