import { script } from "../connection/script.ts";
import { declared } from "./fragments/declared.ts";

/**
 * Puts a command into the mail of workers and signals it to them: to all (`everybody` is 1), or to those that the further
 * arguments name, with or without what stands behind their last `~`. One that is there already, read or not, stays as it
 * is; it is signalled again unless it was read.
 *
 * Returns for each of them its name, and `sent` or `full`. The 2,000 workers are looked at whose time ends first.
 */
export const send = script({
  name: "send_mail",
  keys: ["map", "workers"],
  args: ["prefix", "now", "id", "expires", "text", "most", "most_bytes", "everybody"],
  body: declared + /* lua */ String.raw`
now, most, most_bytes = tonumber(now), tonumber(most), tonumber(most_bytes)
local wanted = {}
for at = first_arg, #ARGV do wanted[ARGV[at]] = true end
local found, names, fields = redis.call('ZRANGE', workers, '0', '1999'), {}, {}
for i = 1, #found do
  local name = found[i]
  if everybody == '1' or wanted[name] or wanted[string.match(name, '^(.*)~[^~]*$') or name] then
    names[#names + 1] = name
    fields[#fields + 1] = 'w:' .. name
    fields[#fields + 1] = 'm:' .. name
  end
end
local values = hmget(map, fields)
local line = expires .. ' ' .. id .. ' ' .. text .. '\n'
local set, told, reply = {}, {}, {}
for i = 1, #names do
  local name = names[i]
  local turn = values['w:' .. name]
  -- One that has left is only remembered.
  if turn and not string.find(turn, '^%d+|%d+|%d+|[13]|') then
    local kept, count, known = {}, 0, nil
    for ends, other, command in string.gmatch(values['m:' .. name] or '', '(%d+) (%S+) ([^\n]*)\n') do
      if tonumber(ends) > now then
        count = count + 1
        kept[count] = ends .. ' ' .. other .. ' ' .. command .. '\n'
        if other == id then known = command end
      end
    end
    local box = table.concat(kept)
    reply[#reply + 1] = name
    reply[#reply + 1] = 'sent'
    if known then
      if known ~= '' then told[#told + 1] = name end
    elseif count >= most or #box + #line > most_bytes then
      reply[#reply] = 'full'
    else
      set[#set + 1] = 'm:' .. name
      set[#set + 1] = box .. line
      told[#told + 1] = name
    end
  end
end
if #set > 0 then variadic('HSET', map, set) end
for i = 1, #told do redis.call('PUBLISH', prefix .. ':w:' .. told[i], 'm\t' .. line) end
return reply
`,
});

/** Keeps a part of an answer for so many ms, and signals it. */
export const answer = script({
  name: "answer_mail",
  keys: ["answers"],
  args: ["channel", "part", "text", "keep"],
  body: /* lua */ String.raw`
redis.call('HSET', answers, part, text)
redis.call('PEXPIRE', answers, keep)
redis.call('PUBLISH', channel, part .. '\t' .. text)
return ''
`,
});

/** Reads parts of answers, except those of the further arguments, as long as they are not too large together. */
export const answers = script({
  name: "read_answers",
  readOnly: true,
  keys: ["answers"],
  args: ["most"],
  body: /* lua */ String.raw`
local known = {}
for at = first_arg, #ARGV do known[ARGV[at]] = true end
local parts, fields, reply, bytes = redis.call('HKEYS', answers), {}, {}, 0
for i = 1, #parts do
  if not known[parts[i]] then fields[#fields + 1] = parts[i] end
end
for from = 1, #fields, 5 do
  local to = math.min(from + 4, #fields)
  local texts = redis.call('HMGET', answers, unpack(fields, from, to))
  for i = from, to do
    local text = texts[i - from + 1]
    if text then
      reply[#reply + 1] = fields[i]
      reply[#reply + 1] = text
      bytes = bytes + #text
    end
  end
  if bytes > tonumber(most) then break end
end
return reply
`,
});
